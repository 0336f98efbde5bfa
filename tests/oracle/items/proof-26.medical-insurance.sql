-- The wage of the last month before the month of the day, not older than a year.
WITH slice AS (
    SELECT DISTINCT ON (a.scenario, p.psn_name) a.scenario, p.psn_name AS xm, b.clct_base
    FROM asked a JOIN psn_info_b p ON pg_temp.id18(p.certno) = a.id JOIN psn_clct_base b USING (psn_no)
    WHERE to_date(b.accrym, 'YYYYMM') < date_trunc('month', a.as_of)
      AND to_date(b.accrym, 'YYYYMM') >= date_trunc('month', a.as_of) - interval '1 year'
    ORDER BY a.scenario, p.psn_name, b.accrym DESC, b.clct_base DESC
), fact AS (
    SELECT a.scenario, count(DISTINCT s.xm) AS people, bool_or(pg_temp.glyphs(a.name) = pg_temp.glyphs(s.xm)) AS same_name,
        coalesce(max(s.clct_base), 0) > CASE a.claims->>'scheme' WHEN '1' THEN 800 ELSE 1200 END AS over
    FROM asked a LEFT JOIN slice s USING (scenario) GROUP BY a.scenario, a.claims
)
SELECT scenario,
    CASE WHEN people = 0 THEN 'no_record' WHEN people > 1 THEN 'ambiguous' WHEN same_name AND NOT over THEN 'match' ELSE 'mismatch'
         END AS outcome,
    CASE WHEN people <> 1 THEN '{}' WHEN NOT same_name THEN '{name}' WHEN over THEN '{wage_base}' ELSE '{}'::text[] END AS differ
FROM fact
