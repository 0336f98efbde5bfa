WITH person AS (
    SELECT a.*, p.rybh, count(p.rybh) OVER (PARTITION BY a.scenario) AS people, p.xm ~ '[?*〓□\uE000-\uF8FF]' AS unreadable,
        pg_temp.glyphs(a.name) IN (pg_temp.glyphs(p.xm), pg_temp.glyphs(p.cym)) AS same_name
    FROM asked a LEFT JOIN ck_rkjbxx p ON upper(p.gmsfhm) IN (a.id, pg_temp.id15(a.id))
)
SELECT DISTINCT scenario,
    CASE WHEN people = 0 THEN 'no_record' WHEN people > 1 OR unreadable THEN 'ambiguous' WHEN same_name THEN 'match' ELSE 'mismatch'
    END AS outcome,
    CASE WHEN people = 1 AND NOT unreadable AND NOT same_name THEN '{name}'::text[] END AS differ
FROM person
