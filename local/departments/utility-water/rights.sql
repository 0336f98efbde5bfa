-- On the column as typed: whoever asks must ask for every form that a number may have (govbus.identity.citizen_id.forms, uscc.forms).
CREATE INDEX yh_sfzh ON yh (sfzh);
CREATE INDEX zd_yhbh ON zd (yhbh);

-- No amount, no telephone: whether a bill is open is all that leaves.
GRANT SELECT (yhbh, hm, sfzh, ysdz, xhrq) ON yh TO bus_answerer;
GRANT SELECT (yhbh, jzrq, xzrq) ON zd TO bus_answerer;
