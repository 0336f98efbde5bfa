WITH woman AS (
    SELECT a.*, m.dah, m.xm, m.cym FROM asked a JOIN fy_ycfda m ON m.sfzh IN (a.id, pg_temp.id15(a.id))
), paper AS (
    SELECT w.*, substring(upper(pg_temp.tidy(w.claims->>'cert_no')) FROM '[A-Z]?\d+$')
            = substring(upper(pg_temp.tidy(c.zsbh)) FROM '[A-Z]?\d+$') AS same_paper,
        CASE WHEN c.csrq ~ '^\d{8}$' THEN to_date(c.csrq, 'YYYYMMDD')
             ELSE to_date(regexp_replace(c.csrq, '[年月/]', '-', 'g'), 'YYYY-MM-DD') END = (w.claims->>'birth_date')::date AS same_day
    FROM woman w JOIN fy_csyxzm c USING (dah)
    WHERE c.zt <> '9' AND (c.zt = '1' OR w.as_of < c.ztrq::date)
), told AS (
    SELECT scenario, count(DISTINCT dah) AS women, bool_or(same_paper AND same_day) AS same, bool_or(same_paper) AS any_paper,
        bool_or(xm ~ '[?*〓□]') AS unreadable, bool_and(pg_temp.glyphs(replace(name, '陳', '陈'))
            IN (pg_temp.glyphs(replace(xm, '陳', '陈')), pg_temp.glyphs(cym))) AS same_name
    FROM paper WHERE same_paper OR same_day GROUP BY scenario
)
SELECT a.scenario,
    CASE WHEN t.women IS NULL THEN 'no_record' WHEN t.women > 1 OR t.unreadable THEN 'ambiguous'
         WHEN t.same_name AND t.same THEN 'match' ELSE 'mismatch' END AS outcome,
    CASE WHEN t.women > 1 OR t.unreadable OR t.same_name AND t.same THEN '{}'::text[] WHEN NOT t.same_name THEN '{name}'
         WHEN t.any_paper THEN '{birth_date}' WHEN NOT t.any_paper THEN '{cert_no}' END AS differ
FROM asked a LEFT JOIN told t USING (scenario)
