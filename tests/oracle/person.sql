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
-- Addresses of the scenarios: the town, and the rest with one sign between its numbers.
CREATE FUNCTION pg_temp.plain_place(raw text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(translate(pg_temp.glyphs(raw), '〇一二三四五六七八九', '0123456789'), '^(广东省)?(湛江市)?(吴川市)?', '')
$$;
CREATE FUNCTION pg_temp.place_town(raw text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT substring(pg_temp.plain_place(raw) from '^(梅菉|博铺|海滨|塘㙍|黄坡|吴阳)(?:街道|镇)')
$$;
CREATE FUNCTION pg_temp.place_rest(raw text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT rtrim(regexp_replace(regexp_replace(regexp_replace(pg_temp.plain_place(raw), '^(梅菉|博铺|海滨|塘㙍|黄坡|吴阳)(街道|镇)', ''),
                                               '村委会', '村'), '(号|#|栋|幢|座|单元|室|房|首层|商铺|-)+', '/', 'g'), '/')
$$;
CREATE FUNCTION pg_temp.same_place(one text, other text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$
    -- Null where one says more than the other: a building, and a flat in it.
    SELECT CASE WHEN pg_temp.place_town(one) <> pg_temp.place_town(other) THEN false
                WHEN pg_temp.place_rest(one) = pg_temp.place_rest(other) THEN true
                WHEN starts_with(pg_temp.place_rest(one), pg_temp.place_rest(other) || '/')
                  OR starts_with(pg_temp.place_rest(other), pg_temp.place_rest(one) || '/') THEN NULL
                ELSE false END
$$;
