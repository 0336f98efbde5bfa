WITH pair AS (
    SELECT *, pg_temp.id18(claims->>'relative_id') AS other, claims->>'relation' AS claimed FROM asked
), wedding AS (
    SELECT p.scenario, p.other IN (pg_temp.id18(r.man_id), pg_temp.id18(r.woman_id)) AS with_other,
        NOT EXISTS (SELECT FROM marriage_register e WHERE e.kind = '撤销' AND e.old_cert_no = r.cert_no)
        AND NOT EXISTS (SELECT FROM marriage_register e WHERE e.kind = '离婚' AND e.man_id = r.man_id AND e.woman_id = r.woman_id
                        AND replace(e.reg_date, '-', '')::date BETWEEN replace(r.reg_date, '-', '')::date AND p.as_of) AS lasts
    FROM pair p JOIN marriage_register r ON p.id IN (pg_temp.id18(r.man_id), pg_temp.id18(r.woman_id)) AND r.kind = '结婚'
    WHERE p.claimed = 'spouse' AND replace(r.reg_date, '-', '')::date <= p.as_of
), adopted AS (
    SELECT p.scenario, CASE p.claimed WHEN 'parent' THEN p.other ELSE p.id END IN (s.syr1_sfzh, coalesce(s.syr2_sfzh, '')) AS by_this_one,
        s.jcrq IS NULL OR s.jcrq::date > p.as_of AS lasts
    FROM pair p JOIN sy_djb s ON s.bsyr_sfzh = CASE p.claimed WHEN 'parent' THEN p.id WHEN 'child' THEN p.other END
    WHERE s.djrq::date <= p.as_of
), told AS (
    SELECT scenario, bool_or(with_other AND lasts) AS so FROM wedding WHERE with_other OR lasts GROUP BY scenario
    UNION ALL
    SELECT scenario, bool_or(by_this_one AND lasts) FROM adopted WHERE by_this_one OR lasts GROUP BY scenario
)
SELECT a.scenario, CASE WHEN so THEN 'match' WHEN NOT so THEN 'mismatch' ELSE 'no_record' END AS outcome,
    CASE WHEN NOT so THEN '{relation}'::text[] END AS differ
FROM asked a LEFT JOIN told USING (scenario)
