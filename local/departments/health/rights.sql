-- On the column as typed: whoever asks must ask for every form that a number may have (govbus.identity.citizen_id.forms).
CREATE INDEX fy_ycfda_sfzh ON fy_ycfda (sfzh);
CREATE INDEX fy_csyxzm_dah ON fy_csyxzm (dah);
CREATE INDEX fy_csyxzm_xsesfzh ON fy_csyxzm (xsesfzh);
CREATE INDEX fy_csyxzm_fqsfzh ON fy_csyxzm (fqsfzh);

GRANT SELECT (dah, sfzh, xm, cym, gxsj) ON fy_ycfda TO bus_answerer;
GRANT SELECT (zsbh, dah, xsexm, xsesfzh, fqsfzh, csrq, zt, ztrq, gxsj) ON fy_csyxzm TO bus_answerer;

CREATE INDEX sw_yxzm_sfzh ON sw_yxzm (sfzh);
GRANT SELECT (sfzh, xm, swrq, zfrq, gxsj) ON sw_yxzm TO bus_answerer;

CREATE INDEX jz_grda_zjhm ON jz_grda (zjhm);
CREATE INDEX jz_jzjl_grbm ON jz_jzjl (grbm);
GRANT SELECT ON jz_grda, jz_mycx TO bus_answerer;
GRANT SELECT (grbm, ymdm, jzrq, zfbz) ON jz_jzjl TO bus_answerer;
GRANT SELECT (dm, fl) ON dm_ym TO bus_answerer;

GRANT SELECT ON jkm_hmhr TO bus_source;
CREATE SCHEMA IF NOT EXISTS bus;
GRANT ALL ON SCHEMA bus TO bus_source;
