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
