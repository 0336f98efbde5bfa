WITH part AS (
    SELECT a.*, c.xm, CASE WHEN j.jzlb LIKE '%低保' THEN 'dibao' WHEN j.jzlb LIKE '特困%' THEN 'tekun' ELSE 'edge' END AS kind,
        c.bzbz = '1' AND j.zt <> '2' AND c.lkrq::date <= a.as_of IS NOT TRUE
        -- from the first day of its first month to the last day of its last
        AND a.as_of >= to_date(replace(j.kssj, '-', ''), 'YYYYMM')
        AND (a.as_of < to_date(replace(j.jssj, '-', ''), 'YYYYMM') + interval '1 month') IS NOT FALSE AS helped
    FROM asked a JOIN shjz_jtcy c ON pg_temp.id18(c.sfzh) = a.id JOIN shjz_jt j USING (jtbh)
    WHERE j.zt IN ('1', '2') AND c.jrrq::date <= a.as_of
), told AS (
    SELECT scenario, count(*) FILTER (WHERE helped) AS times, bool_or(helped AND kind = claims->>'category') AS so,
        bool_and(pg_temp.glyphs(name) = pg_temp.glyphs(xm)) AS same_name
    FROM part GROUP BY scenario
)
SELECT scenario,
    CASE WHEN times IS NULL THEN 'no_record' WHEN times > 1 THEN 'ambiguous' WHEN same_name AND so THEN 'match' ELSE 'mismatch'
    END AS outcome,
    CASE WHEN times > 1 OR same_name AND so THEN '{}'::text[] WHEN NOT same_name THEN '{name}' WHEN NOT so THEN '{category}' END AS differ
FROM asked LEFT JOIN told USING (scenario)
