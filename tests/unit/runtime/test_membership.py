"""The bytes that fence a worker are librdkafka's own format, which has no public constructor: compare with what librdkafka makes."""

from confluent_kafka import Consumer

from agents.runtime.rdkafka import Membership


def test_metadata_equals_librdkafkas_own() -> None:
    outside_any_group = Membership(group="bus-verify", generation=-1, member="", instance="worker-1")
    consumer = Consumer({"bootstrap.servers": "127.0.0.1:1", "group.id": "bus-verify", "group.instance.id": "worker-1", "log_level": 0})
    try:
        assert outside_any_group.metadata() == consumer.consumer_group_metadata()
    finally:
        consumer.close()
