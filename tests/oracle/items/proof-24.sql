WITH car AS (
    SELECT a.scenario, v.syr, right(upper(pg_temp.tidy(v.hphm)), 6) = right(upper(pg_temp.tidy(a.claims->>'plate')), 6) AS it,
        (SELECT min(s.sbrq)::date <= a.as_of FROM veh_ysb s WHERE s.xh = v.xh) IS TRUE AS sold,
        v.yxqz::date < a.as_of OR v.zt ~ 'Q' AS stale
    FROM asked a JOIN veh_flow v ON pg_temp.id18(v.sfzmhm) = a.id
    WHERE position('E' IN v.zt) = 0 AND a.as_of >= v.djrq::date AND (v.zyrq IS NULL OR a.as_of < v.zyrq::date)
), cars AS (
    SELECT scenario, count(*) AS book, count(*) FILTER (WHERE NOT sold) AS sure, bool_or(it) AS his, bool_or(it AND sold) AS open,
        bool_or(it AND stale) AS stale, min(syr) AS syr
    FROM car GROUP BY scenario
), card AS (
    SELECT a.scenario, min(d.xm) AS xm, bool_or(coalesce(nullif(d.yxqz, '长期')::date >= a.as_of, true)
        AND (d.zt = 'A' OR d.ztrq::date > a.as_of) AND position(a.claims->>'licence' IN k.ksjs) > 0) AS good
    FROM asked a JOIN drv_license d ON pg_temp.id18(d.sfzmhm) = a.id JOIN dm_zjcx k ON position(k.dm IN d.zjcx) > 0
    WHERE d.cclzrq::date <= a.as_of GROUP BY a.scenario
), one AS (
    SELECT a.scenario, count(p.rybh) AS people, min(p.xm) AS xm, min(p.cym) AS cym
    FROM asked a LEFT JOIN ck_rkjbxx p ON pg_temp.id18(p.gmsfhm) = a.id GROUP BY a.scenario
), told AS (
    SELECT a.scenario, one.people, coalesce(one.xm, card.xm, cars.syr) AS xm, one.cym, a.name,
        (a.claims->>'vehicles')::int AS most, coalesce(cars.book, 0) AS book, coalesce(cars.sure, 0) AS sure,
        a.claims ? 'plate' AS by_plate, coalesce(cars.his, false) AS his, cars.open, a.claims ? 'inspection' AS inspected, cars.stale,
        a.claims ? 'licence' AS by_card, card.good
    FROM asked a JOIN one USING (scenario) LEFT JOIN cars USING (scenario) LEFT JOIN card USING (scenario)
), judged AS (
    SELECT *, pg_temp.glyphs(name) NOT IN (pg_temp.glyphs(xm), coalesce(pg_temp.glyphs(cym), '')) AS other_name,
        array_remove(ARRAY[CASE WHEN inspected AND stale THEN 'inspection' END, CASE WHEN by_card AND NOT good THEN 'licence' END,
            CASE WHEN by_plate AND NOT his THEN 'plate' END, CASE WHEN sure > most THEN 'vehicles' END], NULL) AS off,
        book > most OR by_plate AND open OR by_card AND good IS NULL AS unknown
    FROM told
)
SELECT scenario,
    CASE WHEN xm IS NULL THEN 'no_record' WHEN people > 1 THEN 'ambiguous' WHEN other_name OR off <> '{}' THEN 'mismatch'
         WHEN unknown THEN 'no_record' ELSE 'match' END AS outcome,
    CASE WHEN xm IS NULL OR people > 1 THEN '{}' WHEN other_name THEN '{name}' ELSE off END AS differ
FROM judged
