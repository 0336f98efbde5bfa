-- Rights of the book that stood on the day, by their use; a share is a whole one.
WITH book AS (
    SELECT a.scenario, o.qlrmc, f.qlid, f.ghyt, f.zxsj IS NULL OR f.zxsj::date > a.as_of AS held
    FROM asked a JOIN bdc_qlr o ON pg_temp.id18(o.zjh) = a.id JOIN bdc_fdcq f ON f.qlid = o.qlid AND f.djsj::date <= a.as_of
), fact AS (
    SELECT a.scenario, count(DISTINCT b.qlrmc) AS people, bool_or(pg_temp.glyphs(a.name) = pg_temp.glyphs(b.qlrmc)) AS same_name,
        coalesce(bool_or(b.held AND b.ghyt <> '10'), false)
            OR count(DISTINCT b.qlid) FILTER (WHERE b.held) >= CASE a.claims->>'scheme' WHEN '1' THEN 2 ELSE 3 END AS over
    FROM asked a LEFT JOIN book b USING (scenario) GROUP BY a.scenario, a.claims
)
SELECT scenario,
    CASE WHEN people = 0 THEN 'no_record' WHEN people > 1 THEN 'ambiguous' WHEN same_name AND NOT over THEN 'match' ELSE 'mismatch'
         END AS outcome,
    CASE WHEN people <> 1 THEN '{}' WHEN NOT same_name THEN '{name}' WHEN over THEN '{homes}' ELSE '{}'::text[] END AS differ
FROM fact
