-- Entitled: a file of this county has the claimed category, recognised by the day and not ended, of the claimed grade or a more severe one.
WITH person AS (
    SELECT a.scenario, y.dah, y.xm, pg_temp.glyphs(a.name) IN (pg_temp.glyphs(y.xm), pg_temp.glyphs(y.cym)) AS same_name
    FROM asked a JOIN yf_ryxx y ON pg_temp.id18(y.sfzh) = a.id WHERE y.ryzt IN ('1', '2')
), entry AS (
    SELECT a.scenario, p.xm, d.bzdm = a.claims->>'category' AS claimed,
        l.zzrq IS NULL OR to_date(replace(l.zzrq, '-', ''), 'YYYYMMDD') > a.as_of AS current,
        array_position(ARRAY['一级', '二级', '三级', '四级', '五级', '六级', '七级', '八级', '九级', '十级'], l.scdj::text) AS grade,
        (a.claims->>'grade')::int AS wanted
    FROM asked a JOIN person p USING (scenario) JOIN yf_rylb l USING (dah) JOIN dm_yflb d USING (lbdm)
    WHERE to_date(replace(l.rdrq, '-', ''), 'YYYYMMDD') <= a.as_of
), fact AS (
    SELECT a.scenario, count(e.claimed) AS entries, count(DISTINCT e.xm) AS people,
        (SELECT bool_or(same_name) FROM person p WHERE p.scenario = a.scenario) AS same_name,
        coalesce(bool_or(claimed), false) AS had, coalesce(bool_or(claimed AND current), false) AS has,
        coalesce(bool_or(current), false) AS any_one,
        bool_or(claimed AND current AND grade > wanted) AS mild
    FROM asked a LEFT JOIN entry e USING (scenario) GROUP BY a.scenario
), judged AS (
    SELECT *, array_remove(ARRAY[CASE WHEN NOT had THEN 'category' END, CASE WHEN NOT (has OR NOT had AND any_one) THEN 'entitled' END,
                                 CASE WHEN mild THEN 'grade' END], NULL) AS off FROM fact
)
SELECT scenario,
    CASE WHEN entries = 0 THEN 'no_record' WHEN people > 1 THEN 'ambiguous' WHEN same_name AND off = '{}' THEN 'match'
         ELSE 'mismatch' END AS outcome,
    CASE WHEN entries = 0 OR people > 1 THEN '{}' WHEN NOT same_name THEN '{name}' ELSE off END AS differ
FROM judged
