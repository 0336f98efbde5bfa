-- On the column as typed: whoever asks must ask for every form that a number may have (govbus.identity.citizen_id.forms).
CREATE INDEX psn_info_b_certno ON psn_info_b (certno);
CREATE INDEX psn_insu_d_psn_no ON psn_insu_d (psn_no);
CREATE INDEX psn_clct_detl_d_psn_no ON psn_clct_detl_d (psn_no);

-- Whether somebody is insured, not what was treated or paid: the answerer sees no other table of this base.
GRANT SELECT (psn_no, certno, psn_name, alis, surv_stas) ON psn_info_b TO bus_answerer;
GRANT SELECT (psn_insu_rlts_id, psn_no, insutype, psn_insu_stas, psn_insu_date, paus_insu_date) ON psn_insu_d TO bus_answerer;
GRANT SELECT ON psn_clct_detl_d TO bus_answerer;
CREATE INDEX psn_clct_base_psn_no ON psn_clct_base (psn_no, accrym);
GRANT SELECT ON psn_clct_base TO bus_answerer;
