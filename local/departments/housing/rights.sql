GRANT SELECT ON application, claim, promise_step TO bus_source;

-- Source adapter and sink both keep tables in schema bus; whichever of them made a table, the other may use it.
CREATE SCHEMA IF NOT EXISTS bus;
GRANT ALL ON SCHEMA bus TO bus_source, bus_sink;

-- On the column as typed: whoever asks must ask for every form that a number may have (govbus.identity.citizen_id.forms, uscc.forms).
CREATE INDEX zl_htba_czrzjh ON zl_htba (czrzjh);
GRANT SELECT (babh, czr, czrzjh, cyr, fwzl, qzrq, zzrq, jcrq) ON zl_htba TO bus_answerer;
