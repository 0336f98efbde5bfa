WITH child AS (
    SELECT a.*, c.grbm, c.xm, c.cym, c.csrq::date AS born, c.wslb = '1' OR c.qcrq::date <= a.as_of AS elsewhere,
        count(*) OVER (PARTITION BY a.scenario) AS files,
        pg_temp.glyphs(a.name) IN (pg_temp.glyphs(c.xm), pg_temp.glyphs(c.cym)) AS same_name
    FROM asked a JOIN jz_grda c ON c.zjhm IN (a.id, lower(a.id))
), lack AS (  -- the n-th dose is due at its month; it is lacking where fewer than n different days are on record by then
    SELECT DISTINCT c.scenario, s.fl FROM child c JOIN jz_mycx s ON (c.born + s.yl * interval '1 month')::date <= c.as_of
    WHERE s.jc > (SELECT count(DISTINCT replace(j.jzrq, '-', '')) FROM jz_jzjl j
                  WHERE j.grbm = c.grbm AND j.zfbz = '0' AND j.jzrq::date <= c.as_of
                      AND EXISTS (SELECT FROM dm_ym y WHERE y.dm = j.ymdm AND y.fl = s.fl))
), told AS (
    SELECT scenario, array_agg(fl) AS missing FROM lack GROUP BY scenario
)
SELECT DISTINCT a.scenario,
    CASE WHEN files IS NULL THEN 'no_record' WHEN files > 1 THEN 'ambiguous' WHEN NOT same_name THEN 'mismatch'
         WHEN missing IS NULL THEN 'match' WHEN elsewhere THEN 'no_record' ELSE 'mismatch' END AS outcome,
    CASE WHEN files > 1 THEN '{}' WHEN NOT same_name THEN '{name}' WHEN elsewhere IS NOT TRUE THEN missing END AS differ
FROM asked a LEFT JOIN child c USING (scenario) LEFT JOIN told t USING (scenario)
