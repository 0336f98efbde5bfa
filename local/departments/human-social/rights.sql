CREATE UNIQUE INDEX ac01_aac001 ON ac01 (aac001);
-- On the column as typed: whoever asks must ask for every form that a number may have (govbus.identity.citizen_id.forms).
CREATE INDEX ac01_aac002 ON ac01 (aac002);
CREATE INDEX ac02_aac001 ON ac02 (aac001);
CREATE INDEX ac43_aac001 ON ac43 (aac001, aae140);
CREATE INDEX jysydj_aac001 ON jysydj (aac001);
CREATE INDEX ac60_aac001 ON ac60 (aac001);
CREATE INDEX dyzgrz_aac001 ON dyzgrz (aac001);
CREATE INDEX ac40_aac001 ON ac40 (aac001, aae003);
CREATE INDEX swbd_sfzh ON swbd (sfzh);

GRANT SELECT (aac001, aac002, aac003, cym, aac060) ON ac01 TO bus_answerer;
GRANT SELECT ON ac02 TO bus_answerer;
GRANT SELECT ON ac43 TO bus_answerer;
GRANT SELECT ON jysydj TO bus_answerer;
GRANT SELECT ON ac60 TO bus_answerer;
GRANT SELECT (aac001, rzrq) ON dyzgrz TO bus_answerer;
GRANT SELECT ON swbd TO bus_answerer;
GRANT SELECT (aac001, aae003, je) ON ac40 TO bus_answerer;
