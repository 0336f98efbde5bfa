-- Since assisted checks and cases: what the department is told besides verdicts. Idempotent.

CREATE TABLE IF NOT EXISTS bus.progress (        -- of checks that the holder's people have (协查)
    seq           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id      text NOT NULL UNIQUE,
    request_id    text NOT NULL,
    item          text NOT NULL,
    holder        text NOT NULL,
    step          text NOT NULL,                 -- assisted, reminded, escalated
    role          text NOT NULL,                 -- who has it now
    due           timestamptz,                   -- when their time is over
    provisional   boolean NOT NULL,              -- the day may still move with the State Council's notice
    decided_at    timestamptz NOT NULL,
    delivered_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    place         text NOT NULL
);
CREATE INDEX IF NOT EXISTS progress_request ON bus.progress (request_id);

CREATE TABLE IF NOT EXISTS bus.case_progress (   -- the history of the department's cases (告知承诺, 校核), refused moves too
    seq                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id           text NOT NULL UNIQUE,
    case_id            text NOT NULL,
    exchange           text NOT NULL,
    item               text,
    state              text,
    move               text NOT NULL,
    step               text NOT NULL,            -- moved, refused, reopened, overdue, withdrawn
    reason             text,
    reason_text        text,
    owner              text,
    request_id         text,                     -- the check that it rests on
    mismatched_fields  text[] NOT NULL,
    clock              text,
    due                timestamptz,
    provisional        boolean NOT NULL,
    role               text,
    method             text,
    decided_at         timestamptz NOT NULL,
    delivered_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    place              text NOT NULL             -- topic/partition@offset, or where it was refused
);
CREATE INDEX IF NOT EXISTS case_progress_case ON bus.case_progress (case_id, seq);

CREATE OR REPLACE VIEW bus.case_now AS           -- where each case stands; a refused move changes nothing
    SELECT DISTINCT ON (case_id) case_id, exchange, item, state, move, clock, due, provisional, role, decided_at
    FROM bus.case_progress WHERE step <> 'refused' ORDER BY case_id, seq DESC;
