-- On the column as typed: whoever asks must ask for every form that a number may have (govbus.identity.citizen_id.forms, uscc.forms).
CREATE INDEX bdc_qlr_zjh ON bdc_qlr (zjh);
CREATE INDEX bdc_yydj_qlid ON bdc_yydj (qlid);
CREATE INDEX fc_jzd_syqr ON fc_jzd USING gin (string_to_array(syqr, '、'));

-- No floor area, no share, no number of a certificate.
GRANT SELECT ON dm_djq TO bus_answerer;
GRANT SELECT (qlid, bdcdyh, zl, ghyt, djsj, zxsj) ON bdc_fdcq TO bus_answerer;
GRANT SELECT (qlid, qlrmc, zjh) ON bdc_qlr TO bus_answerer;
GRANT SELECT ON bdc_yydj TO bus_answerer;
GRANT SELECT (syqr, hzrq) ON fc_jzd TO bus_answerer;
