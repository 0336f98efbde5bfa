WITH event AS (  -- every dated change of an entity's state; the last one up to the day counts, and 注销 is for ever
    SELECT pripid, replace(revdate, '-', '') AS day, 'revoked' AS state, 2 AS weight FROM e_revoke
    UNION ALL SELECT pripid, replace(candate, '-', ''), 'deregistered', 3 FROM e_cancel
    UNION ALL SELECT pripid, startdate, 'dormant', 1 FROM e_dormant
    UNION ALL SELECT pripid, replace(estdate, '-', ''), 'active', 0 FROM e_baseinfo
), entity AS (
    SELECT a.*, to_char(a.as_of, 'YYYYMMDD') AS day, b.pripid, b.entname, b.lerep, b.regstate,
           count(*) OVER (PARTITION BY a.scenario) AS entities
    FROM asked a JOIN e_baseinfo b ON b.uniscid = a.id OR (b.uniscid IS NULL AND replace(b.zzjgdm, '-', '') = pg_temp.org9(a.id))
    WHERE CAST(b.estdate AS date) <= a.as_of
), dated AS (
    SELECT e.*,
        (SELECT v.state FROM event v WHERE v.pripid = e.pripid AND v.day <= e.day ORDER BY v.weight DESC LIMIT 1) AS state,
        e.regstate <> '1' AND (SELECT count(*) FROM event v WHERE v.pripid = e.pripid) = 1 AS undated,
        ARRAY(SELECT pg_temp.org(altbe) FROM e_alter x WHERE x.pripid = e.pripid AND x.altitem = '01') || pg_temp.org(e.entname) AS names,
        coalesce((SELECT altbe FROM e_alter x WHERE x.pripid = e.pripid AND x.altitem = '03' AND x.altdate > e.day
                  ORDER BY altdate LIMIT 1), e.lerep) AS boss
    FROM entity e
), judged AS (
    SELECT d.*, pg_temp.org(d.name) = ANY (d.names) AS same_name,
        array_remove(ARRAY[CASE WHEN pg_temp.glyphs(d.boss) <> pg_temp.glyphs(d.claims->>'legal_rep') THEN 'legal_rep' END,
                           CASE WHEN d.state <> d.claims->>'state' AND NOT d.undated THEN 'state' END], NULL) AS off
    FROM dated d
)
SELECT DISTINCT ON (a.scenario) a.scenario,
    CASE WHEN pripid IS NULL THEN 'no_record' WHEN entities > 1 THEN 'ambiguous' WHEN NOT same_name THEN 'mismatch'
         WHEN off <> '{}' THEN 'mismatch' WHEN undated THEN 'no_record' ELSE 'match' END AS outcome,
    CASE WHEN pripid IS NULL OR entities > 1 THEN '{}' WHEN NOT same_name THEN '{name}' ELSE off END AS differ
FROM asked a LEFT JOIN judged j USING (scenario) ORDER BY a.scenario
