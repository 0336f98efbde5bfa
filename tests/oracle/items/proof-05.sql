WITH person AS (
    SELECT a.*, p.rybh, p.xm, p.cym, count(*) OVER (PARTITION BY a.scenario) AS people
    FROM asked a LEFT JOIN ck_rkjbxx p ON p.gmsfhm IN (a.id, lower(a.id), pg_temp.id15(a.id))
), home AS (
    SELECT p.scenario, p.rybh, left(t.qhdm, 9) AS town, m.rhrq
    FROM person p JOIN ck_hcy m USING (rybh) JOIN ck_hjxx h USING (hh) JOIN dm_xzjd t ON t.dm = h.xzdm
    WHERE m.rhrq <= to_char(p.as_of, 'YYYYMMDD') AND (m.chrq IS NULL OR m.chrq > to_char(p.as_of, 'YYYYMMDD'))
), judged AS (
    SELECT p.*, h.town, pg_temp.glyphs(p.name) IN (pg_temp.glyphs(p.xm), pg_temp.glyphs(nullif(p.cym, ''))) AS same_name,
        array_remove(ARRAY[CASE WHEN h.rhrq > replace(p.claims->>'since', '-', '') THEN 'since' END,
                           CASE WHEN h.town <> p.claims->>'town' THEN 'town' END], NULL) AS off
    FROM person p LEFT JOIN home h USING (scenario, rybh)
)
SELECT DISTINCT ON (scenario) scenario,
    CASE WHEN rybh IS NULL THEN 'no_record' WHEN people > 1 THEN 'ambiguous' WHEN NOT coalesce(same_name, false) THEN 'mismatch'
         WHEN town IS NULL THEN 'no_record' WHEN off <> '{}' THEN 'mismatch' ELSE 'match' END AS outcome,
    CASE WHEN rybh IS NULL OR people > 1 THEN '{}' WHEN NOT coalesce(same_name, false) THEN '{name}' ELSE off END AS differ
FROM judged ORDER BY scenario
