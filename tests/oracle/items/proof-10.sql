-- A month counts when money for it had arrived by the day, once however often it was paid, and with all numbers that one name has.
WITH person AS (
    SELECT DISTINCT a.scenario, p.aac003, p.cym FROM asked a JOIN ac01 p ON pg_temp.id18(p.aac002) = a.id
), month AS (
    SELECT DISTINCT a.scenario, c.aae003 AS month, c.aaa115 = '20' AS late
    FROM asked a JOIN ac01 p ON pg_temp.id18(p.aac002) = a.id JOIN ac43 c USING (aac001)
    WHERE c.aae140 = a.claims->>'insurance' AND c.aae078 = '1' AND to_date(replace(c.aab191, '-', ''), 'YYYYMMDD') <= a.as_of
      AND to_date(c.aae003, 'YYYYMM') <= a.as_of
), away AS (
    SELECT DISTINCT a.scenario FROM asked a JOIN ac01 p ON pg_temp.id18(p.aac002) = a.id JOIN ac02 r USING (aac001)
    WHERE r.aae140 = a.claims->>'insurance' AND r.aae160 = '转出' AND to_date(replace(r.aae035, '-', ''), 'YYYYMMDD') <= a.as_of
), fact AS (
    SELECT a.*, (SELECT count(*) FROM person p WHERE p.scenario = a.scenario) AS people,
        (SELECT bool_or(pg_temp.glyphs(a.name) IN (pg_temp.glyphs(p.aac003), pg_temp.glyphs(p.cym)))
         FROM person p WHERE p.scenario = a.scenario) AS same_name,
        EXISTS (SELECT FROM month m WHERE m.scenario = a.scenario) AS insured,
        EXISTS (SELECT FROM away w WHERE w.scenario = a.scenario) AS moved,
        (SELECT count(DISTINCT m.month) FROM month m WHERE m.scenario = a.scenario
         AND m.month >= coalesce(left(replace(a.claims->>'since', '-', ''), 6), '')) AS months,
        (SELECT count(DISTINCT m.month) FROM month m WHERE m.scenario = a.scenario AND NOT m.late
         AND m.month >= coalesce(left(replace(a.claims->>'since', '-', ''), 6), '')) AS timely
    FROM asked a
), judged AS (
    SELECT *, array_remove(ARRAY[CASE WHEN months < (claims->>'months')::int THEN 'months' END,
                                 CASE WHEN timely < (claims->>'timely_months')::int THEN 'timely_months' END], NULL) AS off
    FROM fact
)
SELECT scenario,
    CASE WHEN people = 0 THEN 'no_record' WHEN people > 1 THEN 'ambiguous' WHEN NOT same_name THEN 'mismatch'
         WHEN NOT insured THEN 'no_record' WHEN off = '{}' THEN 'match' WHEN moved THEN 'no_record' ELSE 'mismatch' END AS outcome,
    CASE WHEN people <> 1 THEN '{}' WHEN NOT same_name THEN '{name}' WHEN NOT insured OR moved THEN '{}' ELSE off END AS differ
FROM judged
