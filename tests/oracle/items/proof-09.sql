WITH guilt AS (
    SELECT DISTINCT a.scenario FROM asked a JOIN wf_ryjl w ON pg_temp.id18(w.zjhm) = a.id
    WHERE w.cljg = '01' AND w.gprq IS NULL AND w.sxrq::date <= a.as_of
        AND CASE w.fcbz WHEN '1' THEN false WHEN '2' THEN true ELSE w.zanl >= 18 OR w.xqys > 5 * 12 END
), told AS (
    SELECT a.scenario, count(*) AS people, bool_and(pg_temp.glyphs(a.name) IN (pg_temp.glyphs(p.xm), pg_temp.glyphs(p.cym))) AS same_name
    FROM asked a JOIN ck_rkjbxx p ON pg_temp.id18(p.gmsfhm) = a.id GROUP BY a.scenario
)
SELECT a.scenario,
    CASE WHEN people IS NULL THEN 'no_record' WHEN people > 1 THEN 'ambiguous' WHEN NOT same_name OR g.scenario IS NOT NULL THEN 'mismatch'
         ELSE 'match' END AS outcome,
    CASE WHEN people > 1 THEN '{}' WHEN NOT same_name THEN '{name}' WHEN people = 1 AND g.scenario IS NOT NULL THEN '{record}'::text[]
    END AS differ
FROM asked a LEFT JOIN told t USING (scenario) LEFT JOIN guilt g USING (scenario)
