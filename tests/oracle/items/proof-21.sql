WITH permit AS (
    SELECT a.*, x.xkzh, x.czmc, pg_temp.org(x.czmc) = pg_temp.org(a.name) AS same_name,
        regexp_replace(x.xkzh, '\D', '', 'g') = regexp_replace(a.claims->>'permit_no', '\D', '', 'g') AS same_no,
        (a.claims->>'permit_type', x.lx) IN (('freight', '01'), ('dangerous', '02'), ('passenger', '03'), ('driver', '11')) AS same_type,
        CASE WHEN x.yxqz = '长期' THEN 'infinity'
             WHEN regexp_replace(x.yxqz, '\D+', '-', 'g') ~ '-02-30' THEN NULL  -- a day that does not exist
             ELSE CAST(rtrim(regexp_replace(x.yxqz, '\D+', '-', 'g'), '-') AS date) END AS last
    FROM asked a JOIN yz_xkz x ON replace(upper(x.czzj), '-', '') IN (a.id, pg_temp.id15(a.id), pg_temp.org9(a.id))
    WHERE CAST(x.fzrq AS date) <= a.as_of
), judged AS (
    SELECT p.*,
        CASE WHEN EXISTS (SELECT FROM yz_cs c WHERE c.xkzh = p.xkzh AND CAST(c.qsrq AS date) <= p.as_of AND c.lx IN ('2', '3')) THEN false
             WHEN EXISTS (SELECT FROM yz_cs c WHERE c.xkzh = p.xkzh AND c.lx = '1'
                          AND p.as_of <@ daterange(CAST(c.qsrq AS date), CAST(c.zzrq AS date))) THEN false
             ELSE p.as_of <= p.last END AS valid
    FROM permit p
), faults AS (
    SELECT j.*, array_remove(ARRAY[CASE WHEN NOT same_no THEN 'permit_no' END, CASE WHEN NOT same_type THEN 'permit_type' END,
                                   CASE WHEN NOT valid THEN 'valid' END], NULL) AS off
    FROM judged j
), best AS (  -- of several permits the one that fits best; one whose end nobody can read might have fitted
    SELECT DISTINCT ON (scenario) scenario, off, valid IS NULL AND off = '{}' AS unread FROM faults
    ORDER BY scenario, off <> '{}', valid IS NULL, cardinality(off)
), named AS (
    SELECT scenario, bool_or(same_name) AS some, bool_and(same_name) AS every FROM judged GROUP BY 1
)
SELECT a.scenario,
    CASE WHEN n.some IS NULL THEN 'no_record' WHEN NOT n.some THEN 'mismatch' WHEN NOT n.every THEN 'ambiguous'
         WHEN b.off <> '{}' THEN 'mismatch' WHEN b.unread THEN 'no_record' ELSE 'match' END AS outcome,
    CASE WHEN NOT n.some THEN '{name}' WHEN n.every THEN b.off ELSE '{}' END AS differ
FROM asked a LEFT JOIN named n USING (scenario) LEFT JOIN best b USING (scenario)
