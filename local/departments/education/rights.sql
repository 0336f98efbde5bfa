CREATE UNIQUE INDEX xsxx_xjh ON xsxx (xjh);
-- On the columns as typed: whoever asks must ask for every form that a number may have (govbus.identity.citizen_id.forms).
CREATE INDEX xsxx_sfzjh ON xsxx (sfzjh);
CREATE INDEX xlzs_sfzh ON xlzs (sfzh);
CREATE INDEX xsjd_xjh ON xsjd (xjh);

GRANT SELECT (xxdm, hbdm) ON dm_xx TO bus_answerer;
GRANT SELECT ON xsxx TO bus_answerer;
GRANT SELECT ON xsjd TO bus_answerer;
GRANT SELECT ON xlzs TO bus_answerer;
