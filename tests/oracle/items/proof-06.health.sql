WITH edge AS (
    SELECT c.xsesfzh AS child, p.parent, c.xsexm, p.written, p.is_mother
    FROM fy_csyxzm c JOIN fy_ycfda m USING (dah),
        LATERAL (VALUES (m.sfzh, m.xm, true), (c.fqsfzh, NULL, false)) p(parent, written, is_mother)
    WHERE c.zt IN ('1', '2', '3') AND c.xsesfzh <> '' AND p.parent <> ''
), found AS (
    SELECT a.scenario, 'parent' AS relation, nullif(e.xsexm, '') AS written
    FROM asked a JOIN edge e ON e.child = a.id AND pg_temp.id18(e.parent) = pg_temp.id18(a.claims->>'relative_id')
    UNION ALL
    SELECT a.scenario, 'child', e.written
    FROM asked a JOIN edge e ON pg_temp.id18(e.parent) = a.id AND e.child = pg_temp.id18(a.claims->>'relative_id')
    UNION ALL
    SELECT a.scenario, 'sibling', nullif(e.xsexm, '')
    FROM asked a JOIN edge e ON e.child = a.id AND e.is_mother
    JOIN edge o ON o.parent = e.parent AND o.is_mother AND o.child = pg_temp.id18(a.claims->>'relative_id')
)
SELECT a.scenario,
    CASE WHEN relation IS NULL THEN 'no_record' WHEN written <> name OR relation <> claims->>'relation' THEN 'mismatch' ELSE 'match'
    END AS outcome,
    CASE WHEN written <> name THEN '{name}' WHEN relation <> claims->>'relation' THEN '{relation}'::text[] END AS differ
FROM asked a LEFT JOIN found USING (scenario)
