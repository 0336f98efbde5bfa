-- Since records about persons come from tables: rows that cannot be sent, for whoever keeps them. Idempotent.

CREATE TABLE IF NOT EXISTS bus.refusal (
    event_id     text PRIMARY KEY,
    source_key   text NOT NULL,
    reason       text NOT NULL,
    reason_text  text NOT NULL,                  -- names the column, never its value
    owner        text NOT NULL,                  -- who must act on the reason
    updated_at   timestamptz NOT NULL,           -- of the row
    refused_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    place        text NOT NULL
);
CREATE INDEX IF NOT EXISTS refusal_source ON bus.refusal (source_key);
