-- The last balance up to the day of every account that was open on it and is not a loan, added up over the banks.
WITH slice AS (
    SELECT DISTINCT ON (a.scenario, z.zh) a.scenario, k.khmc AS xm, y.ye
    FROM asked a JOIN kh_grxx k ON pg_temp.id18(k.zjhm) = a.id JOIN zh_xx z USING (khh) JOIN zh_ye y USING (zh)
    WHERE z.zhlx IN ('1', '2', '3') AND (z.xhrq IS NULL OR to_date(z.xhrq, 'YYYYMMDD') > a.as_of) AND to_date(y.rq, 'YYYYMMDD') <= a.as_of
    ORDER BY a.scenario, z.zh, y.rq DESC
), fact AS (
    SELECT a.scenario, count(DISTINCT s.xm) AS people, bool_or(pg_temp.glyphs(a.name) = pg_temp.glyphs(s.xm)) AS same_name,
        coalesce(sum(s.ye), 0) > CASE a.claims->>'scheme' WHEN '1' THEN 30000 ELSE 60000 END AS over
    FROM asked a LEFT JOIN slice s USING (scenario) GROUP BY a.scenario, a.claims
)
SELECT scenario,
    CASE WHEN people = 0 THEN 'no_record' WHEN people > 1 THEN 'ambiguous' WHEN same_name AND NOT over THEN 'match' ELSE 'mismatch'
         END AS outcome,
    CASE WHEN people <> 1 THEN '{}' WHEN NOT same_name THEN '{name}' WHEN over THEN '{savings}' ELSE '{}'::text[] END AS differ
FROM fact
