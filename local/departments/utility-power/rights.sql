-- On the column as typed: whoever asks must ask for every form that a number may have (govbus.identity.citizen_id.forms, uscc.forms).
CREATE INDEX c_cons_cert_no ON c_cons (cert_no);
CREATE INDEX a_rcvbl_cons_no ON a_rcvbl (cons_no);

-- No amount, no telephone: whether a bill is open is all that leaves.
GRANT SELECT (cons_no, cons_name, cert_no, elec_addr, status, end_date) ON c_cons TO bus_answerer;
GRANT SELECT (cons_no, penal_bgn, settled) ON a_rcvbl TO bus_answerer;
