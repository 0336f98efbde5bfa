WITH account AS (
    SELECT a.*,
           pg_temp.org(c.cons_name) = pg_temp.org(a.name) AS same_name,
           pg_temp.same_place(c.elec_addr, a.claims->>'address') AS here,
           EXISTS (SELECT FROM a_rcvbl r WHERE r.cons_no = c.cons_no AND CAST(r.penal_bgn AS date) <= a.as_of
                   AND (r.settled IS NULL OR CAST(r.settled AS date) > a.as_of)) AS arrears,
           count(*) OVER (PARTITION BY a.scenario) AS accounts
    FROM asked a JOIN c_cons c ON upper(c.cert_no) IN (a.id, pg_temp.id15(a.id), pg_temp.org9(a.id))
                     AND CAST(c.cons_no AS bigint) = CAST(a.claims->>'power_account' AS bigint)
), judged AS (
    SELECT *, array_remove(ARRAY[CASE WHEN NOT here THEN 'address' END, CASE WHEN arrears THEN 'power_paid' END], NULL) AS off FROM account
)
SELECT DISTINCT ON (a.scenario) a.scenario,
    CASE WHEN accounts IS NULL THEN 'no_record' WHEN accounts > 1 THEN 'ambiguous' WHEN NOT same_name OR off <> '{}' THEN 'mismatch'
         ELSE 'match' END AS outcome,
    CASE WHEN accounts > 1 THEN '{}' WHEN NOT same_name THEN '{name}' ELSE off END AS differ
FROM asked a LEFT JOIN judged j USING (scenario) ORDER BY a.scenario
