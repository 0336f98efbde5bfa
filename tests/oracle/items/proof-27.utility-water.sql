WITH account AS (
    SELECT a.*,
           pg_temp.org(y.hm) = pg_temp.org(a.name) AS same_name,
           pg_temp.same_place(y.ysdz, a.claims->>'address') AS here,
           EXISTS (SELECT FROM zd z WHERE z.yhbh = y.yhbh AND CAST(z.jzrq AS date) < a.as_of
                   AND (z.xzrq IS NULL OR CAST(z.xzrq AS date) > a.as_of)) AS arrears,
           count(*) OVER (PARTITION BY a.scenario) AS accounts
    FROM asked a JOIN yh y ON upper(y.sfzh) IN (a.id, pg_temp.id15(a.id), pg_temp.org9(a.id))
                   AND translate(y.yhbh, '-', '') = translate(a.claims->>'water_account', '- ', '')
), judged AS (
    SELECT *, array_remove(ARRAY[CASE WHEN NOT here THEN 'address' END, CASE WHEN arrears THEN 'water_paid' END], NULL) AS off FROM account
)
SELECT DISTINCT ON (a.scenario) a.scenario,
    CASE WHEN accounts IS NULL THEN 'no_record' WHEN accounts > 1 THEN 'ambiguous' WHEN NOT same_name OR off <> '{}' THEN 'mismatch'
         ELSE 'match' END AS outcome,
    CASE WHEN accounts > 1 THEN '{}' WHEN NOT same_name THEN '{name}' ELSE off END AS differ
FROM asked a LEFT JOIN judged j USING (scenario) ORDER BY a.scenario
