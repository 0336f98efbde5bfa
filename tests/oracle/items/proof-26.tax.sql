-- Income of the year before the month of the day, by the end of the period it was earned in, as it stood declared on the day.
WITH told AS (
    SELECT a.scenario, p.nsrmc AS xm, r.sbxh, r.sre, r.gzsbxh, r.sblx,
        r.skssqz::date >= date_trunc('month', a.as_of) - interval '1 year' AND r.skssqz::date < date_trunc('month', a.as_of) AS of_the_year
    FROM asked a JOIN dj_nsrxx p ON upper(p.nsrsbh) IN (a.id, pg_temp.id15(a.id)) JOIN sb_grsds r USING (djxh) WHERE r.sbrq::date <= a.as_of
), slice AS (
    SELECT * FROM told t WHERE of_the_year AND sblx <> '2' AND (scenario, sbxh) NOT IN (
        SELECT scenario, gzsbxh FROM told WHERE gzsbxh IS NOT NULL)
), fact AS (
    SELECT a.scenario, count(DISTINCT s.xm) AS people, bool_or(pg_temp.glyphs(a.name) = pg_temp.glyphs(s.xm)) AS same_name,
        coalesce(sum(s.sre), 0) > CASE a.claims->>'scheme' WHEN '1' THEN 9600 ELSE 14400 END AS over
    FROM asked a LEFT JOIN slice s USING (scenario) GROUP BY a.scenario, a.claims
)
SELECT scenario,
    CASE WHEN people = 0 THEN 'no_record' WHEN people > 1 THEN 'ambiguous' WHEN same_name AND NOT over THEN 'match' ELSE 'mismatch'
         END AS outcome,
    CASE WHEN people <> 1 THEN '{}' WHEN NOT same_name THEN '{name}' WHEN over THEN '{declared_income}' ELSE '{}'::text[] END AS differ
FROM fact
