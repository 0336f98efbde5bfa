"""Declarations made true on a real cluster and a real registry, and what they keep apart, as other people's clients see it."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import avro.schema
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext, SerializationError
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError

from govbus.envelope import Envelope
from govbus.errors import SetupError
from govbus.settings import Home
from local.instance import Instance
from schemas import purposes, release
from schemas.codec import Codec
from schemas.purposes import keys_of
from schemas.registry import Registration, Registry
from tests.live.clients import librdkafka, python
from topics import broker
from topics.access import Rule
from topics.apply import apply, preview
from topics.broker import Position
from topics.load import load

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def home(bus: Instance) -> Home:
    home = Home(bus.home)
    apply(home)
    return home


def test_second_plan_is_empty(home: Home) -> None:
    assert preview(home).steps() == []
    assert apply(home).empty


def test_right_from_outside_is_taken_away_and_a_lost_one_comes_back(home: Home) -> None:
    stray, lost = Rule("housing", "read", "topic", "housing.request"), Rule("housing", "read", "topic", "housing.verdict")
    with broker.admin(home) as admin:
        admin.allow([stray])
        admin.forbid([lost])
        steps = apply(home)
        assert (steps.forbid, steps.allow) == ((stray,), (lost,))
        assert stray not in admin.rules()
        assert lost in admin.rules()


def test_changed_setting_is_set_back(home: Home) -> None:
    with broker.admin(home) as admin:
        admin.set_configs("housing.request", {"retention.ms": "1000"})
        assert [name for name, _ in apply(home).configs] == ["housing.request"]
        assert admin.configs(["housing.request"])["housing.request"]["retention.ms"] == str(1096 * 86_400_000)


def test_renewed_password_is_set_on_demand(home: Home, bus: Instance) -> None:
    path = bus.home / "secrets" / "kafka.monitor"
    old = path.read_text()
    path.write_text("renewed-" + old)
    try:
        assert preview(home).empty
        assert "monitor" in apply(home, registry=False, passwords=True).users
        with broker.admin(home, "monitor") as admin:
            assert "housing.request" in admin.topics()
            assert admin.lag(["no-such-group"]) == {}
    finally:
        path.write_text(old)
        apply(home, registry=False, passwords=True)


# ---- kept apart, by ACL alone: foreign clients, so that no line of ours stands between

FOREIGN = ["civil-affairs.question", "civil-affairs.answer", "public-security.question", "bus.quarantine", "bus.verify.state"]


@pytest.mark.parametrize("topic", [*FOREIGN, "housing.verdict"])
def test_kafka_python_may_not_write(home: Home, bus: Instance, topic: str) -> None:
    client = KafkaProducer(**python(bus, "housing"), acks="all", max_block_ms=5_000)
    try:
        with pytest.raises(TopicAuthorizationFailedError):
            client.send(topic, b"x", key=b"k").get(10)
    finally:
        client.close(0)


@pytest.mark.parametrize("topic", [*FOREIGN, "housing.verdict"])
def test_librdkafka_may_not_write(home: Home, bus: Instance, topic: str) -> None:
    told: list[Any] = []
    client = Producer(librdkafka(bus, "housing"))
    client.produce(topic, b"x", key=b"k", on_delivery=lambda error, _: told.append(error))
    assert client.flush(20) == 0
    assert told[0].code() == KafkaError.TOPIC_AUTHORIZATION_FAILED


def test_kafka_python_may_not_read_what_it_may_write(home: Home, bus: Instance) -> None:
    client = KafkaConsumer(**python(bus, "housing"), group_id=None, auto_offset_reset="earliest")
    client.assign([TopicPartition("housing.request", 0)])
    with pytest.raises(TopicAuthorizationFailedError):
        until(lambda: client.poll(timeout_ms=500))
    client.close()


def test_kafka_python_does_not_even_see_other_topics(home: Home, bus: Instance) -> None:
    client = KafkaConsumer(**python(bus, "housing"), group_id=None)
    words = ("request", "verdict", "progress", "question", "answer", "correction", "task", "case", "case-progress")
    assert client.topics() == {f"housing.{word}" for word in words}, "its own, as asker, as holder and in cases, and nobody else's"
    assert not any(client.partitions_for_topic(topic) for topic in FOREIGN)
    client.close()


@pytest.mark.parametrize("topic", FOREIGN)
def test_our_own_reader_says_so_at_once(home: Home, topic: str) -> None:
    with pytest.raises(SetupError, match=f"topic {topic} does not exist, or this principal may not see it"):
        broker.consumer(home, "housing", [topic], "housing.spy")


@pytest.mark.parametrize("topic", [*FOREIGN, "housing.request"])
def test_librdkafka_may_not_read(home: Home, bus: Instance, topic: str) -> None:
    client = Consumer(librdkafka(bus, "housing") | {"group.id": "housing.spy", "auto.offset.reset": "earliest"})
    client.subscribe([topic])
    message = until(lambda: client.poll(0.5))
    client.close()
    assert message.error().code() == KafkaError.TOPIC_AUTHORIZATION_FAILED


def test_nobody_uses_another_s_group_or_transactional_id(home: Home, bus: Instance) -> None:
    client = KafkaConsumer("housing.verdict", **python(bus, "housing"), group_id="civil-affairs.answerer")
    with pytest.raises(GroupAuthorizationFailedError):
        until(lambda: client.poll(timeout_ms=500))
    client.close()
    thief = Producer(librdkafka(bus, "housing") | {"transactional.id": "bus-verify.worker-1"})
    with pytest.raises(KafkaException, match=r"(?i)transactional.id.authorization.failed"):
        thief.init_transactions(20)


def test_worker_has_the_rights_of_its_work(home: Home, bus: Instance) -> None:
    worker = Producer(librdkafka(bus, "worker-1") | {"transactional.id": "bus-verify.worker-1"})
    worker.init_transactions(20)
    worker.begin_transaction()
    for topic in ("housing.verdict", "civil-affairs.question", "bus.quarantine", "bus.verify.state", "bus.verify.ledger"):
        worker.produce(topic, b"x", key=b"k")
    assert worker.flush(20) == 0
    worker.abort_transaction(20)


# ---- the registry is a true copy

SAMPLES: dict[str, dict[str, Any]] = {
    "gov_data.Ledger": dict.fromkeys(("accepted", "delivered", "refused", "quarantined", "duplicate"), 1),
    "gov_data.VerifyState": {"checks": {}, "landed_version": None, "landed_digest": None, "landed": None, "withdrawn": []},
    "gov_data.Quarantined": {
        "topic": "t", "partition": 0, "offset": 1, "recorded_at": 1, "reason": "UNDECODABLE", "detail": "d", "owner": "housing",
        "key": b"k", "value": None, "headers": [{"name": "ce_id", "value": b"1"}],
    },
}  # fmt: skip


def sample(record: str) -> dict[str, Any]:
    """Some data for a record type: what is not in SAMPLES is made from its fields' plain types."""
    if record in SAMPLES:
        return SAMPLES[record]
    data: dict[str, Any] = made(release.text(release.load().latest()[record]))
    return data


