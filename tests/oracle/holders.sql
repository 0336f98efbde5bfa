-- What housing's claims ask, as tests/oracle/verdicts.py fills it.

CREATE TEMP TABLE asked (
    claim_id bigint PRIMARY KEY, typed text, id text, name text, first text, second text, as_of text
);
