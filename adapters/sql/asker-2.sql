-- Since revision and gathering: what each of several holders said, and verdicts that a holder's correction has replaced. Idempotent.

CREATE TABLE IF NOT EXISTS bus.verdict_part (    -- only where several holders were asked
    request_id         text NOT NULL,
    revision           int NOT NULL,
    holder             text NOT NULL,
    outcome            text NOT NULL,            -- as in bus.verdict; timeout: silent until the deadline
    mismatched_fields  text[] NOT NULL,
    flags              text[] NOT NULL,
    reason             text,
    source_version     text,
    PRIMARY KEY (request_id, revision, holder)
);

CREATE TABLE IF NOT EXISTS bus.verdict_before (  -- bus.verdict has what holds now; here is what was told before
    request_id         text NOT NULL,
    revision           int NOT NULL,             -- 0: the first verdict
    outcome            text NOT NULL,
    mismatched_fields  text[] NOT NULL,
    flags              text[] NOT NULL,
    reason             text,
    holder             text,
    source_version     text,
    decided_at         timestamptz,
    delivered_at       timestamptz NOT NULL,
    replaced_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    corrected_by       text,                     -- the correction that replaced it (校核)
    PRIMARY KEY (request_id, revision)
);