def made(schema: Any) -> Any:
    plain: dict[str, Any] = {"string": "文", "long": 1, "int": 1, "boolean": True, "bytes": b"b", "null": None}
    if isinstance(schema, list):
        return made(schema[0])
    if isinstance(schema, str):
        return plain[schema]
    kinds: dict[str, Any] = {"array": [], "map": {}, "enum": (schema.get("symbols") or [""])[0]}
    if schema["type"] == "record":
        return {field["name"]: made(field["type"]) for field in schema["fields"]}
    return kinds.get(schema["type"]) if schema["type"] in kinds else made(schema["type"])


@pytest.fixture(scope="module")
def client(home: Home) -> Iterator[SchemaRegistryClient]:
    # Without a time limit the client waits for ever for an answer that was lost, and does not ask again.
    yield SchemaRegistryClient({"url": home.site.registry.url, "ssl.ca.location": str(home.site.registry.ca), "timeout": 20})


def there(home: Home, topic: str, record: str, data: Any) -> bytes | None:
    """``data`` as it comes back from the topic, written through our codec and the broker."""
    value = Codec.load(keys=keys_of(home)).encode(record, data)
    with broker.Producer(home, "admin") as out:
        (placed,) = out.send_all([Envelope("id-1", "/gov-data/test", record, datetime.now(UTC), topic, b"key", value)])
    assert isinstance(placed, Position)
    (found,) = [
        each.value for each in broker.scan(home, "admin", [topic]) if each.offset == placed.offset and each.partition == placed.partition
    ]
    return found


@pytest.mark.parametrize("topic", sorted(load().topics))
def test_every_topic_is_readable_with_confluent_s_own_deserializer(home: Home, client: SchemaRegistryClient, topic: str) -> None:
    """Read by librdkafka, decoded through the registry; where a purpose's key is needed, a foreign reader says so instead of misreading."""
    record = load().records[topic]
    data = sample(record)
    value = there(home, topic, record, data)
    foreign, where = AvroDeserializer(client), SerializationContext(topic, MessageField.VALUE)
    if record in purposes.by_record():
        with pytest.raises(SerializationError, match="magic byte"):
            foreign(value, where)
        assert set(Codec.load(load().records, keys=keys_of(home)).decode(topic, value or b"")[1]) == set(data)
    else:
        assert set(foreign(value, where)) == set(data)
    assert client.get_latest_version(f"{topic}-value").schema_id == release.load().latest()[record].id


def test_ids_of_the_registry_are_the_release_s(home: Home, client: SchemaRegistryClient) -> None:
    for entry in release.load().entries:
        text = client.get_schema(entry.id).schema_str
        assert text is not None
        assert avro.schema.parse(text) == avro.schema.parse(json.dumps(release.text(entry)))
    with Registry(home) as registry:
        assert registry.missing(load().records) == []
        assert registry.protected()


def test_registry_that_held_other_schemas_is_refused(home: Home) -> None:
    """The next free id of this registry is far from what such a release says."""
    entry = release.load().entries[0].model_copy(update={"id": 7777})
    with Registry(home) as registry, pytest.raises(SetupError, match="the release says 7777"):
        registry.register(Registration("other.topic-value", entry))


def until(look: Any, seconds: float = 20) -> Any:
    """The first thing that ``look`` finds, before a deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
    msg = f"nothing within {seconds} s"
    raise AssertionError(msg)
