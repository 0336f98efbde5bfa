"""The backyard: starts real Kafka, PostgreSQL, registry and our own programs on one machine, without a container engine."""
