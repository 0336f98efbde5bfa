CREATE UNIQUE INDEX ck_rkjbxx_rybh ON ck_rkjbxx (rybh);
-- On the column as typed: whoever asks must ask for every form that a number may have (govbus.identity.citizen_id.forms).
CREATE INDEX ck_rkjbxx_gmsfhm ON ck_rkjbxx (gmsfhm);
CREATE UNIQUE INDEX ck_hjxx_hh ON ck_hjxx (hh);
CREATE INDEX ck_hcy_rybh ON ck_hcy (rybh);

-- The answerer sees what the exchange compares and nothing else: no telephone, no birth date, no street.
GRANT SELECT ON dm_xzjd TO bus_answerer;
GRANT SELECT (rybh, gmsfhm, xm, cym, ryzt, zxrq, gxsj) ON ck_rkjbxx TO bus_answerer;
GRANT SELECT (hh, hlx, xzdm) ON ck_hjxx TO bus_answerer;
GRANT SELECT ON ck_hcy TO bus_answerer;

CREATE INDEX ck_swdj_rybh ON ck_swdj (rybh);
GRANT SELECT ON ck_swdj TO bus_answerer;

CREATE INDEX ldry_jbxx_zjhm ON ldry_jbxx (zjhm);
CREATE INDEX ldry_jzdj_rkbh ON ldry_jzdj (rkbh);
CREATE INDEX wf_ryjl_zjhm ON wf_ryjl (zjhm);
GRANT SELECT ON ldry_jbxx TO bus_answerer;
GRANT SELECT (rkbh, qsrq, zzrq, zxyy) ON ldry_jzdj TO bus_answerer;
-- Neither the case nor the name in it: whose number it is says the population register.
GRANT SELECT (zjhm, zanl, cljg, xqys, sxrq, gprq, fcbz) ON wf_ryjl TO bus_answerer;

CREATE INDEX veh_flow_sfzmhm ON veh_flow (sfzmhm);
CREATE INDEX veh_ysb_xh ON veh_ysb (xh);
CREATE INDEX drv_license_sfzmhm ON drv_license (sfzmhm);
GRANT SELECT ON veh_flow, veh_ysb, dm_zjcx TO bus_answerer;
GRANT SELECT (sfzmhm, xm, zjcx, zt, ztrq, cclzrq, yxqz, gxsj) ON drv_license TO bus_answerer;

CREATE INDEX ck_hcy_hh ON ck_hcy (hh);
