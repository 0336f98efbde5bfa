-- On the column as typed: whoever asks must ask for every form that a number may have (govbus.identity.citizen_id.forms, uscc.forms).
CREATE INDEX yz_xkz_czzj ON yz_xkz (czzj);
CREATE INDEX yz_cs_xkzh ON yz_cs (xkzh);

GRANT SELECT (xkzid, xkzh, czzj, czmc, lx, fzrq, yxqz) ON yz_xkz TO bus_answerer;
GRANT SELECT (xkzh, lx, qsrq, zzrq) ON yz_cs TO bus_answerer;
