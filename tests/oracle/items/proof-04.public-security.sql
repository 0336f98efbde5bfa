WITH person AS (
    SELECT a.*, p.rybh, p.xm, p.cym, p.ryzt, p.zxrq, d.swrq, d.hfrq, count(*) OVER (PARTITION BY a.scenario) AS people
    FROM asked a JOIN ck_rkjbxx p ON p.gmsfhm IN (a.id, pg_temp.id15(a.id)) LEFT JOIN ck_swdj d USING (rybh)
), told AS (
    SELECT DISTINCT ON (scenario) *, swrq::date <> (claims->>'death_date')::date AS other_day,
        pg_temp.glyphs(name) NOT IN (pg_temp.glyphs(xm), pg_temp.glyphs(cym)) AS other_name
    FROM person WHERE swrq::date <= as_of OR swrq IS NULL AND ryzt = '2' AND zxrq::date <= as_of ORDER BY scenario
)
SELECT a.scenario,
    CASE WHEN t.scenario IS NULL THEN 'no_record' WHEN people > 1 THEN 'ambiguous'
         WHEN other_name OR other_day OR hfrq IS NOT NULL THEN 'mismatch' ELSE 'match' END AS outcome,
    CASE WHEN people > 1 THEN '{}' WHEN other_name THEN '{name}' ELSE array_remove(ARRAY[CASE WHEN other_day THEN 'death_date' END,
        CASE WHEN hfrq IS NOT NULL THEN 'state' END], NULL) END AS differ
FROM asked a LEFT JOIN told t USING (scenario)
