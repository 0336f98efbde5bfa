WITH person AS (
    SELECT a.*, p.rybh, p.gmsfhm, p.xm, p.cym, p.ryzt, count(*) OVER (PARTITION BY a.claim_id) AS people
    FROM asked a LEFT JOIN ck_rkjbxx p ON p.gmsfhm IN (a.id, lower(a.id), pg_temp.id15(a.id))
), home AS (
    SELECT p.claim_id, p.rybh, left(t.qhdm, 9) AS town, m.rhrq
    FROM person p JOIN ck_hcy m USING (rybh) JOIN ck_hjxx h USING (hh) JOIN dm_xzjd t ON t.dm = h.xzdm
    WHERE m.rhrq <= p.as_of AND (m.chrq IS NULL OR m.chrq > p.as_of)
)
SELECT DISTINCT ON (p.claim_id) p.claim_id,
    CASE WHEN p.rybh IS NULL THEN 'no_record' WHEN p.people > 1 THEN 'ambiguous'
         WHEN same.name AND h.town IS NULL THEN 'no_record'  -- known, but registered nowhere here on that day: absence is not disagreement
         ELSE 'known' END AS found,
    same.name AS same_name,
    pg_temp.tidy(p.xm) <> pg_temp.tidy(p.name) OR length(p.gmsfhm) <> length(p.typed) OR p.ryzt <> '1' AS varies,
    array_remove(ARRAY[CASE WHEN p.second IS NOT NULL AND h.rhrq > replace(p.second, '-', '') THEN 'since' END,
                       CASE WHEN h.town <> p.first THEN 'town' END], NULL) AS differ
FROM person p LEFT JOIN home h USING (claim_id, rybh)
CROSS JOIN LATERAL (
    SELECT coalesce(pg_temp.glyphs(p.name) IN (pg_temp.glyphs(p.xm), pg_temp.glyphs(nullif(p.cym, ''))), false) AS name) same
