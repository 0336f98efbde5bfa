"""Settings of other people's clients, so that no line of ours stands between a test and the broker."""

from typing import Any

from local.instance import Instance


def python(bus: Instance, who: str) -> dict[str, Any]:
    return {
        "bootstrap_servers": bus.kafka_bootstrap, "security_protocol": "SASL_SSL", "ssl_cafile": str(bus.ca),
        "sasl_mechanism": "SCRAM-SHA-512", "sasl_plain_username": who, "sasl_plain_password": bus.secret(f"kafka.{who}"),
    }  # fmt: skip


def librdkafka(bus: Instance, who: str) -> dict[str, Any]:
    return {
        "bootstrap.servers": bus.kafka_bootstrap, "security.protocol": "SASL_SSL", "ssl.ca.location": str(bus.ca),
        "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": who, "sasl.password": bus.secret(f"kafka.{who}"),
    }  # fmt: skip
