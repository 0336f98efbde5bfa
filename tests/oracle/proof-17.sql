WITH tidy AS (
    SELECT night, line, pg_temp.tidy(card) AS card, name, pg_temp.tidy(category) AS category, pg_temp.tidy(grade) AS grade,
        pg_temp.day(issued) AS issued, pg_temp.day(valid_to) AS valid_to, state, pg_temp.day(updated) AS updated
    FROM file
), usable AS (
    SELECT *, left(card, 18) AS id FROM tidy
    WHERE card ~ '^[0-9]{17}[0-9X][1-7][1-4]$' AND pg_temp.check_sign(left(card, 17)) = substr(card, 18, 1)
        AND category ~ '^[1-7]$' AND grade ~ '^[1-4]$' AND issued IS NOT NULL AND updated IS NOT NULL
), newest AS (
    SELECT DISTINCT ON (id) * FROM usable ORDER BY id, updated DESC, night DESC, line DESC
)
SELECT a.claim_id, CASE WHEN n.id IS NULL THEN 'no_record' ELSE 'known' END AS found,
    pg_temp.glyphs(n.name) = pg_temp.glyphs(a.name) AS same_name,
    pg_temp.tidy(n.name) <> pg_temp.tidy(a.name) OR length(a.typed) = 15 AS varies,
    array_remove(ARRAY[CASE WHEN n.category <> a.first THEN 'category' END,
                       CASE WHEN n.grade > a.second THEN 'grade' END,
                       CASE WHEN n.state <> '有效' OR n.valid_to < a.as_of THEN 'valid' END], NULL) AS differ
FROM asked a LEFT JOIN newest n USING (id)
