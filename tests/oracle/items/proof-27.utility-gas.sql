WITH account AS (
    SELECT a.*,
           pg_temp.org(g.khmc) = pg_temp.org(a.name) AS same_name,
           pg_temp.same_place(g.yqdz, a.claims->>'address') AS here,
           EXISTS (SELECT FROM gas_debt q WHERE q.khh = g.khh AND CAST(q.qfrq AS date) <= a.as_of
                   AND (q.jqrq IS NULL OR CAST(q.jqrq AS date) > a.as_of)) AS arrears,
           count(*) OVER (PARTITION BY a.scenario) AS accounts
    FROM asked a JOIN gas_customer g ON upper(g.zjhm) IN (a.id, pg_temp.id15(a.id), pg_temp.org9(a.id))
                            AND lower(g.khh) = lower(a.claims->>'gas_account')
), judged AS (
    SELECT *, array_remove(ARRAY[CASE WHEN NOT here THEN 'address' END, CASE WHEN arrears THEN 'gas_paid' END], NULL) AS off FROM account
)
SELECT DISTINCT ON (a.scenario) a.scenario,
    CASE WHEN accounts IS NULL THEN 'no_record' WHEN accounts > 1 THEN 'ambiguous' WHEN NOT same_name OR off <> '{}' THEN 'mismatch'
         ELSE 'match' END AS outcome,
    CASE WHEN accounts > 1 THEN '{}' WHEN NOT same_name THEN '{name}' ELSE off END AS differ
FROM asked a LEFT JOIN judged j USING (scenario) ORDER BY a.scenario
