-- Eligible: a pension that is paid, certified within twelve months, and not two of the three bodies saying that the person had died.
WITH pension AS (
    SELECT a.scenario, a.name, a.as_of, p.aac001, p.aac003, p.cym, p.aac060, to_date(b.aae210, 'YYYYMM') AS start, b.aae116,
        to_date(replace(b.aae041, '-', ''), 'YYYYMMDD') AS stopped,
        (SELECT max(to_date(replace(z.rzrq, '-', ''), 'YYYYMMDD')) FROM dyzgrz z
         WHERE z.aac001 = p.aac001 AND to_date(replace(z.rzrq, '-', ''), 'YYYYMMDD') <= a.as_of) AS certified,
        (SELECT count(DISTINCT s.ly) FROM swbd s WHERE pg_temp.id18(s.sfzh) = a.id AND s.cxrq IS NULL
         AND to_date(replace(s.swrq, '-', ''), 'YYYYMMDD') <= a.as_of) AS reports,
        count(*) OVER (PARTITION BY a.scenario) AS pensions
    FROM asked a JOIN ac01 p ON pg_temp.id18(p.aac002) = a.id JOIN ac60 b USING (aac001)
    WHERE a.claims->>'benefit' IS NULL OR b.aae140 = a.claims->>'benefit'
), judged AS (
    SELECT *, pg_temp.glyphs(name) IN (pg_temp.glyphs(aac003), pg_temp.glyphs(cym)) AS same_name,
        start <= as_of AND CASE WHEN stopped IS NULL THEN aae116 = '1' AND aac060 = '1' ELSE stopped > as_of END AS paid,
        greatest(start, coalesce(certified, start)) + interval '12 months' >= as_of AS current
    FROM pension
)
SELECT DISTINCT ON (scenario) scenario,
    CASE WHEN j.paid IS NULL THEN 'no_record' WHEN pensions > 1 OR (paid AND reports = 1) THEN 'ambiguous'
         WHEN same_name AND paid AND current AND reports = 0 THEN 'match' ELSE 'mismatch' END AS outcome,
    CASE WHEN j.paid IS NULL OR pensions > 1 OR (paid AND reports = 1) THEN '{}'
         WHEN NOT same_name THEN '{name}' WHEN paid AND current AND reports = 0 THEN '{}' ELSE '{eligible}'::text[] END AS differ
FROM (SELECT scenario FROM asked) a LEFT JOIN judged j USING (scenario) ORDER BY scenario
