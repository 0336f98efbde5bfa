-- What one bus role makes in schema bus, the other may use: only a superuser may say so on their behalf.
ALTER DEFAULT PRIVILEGES FOR ROLE bus_source IN SCHEMA bus GRANT ALL ON TABLES TO bus_sink, owner;
ALTER DEFAULT PRIVILEGES FOR ROLE bus_sink IN SCHEMA bus GRANT ALL ON TABLES TO bus_source, owner;
ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA bus GRANT ALL ON TABLES TO bus_source, bus_sink;
ALTER DEFAULT PRIVILEGES FOR ROLE bus_source IN SCHEMA bus GRANT ALL ON SEQUENCES TO bus_sink, owner;
ALTER DEFAULT PRIVILEGES FOR ROLE bus_sink IN SCHEMA bus GRANT ALL ON SEQUENCES TO bus_source, owner;
