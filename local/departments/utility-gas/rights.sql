-- On the column as typed: whoever asks must ask for every form that a number may have (govbus.identity.citizen_id.forms, uscc.forms).
CREATE INDEX gas_customer_zjhm ON gas_customer (zjhm);
CREATE INDEX gas_debt_khh ON gas_debt (khh);

-- No amount: whether a debt is open is all that leaves.
GRANT SELECT ON gas_customer TO bus_answerer;
GRANT SELECT (khh, qfrq, jqrq) ON gas_debt TO bus_answerer;
