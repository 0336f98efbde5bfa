WITH side AS (
    SELECT scenario, as_of, 'applicant' AS who, id FROM asked
    UNION ALL SELECT scenario, as_of, 'partner', pg_temp.id18(claims->>'partner_id') FROM asked
), deed AS (
    SELECT s.scenario, s.who, s.as_of, r.kind, r.cert_no, r.old_cert_no, to_date(replace(r.reg_date, '-', ''), 'YYYYMMDD') AS held_on,
        pg_temp.id18(r.man_id) = s.id AS is_man, CASE WHEN pg_temp.id18(r.man_id) = s.id THEN r.man_name ELSE r.woman_name END AS written,
        ARRAY[pg_temp.id18(r.man_id), pg_temp.id18(r.woman_id)] AS couple
    FROM side s JOIN marriage_register r ON s.id IN (pg_temp.id18(r.man_id), pg_temp.id18(r.woman_id))
), bond AS (
    SELECT w.scenario FROM deed w
    WHERE w.kind = '结婚' AND w.held_on <= w.as_of
        AND NOT EXISTS (SELECT FROM marriage_register x WHERE x.kind = '撤销' AND x.old_cert_no = w.cert_no)
        AND NOT EXISTS (SELECT FROM deed d WHERE d.kind = '离婚' AND d.couple = w.couple AND d.held_on BETWEEN w.held_on AND w.as_of)
), told AS (
    SELECT a.scenario, a.name, a.scenario IN (SELECT scenario FROM bond) AS bound,
        coalesce(bool_or(d.who = 'partner'), false) AS partner_known, coalesce(bool_or(d.who = 'applicant'), false) AS known,
        count(DISTINCT d.is_man) FILTER (WHERE d.who = 'applicant') AS people,
        (array_agg(d.written ORDER BY d.held_on DESC) FILTER (WHERE d.who = 'applicant'))[1] AS written
    FROM asked a LEFT JOIN deed d ON d.scenario = a.scenario AND d.held_on <= a.as_of GROUP BY 1, 2
)
SELECT scenario,
    CASE WHEN people > 1 THEN 'ambiguous' WHEN known AND pg_temp.glyphs(name) <> pg_temp.glyphs(written) OR bound THEN 'mismatch'
         WHEN known AND partner_known THEN 'match' ELSE 'no_record' END AS outcome,
    CASE WHEN people > 1 THEN '{}' WHEN known AND pg_temp.glyphs(name) <> pg_temp.glyphs(written) THEN '{name}'
         WHEN bound THEN '{spouse}'::text[] END AS differ
FROM told
