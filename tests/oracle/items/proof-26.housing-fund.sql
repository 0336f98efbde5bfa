-- The last balance of each account up to the day, added up.
WITH slice AS (
    SELECT DISTINCT ON (a.scenario, g.grzh) a.scenario, g.xingming AS xm, y.ye
    FROM asked a JOIN grjbxx g ON pg_temp.id18(g.zjhm) = a.id JOIN grzhye y USING (grzh)
    WHERE to_date(y.yerq, 'YYYYMMDD') <= a.as_of ORDER BY a.scenario, g.grzh, y.yerq DESC
), fact AS (
    SELECT a.scenario, count(DISTINCT s.xm) AS people, bool_or(pg_temp.glyphs(a.name) = pg_temp.glyphs(s.xm)) AS same_name,
        coalesce(sum(s.ye), 0) > CASE a.claims->>'scheme' WHEN '1' THEN 30000 ELSE 60000 END AS over
    FROM asked a LEFT JOIN slice s USING (scenario) GROUP BY a.scenario, a.claims
)
SELECT scenario,
    CASE WHEN people = 0 THEN 'no_record' WHEN people > 1 THEN 'ambiguous' WHEN same_name AND NOT over THEN 'match' ELSE 'mismatch'
         END AS outcome,
    CASE WHEN people <> 1 THEN '{}' WHEN NOT same_name THEN '{name}' WHEN over THEN '{fund_balance}' ELSE '{}'::text[] END AS differ
FROM fact
