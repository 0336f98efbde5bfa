-- What one member of a household is to another, from what both are to its head.
WITH seat AS (
    SELECT c.hh, c.rybh, c.yhzgx::int AS code, daterange(c.rhrq::date, nullif(c.chrq, '99991231')::date) AS stay
    FROM ck_hcy c JOIN ck_hjxx h USING (hh) WHERE h.hlx = '1'
), pair AS (
    SELECT a.rybh AS one, b.rybh AS two, a.code AS a, b.code AS b, lower(a.stay * b.stay) AS since
    FROM seat a JOIN seat b ON b.hh = a.hh AND b.rybh <> a.rybh AND b.stay && a.stay
), fact AS (  -- `two` is so to `one`
    SELECT one, two, since, CASE
        WHEN a IN (1, 2) AND b BETWEEN 20 AND 39 AND b % 10 NOT IN (7, 8) THEN 'child'
        WHEN b IN (1, 2) AND a BETWEEN 20 AND 39 AND a % 10 NOT IN (7, 8) THEN 'parent'
        WHEN a IN (1, 2) AND b IN (50, 51, 52) OR a BETWEEN 10 AND 19 AND b IN (53, 54, 55, 56) THEN 'parent'
        WHEN b IN (1, 2) AND a IN (50, 51, 52) OR b BETWEEN 10 AND 19 AND a IN (53, 54, 55, 56) THEN 'child'
        WHEN a IN (1, 2) AND b IN (70, 71, 73, 75, 77) OR b IN (1, 2) AND a IN (70, 71, 73, 75, 77) THEN 'sibling'
        WHEN a BETWEEN 20 AND 39 AND b BETWEEN 20 AND 39 AND a % 10 NOT IN (7, 8) AND b % 10 NOT IN (7, 8) THEN 'sibling'
        WHEN a BETWEEN 20 AND 39 AND a % 10 NOT IN (7, 8) AND b IN (50, 51, 52) THEN 'grandparent'
        WHEN b BETWEEN 20 AND 39 AND b % 10 NOT IN (7, 8) AND a IN (50, 51, 52) THEN 'grandchild'
        WHEN a IN (1, 2) AND b IN (28, 38, 53, 54, 55, 56) OR b IN (1, 2) AND a IN (28, 38, 53, 54, 55, 56) THEN 'in-law'
        END AS relation
    FROM pair
), told AS (
    SELECT a.scenario, a.name, p.xm, p.cym, count(DISTINCT p.rybh) AS people, count(DISTINCT q.rybh) AS relatives,
        array_agg(DISTINCT f.relation) FILTER (WHERE f.relation IS NOT NULL) AS relations, a.claims->>'relation' AS claimed
    FROM asked a JOIN ck_rkjbxx p ON pg_temp.id18(p.gmsfhm) = a.id
    LEFT JOIN ck_rkjbxx q ON pg_temp.id18(q.gmsfhm) = pg_temp.id18(a.claims->>'relative_id')
    LEFT JOIN fact f ON f.one = p.rybh AND f.two = q.rybh AND f.since <= a.as_of
    GROUP BY 1, 2, 3, 4, 8
), judged AS (
    SELECT *, pg_temp.glyphs(name) NOT IN (pg_temp.glyphs(xm), pg_temp.glyphs(cym)) AS other_name FROM told
)
SELECT a.scenario,
    CASE WHEN people > 1 THEN 'ambiguous' WHEN other_name THEN 'mismatch' WHEN relations IS NULL OR relatives > 1 THEN 'no_record'
         WHEN claimed = ANY(relations) THEN 'match' ELSE 'mismatch' END AS outcome,
    CASE WHEN people > 1 THEN '{}' WHEN other_name THEN '{name}'
         WHEN relatives = 1 AND NOT claimed = ANY(relations) THEN '{relation}'::text[] END AS differ
FROM asked a LEFT JOIN judged USING (scenario)
