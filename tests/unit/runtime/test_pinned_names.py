"""The private names that agents/runtime/transport.py and consumer.py lean on are still there, with the parameters that are passed."""

import inspect
from importlib.metadata import version

import aiokafka
import faust
import pytest
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.consumer.subscription_state import TopicPartitionState
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.protocol.fetch import FetchRequest, FetchRequest_v11
from faust.transport.consumer import Consumer as BaseConsumer
from faust.transport.drivers import aiokafka as driver


@pytest.mark.parametrize(("package", "pinned"), [("faust-streaming", "0.15.3"), ("mode-streaming", "0.7.1"), ("aiokafka", "0.14.0")])
def test_versions(package: str, pinned: str) -> None:
    assert version(package) == pinned


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    [
        (faust.App, "_new_transport", ["self"]),
        (faust.Schema, "compile", ["self", "app", "on_key_decode_error", "on_value_decode_error"]),
        (driver.AIOKafkaConsumerThread, "_create_worker_consumer", ["self", "transport"]),
        (driver.AIOKafkaConsumerThread, "_ensure_consumer", ["self"]),
        (driver.AIOKafkaConsumerThread, "on_start", ["self"]),
        (driver.Consumer, "_new_consumer_thread", ["self"]),
        (BaseConsumer, "getmany", ["self", "timeout"]),
        (BaseConsumer, "_wait_next_records", ["self", "timeout"]),
        (BaseConsumer, "_getmany", ["self", "active_partitions", "timeout"]),
        (BaseConsumer, "_get_active_partitions", ["self"]),
        (BaseConsumer, "_add_gap", ["self", "tp", "offset_from", "offset_to"]),
        (BaseConsumer, "commit", ["self", "topics", "start_new_transaction"]),
        (BaseConsumer, "perform_seek", ["self"]),
        (BaseConsumer, "ack", ["self", "message"]),
        (BaseConsumer, "track_message", ["self", "message"]),
        (BaseConsumer, "on_partitions_revoked", ["self", "revoked"]),
        (RangePartitionAssignor, "assign", ["cluster", "members"]),
    ],
)
def test_methods_that_are_overridden_or_called(owner: type, name: str, parameters: list[str]) -> None:
    found = [each for each in inspect.signature(getattr(owner, name)).parameters if each not in ("args", "kwargs")]
    assert found[: len(parameters)] == parameters[: len(found)]


def test_attributes_that_are_set_after_construction() -> None:
    source = inspect.getsource(aiokafka.AIOKafkaConsumer)
    for name in ("_fetch_max_wait_ms", "_isolation_level", "_partition_assignment_strategy", "_coordinator", "_subscription"):
        assert f"self.{name}" in source, name
    start = inspect.getsource(aiokafka.AIOKafkaConsumer.start)
    for name in ("_fetch_max_wait_ms", "_isolation_level", "_partition_assignment_strategy"):
        assert f"self.{name}" in start, f"{name} is read at start, so setting it before start still works"


def test_the_pause_of_the_fetcher_is_read_at_each_fetch() -> None:
    assert "self._fetcher = Fetcher(" in inspect.getsource(aiokafka.AIOKafkaConsumer.start)
    assert "backoff=self._prefetch_backoff" in inspect.getsource(Fetcher._proc_fetch_request)


def test_fetches_go_through_the_client_that_the_fetcher_has() -> None:
    assert "await self._client.send(node_id, request)" in inspect.getsource(Fetcher._proc_fetch_request)
    assert "self._client = client" in inspect.getsource(Fetcher.__init__)
    assert "self._client = AIOKafkaClient(" in inspect.getsource(aiokafka.AIOKafkaConsumer.__init__)
    assert inspect.getsource(aiokafka.client).count("self.cluster = ") == 1, "it stays the same object"


def test_a_fetch_has_what_a_session_takes_from_it() -> None:
    whole = FetchRequest(100, 1, 1_000, 1, [("a", [(0, 7, 500)])], "rack")
    taken = (whole._max_wait_ms, whole._min_bytes, whole._max_bytes, whole._isolation_level, whole._rack_id)
    assert taken == (100, 1, 1_000, 1, "rack")
    made = whole.build(FetchRequest_v11)
    assert (made.session_id, made.session_epoch, made.forgotten_topics_data) == (0, -1, []), "aiokafka has no sessions itself"


def test_a_partitions_end_is_known_to_the_consumer() -> None:
    assert isinstance(inspect.getattr_static(TopicPartitionState, "position"), property)
    source = inspect.getsource(TopicPartitionState)
    assert "self.lso" in source
    assert "self.timestamp" in source
    assert "has_valid_position" in source
