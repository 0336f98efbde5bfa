-- Day by day: the first day of the unbroken run that ends on the day asked about.
WITH file AS (
    SELECT a.*, f.rkbh, f.xm, f.cym, count(*) OVER (PARTITION BY a.scenario) AS files
    FROM asked a JOIN ldry_jbxx f ON f.zjhm IN (a.id, pg_temp.id15(a.id))
), present AS (
    SELECT DISTINCT f.scenario, f.as_of, d::date AS day
    FROM file f JOIN ldry_jzdj j USING (rkbh), generate_series(j.qsrq::date, least(coalesce(j.zzrq, '99991231')::date, f.as_of), '1 day') d
    WHERE j.zxyy IS DISTINCT FROM '9'
), run AS (
    SELECT scenario, day, as_of - day = row_number() OVER (PARTITION BY scenario ORDER BY day DESC) - 1 AS unbroken FROM present
), since AS (
    SELECT scenario, min(day) FILTER (WHERE unbroken) AS since FROM run GROUP BY scenario
), told AS (
    SELECT f.*, s.scenario IS NOT NULL AS registered, s.since <= f.as_of - make_interval(months => (f.claims->>'months')::int) AS enough,
        pg_temp.glyphs(f.name) IN (pg_temp.glyphs(f.xm), pg_temp.glyphs(f.cym)) AS same_name
    FROM file f LEFT JOIN since s USING (scenario)
)
SELECT DISTINCT a.scenario,
    CASE WHEN files > 1 THEN 'ambiguous' WHEN NOT same_name THEN 'mismatch' WHEN NOT coalesce(registered, false) THEN 'no_record'
         WHEN enough THEN 'match' ELSE 'mismatch' END AS outcome,
    CASE WHEN files > 1 THEN '{}' WHEN NOT same_name THEN '{name}'
         WHEN registered AND enough IS NOT TRUE THEN '{months}'::text[] END AS differ
FROM asked a LEFT JOIN told t USING (scenario)
