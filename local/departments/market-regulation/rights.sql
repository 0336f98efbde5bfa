-- On the columns as sent: whoever asks must ask for every form that a number may have (govbus.identity.uscc.forms).
CREATE INDEX e_baseinfo_uniscid ON e_baseinfo (uniscid);
CREATE INDEX e_baseinfo_zzjgdm ON e_baseinfo (zzjgdm);
CREATE INDEX e_alter_pripid ON e_alter (pripid);
CREATE INDEX e_revoke_pripid ON e_revoke (pripid);
CREATE INDEX e_cancel_pripid ON e_cancel (pripid);
CREATE INDEX e_dormant_pripid ON e_dormant (pripid);

-- No capital, no address, no reason of a punishment.
GRANT SELECT (pripid, uniscid, zzjgdm, entname, lerep, regstate, estdate, s_ext_timestamp) ON e_baseinfo TO bus_answerer;
GRANT SELECT (pripid, altitem, altbe, altdate) ON e_alter TO bus_answerer;
GRANT SELECT (pripid, revdate) ON e_revoke TO bus_answerer;
GRANT SELECT (pripid, candate) ON e_cancel TO bus_answerer;
GRANT SELECT ON e_dormant TO bus_answerer;

CREATE INDEX e_inv_cerno ON e_inv (cerno);
-- What one person subscribed, never what an entity has.
GRANT SELECT ON e_inv TO bus_answerer;
