-- Yuan subscribed to entities that existed on the day for sure, each entity once however often it was sent.
WITH stake AS (
    SELECT a.scenario, i.inv, i.pripid, coalesce(b.uniscid, i.pripid) AS entity, CASE
        WHEN i.outdate::date <= a.as_of THEN 0
        WHEN b.regstate = '3' AND NOT EXISTS (SELECT FROM e_cancel x WHERE x.pripid = i.pripid AND x.candate::date > a.as_of) THEN 0
        WHEN EXISTS (SELECT FROM e_cancel x WHERE x.pripid = i.pripid AND x.candate::date <= a.as_of) THEN 0
        ELSE i.subconam * 10000 END AS yuan
    FROM asked a JOIN e_inv i ON pg_temp.id18(i.cerno) = a.id JOIN e_baseinfo b USING (pripid) WHERE i.condate::date <= a.as_of
), once AS (
    SELECT DISTINCT ON (scenario, inv, entity) scenario, inv, sum(yuan) AS yuan FROM stake GROUP BY scenario, inv, entity, pripid
    ORDER BY scenario, inv, entity, yuan DESC
), fact AS (
    SELECT a.scenario, count(DISTINCT o.inv) AS people, bool_or(pg_temp.glyphs(a.name) = pg_temp.glyphs(o.inv)) AS same_name,
        coalesce(sum(o.yuan), 0) > CASE a.claims->>'scheme' WHEN '1' THEN 10000 ELSE 50000 END AS over
    FROM asked a LEFT JOIN once o USING (scenario) GROUP BY a.scenario, a.claims
)
SELECT scenario,
    CASE WHEN people = 0 THEN 'no_record' WHEN people > 1 THEN 'ambiguous' WHEN same_name AND NOT over THEN 'match' ELSE 'mismatch'
         END AS outcome,
    CASE WHEN people <> 1 THEN '{}' WHEN NOT same_name THEN '{name}' WHEN over THEN '{shares}' ELSE '{}'::text[] END AS differ
FROM fact
