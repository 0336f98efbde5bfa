WITH told AS (
    SELECT DISTINCT a.scenario, pg_temp.glyphs(a.name) = pg_temp.glyphs(b.szxm) AS same_name
    FROM asked a JOIN bz_hhdj b ON b.szsfzh IN (a.id, pg_temp.id15(a.id)) AND b.cwdj = '0' AND split_part(b.hhsj, ' ', 1)::date <= a.as_of
)
SELECT a.scenario, CASE WHEN same_name THEN 'match' WHEN NOT same_name THEN 'mismatch' ELSE 'no_record' END AS outcome,
    CASE WHEN NOT same_name THEN '{name}'::text[] END AS differ
FROM asked a LEFT JOIN told t USING (scenario)
