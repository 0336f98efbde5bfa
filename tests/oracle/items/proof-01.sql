WITH entry AS (
    SELECT a.scenario, r.cert_no, r.kind, r.old_cert_no, replace(r.reg_date, '-', '') AS day, own.id, own.name, other.id AS spouse
    FROM asked a
    JOIN marriage_register r
        ON r.man_id IN (a.id, lower(a.id), pg_temp.id15(a.id)) OR r.woman_id IN (a.id, lower(a.id), pg_temp.id15(a.id))
    CROSS JOIN LATERAL (SELECT r.man_id IN (a.id, lower(a.id), pg_temp.id15(a.id)) AS man) side
    CROSS JOIN LATERAL (SELECT CASE WHEN man THEN r.man_id ELSE r.woman_id END AS id,
                               CASE WHEN man THEN r.man_name ELSE r.woman_name END AS name) own
    CROSS JOIN LATERAL (SELECT pg_temp.id18(CASE WHEN man THEN r.woman_id ELSE r.man_id END) AS id) other
), known AS (
    SELECT e.* FROM entry e JOIN asked a USING (scenario) WHERE e.day <= to_char(a.as_of, 'YYYYMMDD')
), wedding AS (
    SELECT k.* FROM known k WHERE k.kind = '结婚'
    AND NOT EXISTS (SELECT 1 FROM entry x WHERE x.scenario = k.scenario AND x.kind = '撤销' AND x.old_cert_no = k.cert_no)
), valid AS (
    SELECT w.* FROM wedding w WHERE NOT EXISTS (
        SELECT 1 FROM known d WHERE d.scenario = w.scenario AND d.kind = '离婚' AND d.spouse = w.spouse AND d.day >= w.day)
), holder AS (
    SELECT a.*, (SELECT count(*) FROM known k WHERE k.scenario = a.scenario) AS rows,
        (SELECT count(*) FROM valid v WHERE v.scenario = a.scenario) AS marriages,
        CASE WHEN EXISTS (SELECT 1 FROM valid v WHERE v.scenario = a.scenario) THEN '20'
             WHEN EXISTS (SELECT 1 FROM wedding w WHERE w.scenario = a.scenario) THEN '40' ELSE '10' END AS status,
        (SELECT min(v.spouse) FROM valid v WHERE v.scenario = a.scenario) AS spouse, last.id AS held_id, last.name AS held_name
    FROM asked a
    LEFT JOIN LATERAL (SELECT k.id, k.name FROM known k WHERE k.scenario = a.scenario ORDER BY k.day DESC LIMIT 1) last ON true
)
SELECT scenario,
    CASE WHEN rows = 0 THEN 'no_record' WHEN marriages > 1 THEN 'ambiguous' WHEN NOT same THEN 'mismatch'
         WHEN off <> '{}' THEN 'mismatch' ELSE 'match' END AS outcome,
    CASE WHEN rows = 0 OR marriages > 1 THEN '{}' WHEN NOT same THEN '{name}' ELSE off END AS differ
FROM holder CROSS JOIN LATERAL (
    SELECT pg_temp.glyphs(held_name) = pg_temp.glyphs(name) AS same,
        array_remove(ARRAY[CASE WHEN status <> claims->>'marital_status' THEN 'marital_status' END,
                           CASE WHEN pg_temp.id18(claims->>'spouse_id') <> spouse THEN 'spouse_id' END], NULL) AS off
) seen
