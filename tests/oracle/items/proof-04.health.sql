WITH paper AS (
    SELECT a.*, s.xm, s.zfrq, make_date(substring(s.swrq FROM 1 FOR 4)::int,
        (regexp_match(s.swrq, '^\d{4}\D?(\d{1,2}?)\D?(\d{1,2})\D*$'))[1]::int,
        (regexp_match(s.swrq, '^\d{4}\D?(\d{1,2}?)\D?(\d{1,2})\D*$'))[2]::int) AS died
    FROM asked a JOIN sw_yxzm s ON s.sfzh IN (a.id, pg_temp.id15(a.id))
), told AS (
    SELECT scenario, bool_and(pg_temp.glyphs(name) = pg_temp.glyphs(xm)) AS same_name, bool_or(zfrq IS NULL) AS dead,
        bool_or(zfrq IS NULL AND died = coalesce((claims->>'death_date')::date, died)) AS same_day,
        bool_or(died = coalesce((claims->>'death_date')::date, died)) AS some_day
    FROM paper WHERE died <= as_of GROUP BY scenario
)
SELECT a.scenario,
    CASE WHEN t.scenario IS NULL THEN 'no_record' WHEN t.same_name AND t.dead AND t.same_day THEN 'match' ELSE 'mismatch' END AS outcome,
    CASE WHEN NOT t.same_name THEN ARRAY['name'] ELSE array_remove(ARRAY[CASE WHEN NOT t.some_day THEN 'death_date' END,
        CASE WHEN NOT t.dead THEN 'state' END], NULL) END AS differ
FROM asked a LEFT JOIN told t USING (scenario)
