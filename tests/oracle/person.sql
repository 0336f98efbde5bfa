-- Written from the departments' tables and domain.md D5 alone, and kept apart from the product's own comparison.

CREATE FUNCTION pg_temp.check_sign(head text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    -- The weights of GB 11643 are the powers of two from 2^17 down, modulo 11.
    SELECT substr('10X98765432', 1 + (sum(substr(head, i, 1)::int * (1 << (18 - i))) % 11)::int, 1) FROM generate_series(1, 17) i
$$;
CREATE FUNCTION pg_temp.tidy(raw text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT translate(regexp_replace(normalize(raw, NFKC), '\s', '', 'g'), '•・‧.', '····')
$$;
CREATE FUNCTION pg_temp.id18(raw text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN length(s) <> 15 THEN s ELSE substr(s, 1, 6) || '19' || substr(s, 7)
                || pg_temp.check_sign(substr(s, 1, 6) || '19' || substr(s, 7)) END
    FROM (SELECT upper(pg_temp.tidy(raw)) AS s) t
$$;
CREATE FUNCTION pg_temp.id15(id text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT substr(id, 1, 6) || substr(id, 9, 9) $$;
CREATE FUNCTION pg_temp.glyphs(raw text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT translate(pg_temp.tidy(raw), '葉鍾缀', '叶钟㙍')
$$;
-- Organisations: the code inside the number, and what is left of a name without brackets, place in front and the longer word for 有限.
CREATE FUNCTION pg_temp.org9(code text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT substr(code, 9, 9) $$;
CREATE FUNCTION pg_temp.org(raw text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT replace(regexp_replace(translate(pg_temp.glyphs(raw), '()【】', ''), '^(广东省?)?(湛江市?)?(吴川市?)?', ''), '有限责任公司', '有限公司')
$$;
