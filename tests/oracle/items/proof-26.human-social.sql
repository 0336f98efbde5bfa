-- Income: a twelfth of what came in the twelve months before the month of the day.
WITH slice AS (
    SELECT a.scenario, p.aac003 AS xm, i.je
    FROM asked a JOIN ac01 p ON pg_temp.id18(p.aac002) = a.id JOIN ac40 i USING (aac001)
    WHERE to_date(i.aae003, 'YYYYMM') < date_trunc('month', a.as_of)
      AND to_date(i.aae003, 'YYYYMM') >= date_trunc('month', a.as_of) - interval '1 year'
), fact AS (
    SELECT a.scenario, count(DISTINCT s.xm) AS people, bool_or(pg_temp.glyphs(a.name) = pg_temp.glyphs(s.xm)) AS same_name,
        coalesce(sum(s.je), 0) > CASE a.claims->>'scheme' WHEN '1' THEN 9600 ELSE 14400 END AS over
    FROM asked a LEFT JOIN slice s USING (scenario) GROUP BY a.scenario, a.claims
)
SELECT scenario,
    CASE WHEN people = 0 THEN 'no_record' WHEN people > 1 THEN 'ambiguous' WHEN same_name AND NOT over THEN 'match' ELSE 'mismatch'
         END AS outcome,
    CASE WHEN people <> 1 THEN '{}' WHEN NOT same_name THEN '{name}' WHEN over THEN '{income}' ELSE '{}'::text[] END AS differ
FROM fact
