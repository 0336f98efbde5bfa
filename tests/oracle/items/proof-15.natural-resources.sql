WITH rights AS (
    SELECT a.*, pg_temp.org(o.qlrmc) = pg_temp.org(a.name) AS same_name, pg_temp.same_place(f.zl, a.claims->>'address') AS here,
           f.zxsj IS NULL OR CAST(f.zxsj AS date) > a.as_of AS held
    FROM asked a JOIN bdc_qlr o ON replace(upper(o.zjh), '-', '') IN (a.id, pg_temp.id15(a.id), pg_temp.org9(a.id))
    JOIN bdc_fdcq f ON f.qlid = o.qlid AND CAST(f.djsj AS date) <= a.as_of
), people AS (SELECT scenario, bool_or(same_name) AS some, bool_and(same_name) AS every FROM rights GROUP BY 1),
best AS (  -- agrees, then cannot be compared, then says otherwise in the fewest things
    SELECT DISTINCT ON (scenario) scenario, here IS NULL AND held AS open,
           array_remove(ARRAY[CASE WHEN NOT here THEN 'address' END, CASE WHEN NOT held THEN 'valid' END], NULL) AS off
    FROM rights ORDER BY scenario, here AND held DESC NULLS LAST, here IS NULL AND held DESC, (NOT here)::int + (NOT held)::int
)
SELECT a.scenario,
    CASE WHEN p.some IS NULL THEN 'no_record' WHEN NOT p.some THEN 'mismatch' WHEN NOT p.every THEN 'ambiguous'
         WHEN b.open THEN 'no_record' WHEN b.off <> '{}' THEN 'mismatch' ELSE 'match' END AS outcome,
    CASE WHEN NOT p.some THEN '{name}' WHEN p.every THEN b.off ELSE '{}' END AS differ
FROM asked a LEFT JOIN people p USING (scenario) LEFT JOIN best b USING (scenario)
