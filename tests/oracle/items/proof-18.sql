-- Enrolled: where the person last entered by the day, unless that was left for another province.
-- Graduated: a paper with the school and the year, else one that shares either of them, from 2001 on.
WITH pupil AS (
    SELECT a.scenario, a.claims, a.as_of, s.xm, pg_temp.glyphs(a.name) IN (pg_temp.glyphs(s.xm), pg_temp.glyphs(s.cym)) AS same_name, j.*
    FROM asked a JOIN xsxx s ON pg_temp.id18(s.sfzjh) = a.id LEFT JOIN xsjd j ON j.xjh = s.xjh
        AND to_date(replace(j.rxrq, '-', ''), 'YYYYMMDD') <= a.as_of
    WHERE a.claims->>'state' = '1'
), enrolled AS (
    SELECT DISTINCT ON (scenario) scenario, same_name, (SELECT count(DISTINCT o.xm) FROM pupil o WHERE o.scenario = p.scenario) AS people,
        xxdm IS NOT NULL AS known, array_remove(ARRAY[
            CASE WHEN claims->>'school' NOT IN (xxdm, coalesce((SELECT hbdm FROM dm_xx x WHERE x.xxdm = p.xxdm), xxdm)) THEN 'school' END,
            CASE WHEN to_date(replace(lxrq, '-', ''), 'YYYYMMDD') <= as_of THEN 'state' END,
            CASE WHEN rxnf <> claims->>'year' THEN 'year' END], NULL) AS off,
        coalesce(lxyy = '转出外省' AND to_date(replace(lxrq, '-', ''), 'YYYYMMDD') <= as_of, false) AS away
    FROM pupil p ORDER BY scenario, to_date(replace(rxrq, '-', ''), 'YYYYMMDD') DESC NULLS LAST
), paper AS (
    SELECT a.scenario, (a.claims->>'year')::int AS year, coalesce(a.claims->>'school' IN (z.xxdm, x.hbdm), false) AS school,
        left(z.byrq, 4) = a.claims->>'year' AS same_year,
        pg_temp.glyphs(a.name) IN (pg_temp.glyphs(z.xm), pg_temp.glyphs(z.xyxm)) AS same_name,
        coalesce(a.claims->>'level' = (ARRAY['10', '10', '20', '30', '40'])[array_position(
            ARRAY['博士研究生', '硕士研究生', '本科', '专科', '中专'], z.cc::text)], true) AS level
    FROM asked a JOIN xlzs z ON pg_temp.id18(z.sfzh) = a.id LEFT JOIN dm_xx x USING (xxdm)
    WHERE a.claims->>'state' = '2' AND to_date(replace(z.byrq, '-', ''), 'YYYYMMDD') <= a.as_of
), graduated AS (
    SELECT DISTINCT ON (scenario) scenario, same_name, array_remove(ARRAY[CASE WHEN NOT level THEN 'level' END,
        CASE WHEN NOT school THEN 'school' END, CASE WHEN NOT same_year THEN 'year' END], NULL) AS off
    FROM paper WHERE school AND same_year OR (school OR same_year) AND year >= 2001
    ORDER BY scenario, school AND same_year DESC, level DESC
)
SELECT a.scenario,
    CASE WHEN e.people > 1 THEN 'ambiguous' WHEN coalesce(e.same_name, g.same_name) IS NULL OR NOT e.known OR e.away THEN 'no_record'
         WHEN NOT coalesce(e.same_name, g.same_name) THEN 'mismatch' WHEN coalesce(e.off, g.off) = '{}' THEN 'match'
         ELSE 'mismatch' END AS outcome,
    CASE WHEN e.people > 1 OR coalesce(e.same_name, g.same_name) IS NULL OR NOT e.known OR e.away THEN '{}'
         WHEN NOT coalesce(e.same_name, g.same_name) THEN '{name}'
         ELSE coalesce(e.off, g.off) END AS differ
FROM asked a LEFT JOIN enrolled e USING (scenario) LEFT JOIN graduated g USING (scenario)
