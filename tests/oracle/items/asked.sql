-- What the scenarios of one item ask. `id` is the number with 18 characters, `day` the as-of day without dashes.
CREATE TEMP TABLE asked (
    scenario text PRIMARY KEY, typed text, name text, claims jsonb, as_of date,
    id text GENERATED ALWAYS AS (pg_temp.id18(typed)) STORED
);
