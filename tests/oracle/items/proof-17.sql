-- The line in force (file.sql) decides; grade 1 is the most severe. Of a name that was not written whole nobody can say whose it is.
WITH fact AS (
    SELECT a.scenario, n.id IS NOT NULL AS known, n.name ~ '[?*〓□]' AS unread, pg_temp.glyphs(n.name) = pg_temp.glyphs(a.name) AS same_name,
        array_remove(ARRAY[CASE WHEN n.category <> a.claims->>'category' THEN 'category' END,
                           CASE WHEN n.grade > a.claims->>'grade' THEN 'grade' END,
                           CASE WHEN n.state <> '有效' OR n.valid_to < to_char(a.as_of, 'YYYYMMDD') THEN 'valid' END], NULL) AS off
    FROM asked a LEFT JOIN newest n USING (id)
)
SELECT scenario,
    CASE WHEN NOT known THEN 'no_record' WHEN unread THEN 'ambiguous' WHEN NOT same_name OR off <> '{}' THEN 'mismatch'
         ELSE 'match' END AS outcome,
    CASE WHEN NOT known OR unread THEN '{}' WHEN NOT same_name THEN '{name}' ELSE off END AS differ
FROM fact
