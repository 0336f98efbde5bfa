CREATE UNIQUE INDEX marriage_register_cert_no ON marriage_register (cert_no);
-- On the columns as written: whoever asks must ask for every form that a number may have (govbus.identity.citizen_id.forms).
CREATE INDEX marriage_register_man ON marriage_register (man_id);
CREATE INDEX marriage_register_woman ON marriage_register (woman_id);

GRANT SELECT ON marriage_register TO bus_answerer;

CREATE INDEX bz_hhdj_szsfzh ON bz_hhdj (szsfzh);
GRANT SELECT (szsfzh, szxm, hhsj, cwdj, gxsj) ON bz_hhdj TO bus_answerer;

CREATE INDEX shjz_jt_jtbh ON shjz_jt (jtbh);
CREATE INDEX shjz_jtcy_sfzh ON shjz_jtcy (sfzh);
GRANT SELECT ON shjz_jt, shjz_jtcy TO bus_answerer;

CREATE INDEX sy_djb_syr1 ON sy_djb (syr1_sfzh);
CREATE INDEX sy_djb_syr2 ON sy_djb (syr2_sfzh);
CREATE INDEX sy_djb_bsyr ON sy_djb (bsyr_sfzh);
GRANT SELECT ON sy_djb TO bus_answerer;
