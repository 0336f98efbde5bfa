-- Who is employed on a day: the insured month outweighs a registration of a month before; else the last registration that is open.
WITH person AS (
    SELECT a.scenario, a.as_of, p.aac003, array_agg(p.aac001) AS numbers, max(p.cym) AS cym
    FROM asked a JOIN ac01 p ON pg_temp.id18(p.aac002) = a.id GROUP BY a.scenario, a.as_of, p.aac003
), open_one AS (
    SELECT DISTINCT ON (p.scenario, p.aac003) p.scenario, p.aac003, j.djlb, j.jyxs, to_date(replace(j.ksrq, '-', ''), 'YYYYMMDD') AS start
    FROM person p JOIN jysydj j ON j.aac001 = ANY(p.numbers)
    WHERE to_date(replace(j.ksrq, '-', ''), 'YYYYMMDD') <= p.as_of
      AND (j.jsrq IS NULL OR to_date(replace(j.jsrq, '-', ''), 'YYYYMMDD') > p.as_of)
    ORDER BY p.scenario, p.aac003, to_date(replace(j.ksrq, '-', ''), 'YYYYMMDD') DESC
), fact AS (
    SELECT a.scenario, a.claims, pg_temp.glyphs(a.name) IN (pg_temp.glyphs(p.aac003), pg_temp.glyphs(p.cym)) AS same_name,
        p.aac003, o.djlb, o.jyxs,
        EXISTS (SELECT FROM ac43 c WHERE c.aac001 = ANY(p.numbers) AND c.aab001 IS NOT NULL AND c.aae078 = '1'
                AND to_date(c.aae003, 'YYYYMM') = date_trunc('month', a.as_of)
                AND (o.start IS NULL OR o.start < date_trunc('month', a.as_of))) AS insured,
        count(p.aac003) OVER (PARTITION BY a.scenario) AS people
    FROM asked a LEFT JOIN person p USING (scenario) LEFT JOIN open_one o USING (scenario, aac003)
), judged AS (
    SELECT *, CASE WHEN insured OR djlb = '1' THEN '1' ELSE djlb END AS status,
        CASE WHEN djlb = '1' THEN jyxs WHEN insured THEN '10' END AS form FROM fact
)
SELECT DISTINCT ON (scenario) scenario,
    CASE WHEN people = 0 THEN 'no_record' WHEN people > 1 THEN 'ambiguous' WHEN NOT same_name THEN 'mismatch'
         WHEN status IS NULL THEN 'no_record' WHEN status <> claims->>'status' OR form <> claims->>'form' THEN 'mismatch'
         ELSE 'match' END AS outcome,
    CASE WHEN people <> 1 THEN '{}' WHEN NOT same_name THEN '{name}' WHEN status IS NULL THEN '{}'
         ELSE array_remove(ARRAY[CASE WHEN form <> claims->>'form' THEN 'form' END,
                                 CASE WHEN status <> claims->>'status' THEN 'status' END], NULL) END AS differ
FROM judged ORDER BY scenario
