-- On the column as typed: whoever asks must ask for every form that a number may have (govbus.identity.citizen_id.forms).
CREATE INDEX grjbxx_zjhm ON grjbxx (zjhm);
CREATE INDEX hbjmx_grzh ON hbjmx (grzh, hbjny);
CREATE INDEX ydzymx_grzh ON ydzymx (grzh);

GRANT SELECT (grzh, xingming, cym, zjhm) ON grjbxx TO bus_answerer;
GRANT SELECT (grzh, hbjny, jzrq, fse) ON hbjmx TO bus_answerer;
GRANT SELECT ON ydzymx TO bus_answerer;
CREATE INDEX grzhye_grzh ON grzhye (grzh, yerq);
GRANT SELECT ON grzhye TO bus_answerer;
