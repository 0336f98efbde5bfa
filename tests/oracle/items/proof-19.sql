WITH payer AS (
    SELECT a.*, p.djxh, p.nsrmc,
           pg_temp.org(p.nsrmc) = pg_temp.org(a.name) AS same_name
    FROM asked a JOIN dj_nsrxx p ON upper(p.nsrsbh) IN (a.id, pg_temp.id15(a.id)) OR substr(p.nsrsbh, 7) = pg_temp.org9(a.id)
), return AS (  -- 申报 of the claimed tax that had been made, and whose 所属期 overlaps the claimed one
    SELECT p.scenario, p.as_of, y.yzsbh, y.ybtse FROM payer p JOIN zs_yzsf y USING (djxh)
    WHERE y.zsxm_dm = p.claims->>'tax' AND CAST(y.sbrq AS date) <= p.as_of
      AND daterange(CAST(y.skssqq AS date), CAST(y.skssqz AS date), '[]')
          && daterange(CAST(p.claims->>'period_from' AS date), CAST(p.claims->>'period_to' AS date), '[]')
), money AS (
    SELECT r.scenario, r.yzsbh, j.dzsphm, j.sjje FROM return r JOIN zs_jkxx j USING (yzsbh) WHERE CAST(j.rkrq AS date) <= r.as_of
), owing AS (
    SELECT r.scenario, count(*) FILTER (WHERE r.ybtse > coalesce(m.sum, 0)) AS open
    FROM return r LEFT JOIN (SELECT scenario, yzsbh, sum(sjje) FROM money GROUP BY 1, 2) m USING (scenario, yzsbh) GROUP BY 1
), subject AS (
    SELECT p.scenario, p.claims, count(*) AS registrations, count(*) FILTER (WHERE same_name) AS named,
           count(*) FILTER (WHERE NOT EXISTS (SELECT FROM zx_qszm q WHERE q.djxh = p.djxh AND CAST(q.kjrq AS date) <= p.as_of
                                              AND (q.zfrq IS NULL OR CAST(q.zfrq AS date) > p.as_of))) AS uncleared
    FROM payer p GROUP BY 1, 2
), judged AS (
    SELECT s.*, o.open, claims->>'fact' = 'paid' AND o.open IS NULL AS unknown,
        array_remove(ARRAY[CASE WHEN CASE claims->>'fact' WHEN 'paid' THEN o.open > 0 ELSE uncleared > 0 END THEN 'fact' END,
                           CASE WHEN claims ? 'voucher' AND NOT EXISTS (SELECT FROM money m WHERE m.scenario = s.scenario
                                                                        AND m.dzsphm = claims->>'voucher') THEN 'voucher' END], NULL) AS off
    FROM subject s LEFT JOIN owing o USING (scenario)
)
SELECT a.scenario,
    CASE WHEN registrations IS NULL THEN 'no_record' WHEN named = 0 THEN 'mismatch' WHEN named < registrations THEN 'ambiguous'
         WHEN unknown THEN 'no_record' WHEN off <> '{}' THEN 'mismatch' ELSE 'match' END AS outcome,
    CASE WHEN registrations IS NULL OR unknown THEN '{}' WHEN named = 0 THEN '{name}' WHEN named < registrations THEN '{}'
         ELSE off END AS differ
FROM asked a LEFT JOIN judged j USING (scenario)
