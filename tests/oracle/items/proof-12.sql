-- Active on the day: a relation that had begun and was not paused or ended, and for residents a payment for that month.
WITH person AS (
    SELECT a.scenario, p.psn_no, p.psn_name, pg_temp.glyphs(a.name) IN (pg_temp.glyphs(p.psn_name), pg_temp.glyphs(p.alis)) AS same_name
    FROM asked a JOIN psn_info_b p ON pg_temp.id18(p.certno) = a.id
), relation AS (
    SELECT a.scenario, r.insutype, r.insutype = a.claims->>'insutype' AS claimed,
        coalesce(to_date(replace(r.paus_insu_date, '-', ''), 'YYYYMMDD') > a.as_of, r.psn_insu_stas = '1')
        AND (r.insutype <> '390' OR EXISTS (SELECT FROM psn_clct_detl_d c WHERE c.psn_no = r.psn_no AND c.insutype = '390'
             AND c.clct_flag = '1'
             AND to_date(c.accrym_begn, 'YYYYMM') <= a.as_of AND to_date(c.accrym_end, 'YYYYMM') + interval '1 month' > a.as_of)) AS active
    FROM asked a JOIN person p USING (scenario) JOIN psn_insu_d r USING (psn_no)
    WHERE to_date(replace(r.psn_insu_date, '-', ''), 'YYYYMMDD') <= a.as_of
), fact AS (
    SELECT a.scenario, (SELECT count(DISTINCT psn_name) FROM person p WHERE p.scenario = a.scenario) AS people,
        (SELECT bool_or(same_name) FROM person p WHERE p.scenario = a.scenario) AS same_name,
        coalesce((SELECT bool_or(r.active) FROM relation r WHERE r.scenario = a.scenario AND claimed), false) AS insured,
        EXISTS (SELECT FROM relation r WHERE r.scenario = a.scenario AND claimed) AS had,
        EXISTS (SELECT FROM relation r WHERE r.scenario = a.scenario AND NOT claimed AND active) AS other
    FROM asked a
)
SELECT scenario,
    CASE WHEN people > 1 THEN 'ambiguous' WHEN people = 0 OR NOT (had OR other) THEN 'no_record' WHEN same_name AND insured THEN 'match'
         ELSE 'mismatch' END AS outcome,
    CASE WHEN people <> 1 OR NOT (had OR other) THEN '{}' WHEN NOT same_name THEN '{name}' WHEN insured THEN '{}' WHEN had THEN '{active}'
         ELSE '{insutype}'::text[] END AS differ
FROM fact
