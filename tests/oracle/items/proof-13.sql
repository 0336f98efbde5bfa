-- A month is paid when what was booked for it by the day comes to more than nothing, over all accounts that one name has in the prefecture.
WITH account AS (
    SELECT a.scenario, g.grzh, g.xingming, pg_temp.glyphs(a.name) IN (pg_temp.glyphs(g.xingming), pg_temp.glyphs(g.cym)) AS same_name
    FROM asked a JOIN grjbxx g ON pg_temp.id18(g.zjhm) = a.id
), month AS (
    SELECT a.scenario, to_date(m.hbjny, 'YYYYMM') AS month
    FROM asked a JOIN account USING (scenario) JOIN hbjmx m USING (grzh)
    WHERE to_date(m.jzrq, 'YYYYMMDD') <= a.as_of AND to_date(m.hbjny, 'YYYYMM') <= a.as_of
    GROUP BY a.scenario, m.hbjny HAVING sum(m.fse) > 0
), fact AS (
    SELECT a.scenario, (a.claims->>'months')::int AS wanted,
        (SELECT count(DISTINCT xingming) FROM account c WHERE c.scenario = a.scenario) AS people,
        (SELECT bool_or(same_name) FROM account c WHERE c.scenario = a.scenario) AS same_name,
        EXISTS (SELECT FROM month m WHERE m.scenario = a.scenario) AS paid,
        (SELECT count(*) FROM month m WHERE m.scenario = a.scenario
         AND m.month >= date_trunc('month', (a.claims->>'since')::date)) AS months,
        EXISTS (SELECT FROM account c JOIN ydzymx y USING (grzh) WHERE c.scenario = a.scenario
                AND to_date(y.bjrq, 'YYYYMMDD') BETWEEN (a.claims->>'since')::date AND a.as_of) AS moved
    FROM asked a
)
SELECT scenario,
    CASE WHEN people > 1 THEN 'ambiguous' WHEN people = 0 THEN 'no_record' WHEN NOT same_name THEN 'mismatch' WHEN NOT paid THEN 'no_record'
         WHEN months >= wanted THEN 'match' WHEN moved THEN 'no_record' ELSE 'mismatch' END AS outcome,
    CASE WHEN people <> 1 THEN '{}' WHEN NOT same_name THEN '{name}' WHEN NOT paid OR months >= wanted OR moved THEN '{}'
         ELSE '{months}'::text[] END AS differ
FROM fact
