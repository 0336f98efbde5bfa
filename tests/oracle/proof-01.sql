WITH entry AS (
    SELECT a.claim_id, r.cert_no, r.kind, r.old_cert_no, replace(r.reg_date, '-', '') AS day, own.id, own.name, other.id AS spouse
    FROM asked a
    JOIN marriage_register r
        ON r.man_id IN (a.id, lower(a.id), pg_temp.id15(a.id)) OR r.woman_id IN (a.id, lower(a.id), pg_temp.id15(a.id))
    CROSS JOIN LATERAL (SELECT r.man_id IN (a.id, lower(a.id), pg_temp.id15(a.id)) AS man) side
    CROSS JOIN LATERAL (SELECT CASE WHEN man THEN r.man_id ELSE r.woman_id END AS id,
                               CASE WHEN man THEN r.man_name ELSE r.woman_name END AS name) own
    CROSS JOIN LATERAL (SELECT pg_temp.id18(CASE WHEN man THEN r.woman_id ELSE r.man_id END) AS id) other
), known AS (
    SELECT e.* FROM entry e JOIN asked a USING (claim_id) WHERE e.day <= a.as_of
), wedding AS (
    SELECT k.* FROM known k WHERE k.kind = '结婚'
    AND NOT EXISTS (SELECT 1 FROM entry x WHERE x.claim_id = k.claim_id AND x.kind = '撤销' AND x.old_cert_no = k.cert_no)
), valid AS (
    SELECT w.* FROM wedding w WHERE NOT EXISTS (
        SELECT 1 FROM known d WHERE d.claim_id = w.claim_id AND d.kind = '离婚' AND d.spouse = w.spouse AND d.day >= w.day)
), holder AS (
    SELECT a.*, (SELECT count(*) FROM known k WHERE k.claim_id = a.claim_id) AS rows,
        (SELECT count(*) FROM valid v WHERE v.claim_id = a.claim_id) AS marriages,
        CASE WHEN EXISTS (SELECT 1 FROM valid v WHERE v.claim_id = a.claim_id) THEN '20'
             WHEN EXISTS (SELECT 1 FROM wedding w WHERE w.claim_id = a.claim_id) THEN '40' ELSE '10' END AS status,
        (SELECT min(v.spouse) FROM valid v WHERE v.claim_id = a.claim_id) AS spouse, last.id AS held_id, last.name AS held_name
    FROM asked a
    LEFT JOIN LATERAL (SELECT k.id, k.name FROM known k WHERE k.claim_id = a.claim_id ORDER BY k.day DESC LIMIT 1) last ON true
)
SELECT claim_id,
    CASE WHEN rows = 0 THEN 'no_record' WHEN marriages > 1 THEN 'ambiguous' ELSE 'known' END AS found,
    pg_temp.glyphs(held_name) = pg_temp.glyphs(name) AS same_name,
    pg_temp.tidy(held_name) <> pg_temp.tidy(name) OR length(held_id) <> length(typed)
        OR (second IS NOT NULL AND spouse IS NULL) AS varies,  -- nobody to compare the claimed spouse with
    array_remove(ARRAY[CASE WHEN status <> first THEN 'marital_status' END,
                       CASE WHEN pg_temp.id18(second) <> spouse THEN 'spouse_id' END], NULL) AS differ
FROM holder
