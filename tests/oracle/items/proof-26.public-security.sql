-- Vehicles that were the person's on the day. Persons are those of the population register, or else those whom the vehicle book names.
WITH car AS (
    SELECT a.scenario, v.syr, v.xh IN (SELECT s.xh FROM veh_ysb s WHERE s.sbrq::date <= a.as_of) AS sold
    FROM asked a JOIN veh_flow v ON pg_temp.id18(v.sfzmhm) = a.id
    WHERE translate(v.zt, 'EM', '') = v.zt AND a.as_of >= v.djrq::date AND (v.zyrq IS NULL OR a.as_of < v.zyrq::date)
), known AS (
    SELECT a.scenario, p.rybh, p.xm, p.cym FROM asked a JOIN ck_rkjbxx p ON pg_temp.id18(p.gmsfhm) = a.id
), person AS (
    SELECT * FROM known
    UNION SELECT scenario, 0, syr, '' FROM car WHERE scenario NOT IN (SELECT scenario FROM known)
), fact AS (
    SELECT a.scenario, count(p.xm) AS people,
        bool_or(pg_temp.glyphs(a.name) IN (pg_temp.glyphs(p.xm), pg_temp.glyphs(p.cym))) AS same_name,
        (SELECT count(*) FROM car c WHERE c.scenario = a.scenario AND NOT c.sold) >= CASE a.claims->>'scheme' WHEN '1' THEN 1 ELSE 2 END AS over
    FROM asked a LEFT JOIN person p USING (scenario) GROUP BY a.scenario, a.claims
)
SELECT scenario,
    CASE WHEN people = 0 THEN 'no_record' WHEN people > 1 THEN 'ambiguous' WHEN same_name AND NOT over THEN 'match' ELSE 'mismatch'
         END AS outcome,
    CASE WHEN people <> 1 THEN '{}' WHEN NOT same_name THEN '{name}' WHEN over THEN '{vehicles}' ELSE '{}'::text[] END AS differ
FROM fact
