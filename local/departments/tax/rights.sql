-- On the column as written: whoever asks must ask for every form that a number may have (govbus.identity.citizen_id.forms, uscc.forms).
CREATE INDEX dj_nsrxx_nsrsbh ON dj_nsrxx (nsrsbh);
CREATE INDEX dj_nsrxx_zzjgdm ON dj_nsrxx (right(nsrsbh, 9)) WHERE length(nsrsbh) = 15;
CREATE INDEX zs_yzsf_djxh ON zs_yzsf (djxh);
CREATE INDEX zs_jkxx_yzsbh ON zs_jkxx (yzsbh);
CREATE INDEX zx_qszm_djxh ON zx_qszm (djxh);

-- Amounts are needed for the balance and never leave; no address, and 非正常 is nobody's business here.
GRANT SELECT (djxh, nsrsbh, nsrmc, xgrq) ON dj_nsrxx TO bus_answerer;
GRANT SELECT ON zs_yzsf TO bus_answerer;
GRANT SELECT (dzsphm, yzsbh, sjje, rkrq) ON zs_jkxx TO bus_answerer;
GRANT SELECT (djxh, kjrq, zfrq) ON zx_qszm TO bus_answerer;

CREATE INDEX sb_grsds_djxh ON sb_grsds (djxh);
CREATE INDEX sb_grsds_gzsbxh ON sb_grsds (gzsbxh);
-- The sum is held against the scheme's limit here, and only that is told.
GRANT SELECT (sbxh, djxh, sblx, skssqz, sbrq, sre, gzsbxh) ON sb_grsds TO bus_answerer;
