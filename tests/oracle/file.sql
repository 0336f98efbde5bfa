CREATE FUNCTION pg_temp.day(raw text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    -- YYYYMMDD, or null for a day that does not exist and for 长期, 无 and /.
    SELECT CASE WHEN p[2]::int BETWEEN 1 AND 12
                 AND p[3]::int BETWEEN 1 AND extract(day FROM make_date(p[1]::int, p[2]::int, 1) + interval '1 month - 1 day')
                THEN p[1] || lpad(p[2], 2, '0') || lpad(p[3], 2, '0') END
    FROM (SELECT regexp_match(raw, '^(\d{4})[-/年]?(\d{1,2})[-/月]?(\d{1,2})日?$') AS p) t
$$;
CREATE TEMP TABLE file (
    night text, line int, card text, name text, category text, grade text, issued text, valid_to text, state text, updated text
);
-- Of each person the line in force: what can be read, and of that the latest by the day of the change, then the night, then the line.
CREATE TEMP VIEW newest AS
WITH tidy AS (
    SELECT night, line, upper(pg_temp.tidy(card)) AS card, name, pg_temp.tidy(category) AS category, pg_temp.tidy(grade) AS grade,
        pg_temp.day(issued) AS issued, pg_temp.day(valid_to) AS valid_to, valid_to IN ('长期', '无', '/') AS endless, state,
        pg_temp.day(updated) AS updated
    FROM file
), usable AS (
    SELECT *, left(card, 18) AS id FROM tidy
    WHERE card ~ '^[0-9]{17}[0-9X][1-7][1-4](B[0-9]{1,2})?$' AND pg_temp.check_sign(left(card, 17)) = substr(card, 18, 1)
        AND category ~ '^[1-7]$' AND grade ~ '^[1-4]$' AND issued IS NOT NULL AND updated IS NOT NULL
        AND (valid_to IS NOT NULL OR endless) AND state IN ('有效', '注销', '暂停')
)
SELECT DISTINCT ON (id) * FROM usable ORDER BY id, updated DESC, night DESC, line DESC;
