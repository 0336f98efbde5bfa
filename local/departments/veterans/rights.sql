-- On the column as typed: whoever asks must ask for every form that a number may have (govbus.identity.citizen_id.forms).
CREATE INDEX yf_ryxx_sfzh ON yf_ryxx (sfzh);
CREATE INDEX yf_rylb_dah ON yf_rylb (dah);

GRANT SELECT (lbdm, bzdm) ON dm_yflb TO bus_answerer;
GRANT SELECT (dah, sfzh, xm, cym, ryzt) ON yf_ryxx TO bus_answerer;
GRANT SELECT ON yf_rylb TO bus_answerer;
