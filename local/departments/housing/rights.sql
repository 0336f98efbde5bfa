GRANT SELECT ON application, claim TO bus_source;

-- Source adapter and sink both keep tables in schema bus; whichever of them made a table, the other may use it.
CREATE SCHEMA IF NOT EXISTS bus;
GRANT ALL ON SCHEMA bus TO bus_source, bus_sink;
