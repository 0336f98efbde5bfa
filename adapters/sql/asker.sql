-- What the bus keeps in an asking department's own database, in its own schema `bus`. Idempotent.

CREATE TABLE IF NOT EXISTS bus.sent (            -- rows that the broker has acknowledged, or that were refused before it
    source_key      text NOT NULL,
    version         bigint NOT NULL,
    row_updated_at  timestamptz NOT NULL,
    request_id      text NOT NULL,
    sent_at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source_key, version, row_updated_at)
);

CREATE TABLE IF NOT EXISTS bus.request (         -- every request id that was ever used, written before the request is sent
    request_id  text PRIMARY KEY,
    source_key  text NOT NULL,                   -- the row that asks, so that a verdict finds it however quickly it comes
    digest      bytea                            -- SHA-256 of the record's value, once acknowledged: other bytes are a conflict
);

CREATE TABLE IF NOT EXISTS bus.verdict (         -- one row a request: the officer's answer
    request_id         text PRIMARY KEY,
    source_key         text,
    item               text NOT NULL,
    outcome            text NOT NULL,            -- match, match_variant, mismatch, no_record, ambiguous, refused, timeout
    mismatched_fields  text[] NOT NULL,
    flags              text[] NOT NULL,
    reason             text,
    reason_text        text,
    owner              text,                     -- who must act on the reason
    holder             text,
    as_of              date,
    source_version     text,
    rule_version       text,
    requested_at       timestamptz NOT NULL,
    accepted_at        timestamptz,
    decided_at         timestamptz,
    delivered_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    place              text NOT NULL             -- topic/partition@offset, or where it was refused
);
CREATE INDEX IF NOT EXISTS verdict_source ON bus.verdict (source_key);

CREATE TABLE IF NOT EXISTS bus.inbox (           -- dedupe marks: written in the same transaction as what they stand for
    event_id     text PRIMARY KEY,
    digest       bytea NOT NULL,
    received_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS bus.conflict (        -- the same id with other bytes: both are kept, nothing is overwritten
    event_id     text NOT NULL,
    digest       bytea NOT NULL,
    place        text NOT NULL,
    received_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (event_id, digest)
);
