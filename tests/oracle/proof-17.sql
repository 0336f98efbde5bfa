-- Of the federation's files only what file.sql says is in force.
SELECT a.claim_id, CASE WHEN n.id IS NULL THEN 'no_record' ELSE 'known' END AS found,
    pg_temp.glyphs(n.name) = pg_temp.glyphs(a.name) AS same_name,
    pg_temp.tidy(n.name) <> pg_temp.tidy(a.name) OR length(a.typed) = 15 AS varies,
    array_remove(ARRAY[CASE WHEN n.category <> a.first THEN 'category' END,
                       CASE WHEN n.grade > a.second THEN 'grade' END,
                       CASE WHEN n.state <> '有效' OR n.valid_to < a.as_of THEN 'valid' END], NULL) AS differ
FROM asked a LEFT JOIN newest n USING (id)
