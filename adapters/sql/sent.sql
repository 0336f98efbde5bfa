-- What was said under each request id: the same id with other bytes is a conflict, never sent. Idempotent.

CREATE TABLE IF NOT EXISTS bus.request (
    request_id  text PRIMARY KEY,
    digest      bytea NOT NULL                   -- SHA-256 of the record's value
);
