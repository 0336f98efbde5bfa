WITH book AS (  -- homes that were the person's on some day up to the as-of day, and whether one still was
    SELECT a.*, o.qlrmc, f.zl, t.xzdm, pg_temp.glyphs(o.qlrmc) = pg_temp.glyphs(a.name) AS same_name,
           f.zxsj IS NULL OR CAST(f.zxsj AS date) > a.as_of AS held
    FROM asked a JOIN bdc_qlr o ON upper(o.zjh) IN (a.id, pg_temp.id15(a.id))
    JOIN bdc_fdcq f ON f.qlid = o.qlid AND f.ghyt = '10' AND CAST(f.djsj AS date) <= a.as_of
    LEFT JOIN dm_djq t ON t.djq = substr(f.bdcdyh, 1, 9)
), person AS (
    SELECT scenario, claims, bool_or(same_name) AS some, bool_and(same_name) AS every, bool_or(held) AS homes,
           bool_or(EXISTS (SELECT FROM fc_jzd j WHERE qlrmc = ANY (string_to_array(j.syqr, '、')) AND j.hzrq IS NULL)) AS paper
    FROM book GROUP BY 1, 2
), fits AS (
    SELECT b.scenario,
        array_remove(ARRAY[
            CASE WHEN claims ? 'address' AND NOT pg_temp.same_place(b.zl, b.claims->>'address') THEN 'address' END,
            CASE WHEN b.claims->>'holds' = '0' THEN 'holds' END,
            CASE WHEN b.claims->>'town' <> substr(b.xzdm, 1, 9) THEN 'town' END], NULL) AS off
    FROM book b WHERE b.held
), best AS (SELECT DISTINCT ON (scenario) scenario, off FROM fits ORDER BY scenario, cardinality(off)),
verdict AS (
    SELECT p.*, CASE WHEN homes THEN b.off WHEN claims->>'holds' = '1' THEN ARRAY['holds'] ELSE '{}' END AS off
    FROM person p LEFT JOIN best b USING (scenario)
)
SELECT a.scenario,
    CASE WHEN v.some IS NULL THEN 'no_record' WHEN NOT v.some THEN 'mismatch' WHEN NOT v.every THEN 'ambiguous'
         WHEN NOT homes AND paper THEN 'no_record' WHEN off <> '{}' THEN 'mismatch' ELSE 'match' END AS outcome,
    CASE WHEN NOT v.some THEN '{name}' WHEN NOT v.every OR (NOT homes AND paper) THEN '{}' ELSE off END AS differ
FROM asked a LEFT JOIN verdict v USING (scenario)
