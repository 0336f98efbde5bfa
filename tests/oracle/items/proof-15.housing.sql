WITH lease AS (
    SELECT a.*, pg_temp.org(z.czr) = pg_temp.org(a.name) AS same_name, pg_temp.same_place(z.fwzl, a.claims->>'address') AS here,
           replace(pg_temp.org(z.cyr), '筹', '') = pg_temp.org(a.claims->>'tenant') AS same_tenant,
           a.as_of <@ daterange(CAST(z.qzrq AS date), CAST(nullif(z.zzrq, '不定期') AS date), '[]')
               AND (z.jcrq IS NULL OR CAST(z.jcrq AS date) > a.as_of) AS running
    FROM asked a JOIN zl_htba z ON replace(upper(z.czrzjh), '-', '') IN (a.id, pg_temp.id15(a.id), pg_temp.org9(a.id))
    WHERE CAST(z.qzrq AS date) <= a.as_of
), people AS (SELECT scenario, bool_or(same_name) AS some, bool_and(same_name) AS every FROM lease GROUP BY 1),
faults AS (
    SELECT scenario, here, array_remove(ARRAY[CASE WHEN NOT here THEN 'address' END, CASE WHEN NOT same_tenant THEN 'tenant' END,
                                              CASE WHEN NOT running THEN 'valid' END], NULL) AS off
    FROM lease
), best AS (
    SELECT DISTINCT ON (scenario) scenario, off, here IS NULL AND off = '{}' AS open FROM faults
    ORDER BY scenario, off <> '{}', here IS NULL, cardinality(off)
)
SELECT a.scenario,
    CASE WHEN p.some IS NULL THEN 'no_record' WHEN NOT p.some THEN 'mismatch' WHEN NOT p.every THEN 'ambiguous'
         WHEN b.open THEN 'no_record' WHEN b.off <> '{}' THEN 'mismatch' ELSE 'match' END AS outcome,
    CASE WHEN NOT p.some THEN '{name}' WHEN p.every THEN b.off ELSE '{}' END AS differ
FROM asked a LEFT JOIN people p USING (scenario) LEFT JOIN best b USING (scenario)
