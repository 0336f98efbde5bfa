CREATE UNIQUE INDEX marriage_register_cert_no ON marriage_register (cert_no);
CREATE INDEX marriage_register_man ON marriage_register (upper(man_id));
CREATE INDEX marriage_register_woman ON marriage_register (upper(woman_id));

GRANT SELECT ON marriage_register TO bus_answerer;
