CREATE UNIQUE INDEX ac01_aac001 ON ac01 (aac001);
-- On the column as typed: whoever asks must ask for every form that a number may have (govbus.identity.citizen_id.forms).
CREATE INDEX ac01_aac002 ON ac01 (aac002);
CREATE INDEX ac02_aac001 ON ac02 (aac001);
CREATE INDEX ac43_aac001 ON ac43 (aac001, aae140);

GRANT SELECT (aac001, aac002, aac003, cym, aac060) ON ac01 TO bus_answerer;
GRANT SELECT ON ac02 TO bus_answerer;
GRANT SELECT ON ac43 TO bus_answerer;
