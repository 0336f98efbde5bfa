CREATE UNIQUE INDEX zh_xx_zh ON zh_xx (zh);
CREATE INDEX zh_xx_khh ON zh_xx (khh);
CREATE INDEX zh_ye_zh ON zh_ye (zh, rq);
-- On the column as typed: whoever asks must ask for every form that a number may have (govbus.identity.citizen_id.forms).
CREATE INDEX kh_grxx_zjhm ON kh_grxx (zjhm);

-- Balances at the close of a day, never what was paid to whom.
GRANT SELECT (khh, khmc, zjhm) ON kh_grxx TO bus_answerer;
GRANT SELECT (zh, khh, zhlx, xhrq) ON zh_xx TO bus_answerer;
GRANT SELECT ON zh_ye TO bus_answerer;
