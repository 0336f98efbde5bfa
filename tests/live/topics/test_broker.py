"""The way to a real broker: acknowledged or told why not, handed out and then committed, read to the very end."""

import os
import signal
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from confluent_kafka import Consumer as LibrdkafkaConsumer
from confluent_kafka import Producer as Librdkafka
from confluent_kafka import TopicPartition

from govbus.envelope import Envelope, from_ms
from govbus.errors import Poison, RetryLater, SetupError
from govbus.settings import Home
from local.instance import Instance
from topics import broker
from topics.access import Rule
from topics.broker import Position

pytestmark = pytest.mark.kafka
WHO = "housing"


@pytest.fixture(scope="module")
def home(bus: Instance) -> Home:
    home = Home(bus.home)
    with broker.admin(home) as admin:
        admin.set_password(WHO, bus.secret(f"kafka.{WHO}"))
    return home


@pytest.fixture
def topic(home: Home) -> Iterator[str]:
    """A topic of the test's own, which housing may read and write."""
    name = f"test.{uuid.uuid4().hex}"
    rules = [Rule(WHO, "read", "topic", name), Rule(WHO, "write", "topic", name), Rule(WHO, "read", "group", name, prefixed=True)]
    rules.append(Rule(WHO, "write", "transactional_id", name))
    with broker.admin(home) as admin:
        admin.create_topic(name, 3, {"max.message.bytes": "131072"})
        admin.allow(rules)
        yield name
        admin.forbid(rules)


def envelope(topic: str, number: int, size: int = 100) -> Envelope:
    value = number.to_bytes(4, "big") * (size // 4)
    moment = datetime(2026, 11, 24, tzinfo=UTC)
    return Envelope(f"id-{number}", "/housing/test", "test.R", moment, topic, f"key-{number % 50}".encode(), value)


def read_all(home: Home, topic: str) -> list[int]:
    return [int.from_bytes((record.value or b"")[:4], "big") for record in broker.scan(home, WHO, [topic])]


def test_every_record_is_placed_and_read_back_whole(home: Home, topic: str) -> None:
    sent = [envelope(topic, number) for number in range(300)]
    with broker.producer(home, WHO) as out:
        placed = out.send_all(sent)
    assert all(isinstance(one, Position) for one in placed)
    found = {record.envelope().id: record.envelope() for record in broker.scan(home, WHO, [topic])}
    assert {one.id for one in sent} == set(found)
    assert found["id-7"].headers() == sent[7].headers()
    assert found["id-7"].value == sent[7].value
    assert found["id-7"].recorded_ms == placed[7].recorded_ms  # type: ignore[union-attr]


def test_partition_is_the_one_that_java_and_the_agents_compute(home: Home, topic: str, bus: Instance) -> None:
    foreign = Librdkafka(librdkafka(bus, partitioner="murmur2_random"))
    theirs: dict[bytes | None, int | None] = {}
    for number in range(50):
        foreign.produce(
            topic, b"x", key=f"key-{number}", on_delivery=lambda _, message: theirs.update({message.key(): message.partition()})
        )
    assert foreign.flush(20) == 0
    with broker.producer(home, WHO) as out:
        ours = out.send_all([envelope(topic, number) for number in range(50)])
    assert {f"key-{number}".encode(): one.partition for number, one in enumerate(ours)} == theirs  # type: ignore[union-attr]


@pytest.mark.parametrize("limit", [None, 131_072], ids=["the broker refuses", "refused before it is sent"])
def test_one_record_too_large_does_not_take_its_neighbours_down(home: Home, topic: str, limit: int | None) -> None:
    """kafka-python alone fails here: after one refusal it blames it on all records in flight and all later ones."""
    out = broker.Producer(home, WHO, {topic: limit} if limit else {})
    placed = out.send_all([envelope(topic, number, 200_000 if number in (5, 90) else 100) for number in range(120)])
    refused = [number for number, one in enumerate(placed) if not isinstance(one, Position)]
    assert refused == [5, 90]
    assert all(isinstance(placed[number], Poison) and placed[number].reason == "TOO_LARGE" for number in refused)  # type: ignore[union-attr]
    assert isinstance(out.send(envelope(topic, 200)).result(), Position)
    out.close()
    assert set(read_all(home, topic)) == {*range(120), 200} - {5, 90}


def test_single_sends_are_blamed_for_their_own_faults_only(home: Home, topic: str) -> None:
    with broker.Producer(home, WHO) as out:
        deliveries = [out.send(envelope(topic, number, 200_000 if number == 3 else 100)) for number in range(10)]
        for number, delivery in enumerate(deliveries):
            if number == 3:
                with pytest.raises(Poison, match="TOO_LARGE"):
                    delivery.result()
            else:
                assert delivery.result().topic == topic


def test_a_batch_that_expired_does_not_hold_the_next_one_for_ever(home: Home, topic: str, bus: Instance) -> None:
    """kafka-python alone fails here: what is sent after an outage of the delivery timeout waits for ever."""
    frozen = bus.supervisor.pid("kafka")
    assert frozen
    with broker.producer(home, WHO) as out:
        out.send_all([envelope(topic, number) for number in range(30)])
        os.kill(frozen, signal.SIGSTOP)
        try:
            lost = out.send_all([envelope(topic, number) for number in range(30, 60)])
        finally:
            os.kill(frozen, signal.SIGCONT)
        assert all(isinstance(one, RetryLater) for one in lost)
        again = [envelope(topic, number) for number in range(30, 60)]
        deadline = time.monotonic() + 20
        while not all(isinstance(one, Position) for one in out.send_all(again)):
            assert time.monotonic() < deadline, "the broker is back, the producer is not"
    assert set(read_all(home, topic)) == set(range(60))


def test_silence_is_looked_into(home: Home, topic: str, bus: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member that has read everything, transaction markers too, is fine; one without a partition must be opened anew."""
    monkeypatch.setattr(sys.modules["topics.broker.consumer"], "STUCK_S", 0.5)
    writer = Librdkafka(librdkafka(bus, **{"transactional.id": topic}))
    writer.init_transactions(20)
    writer.begin_transaction()
    for number in range(30):
        writer.produce(topic, b"x", key=f"key-{number}")
    writer.commit_transaction(20)
    with broker.consumer(home, WHO, [topic], topic) as inlet:
        assert len(drain(inlet, 30)) == 30
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            assert inlet.poll(10, timeout_s=0.3) == []
        inlet._client.unsubscribe()
        inlet._client.assign([])
        with pytest.raises(RetryLater, match="owns no partition"):
            drain(inlet, 1, seconds=3)


def test_a_client_that_turns_in_a_circle_is_told_again_and_again_and_a_busy_one_is_not(
    home: Home, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def turn(timeout_ms: int, max_records: int) -> dict[str, list[str]]:
        end = time.monotonic() + timeout_ms / 1000
        while time.monotonic() < end:
            pass
        return {}

    with broker.consumer(home, WHO, [topic], topic) as inlet:
        while not inlet._client.assignment():
            assert inlet.poll(10, timeout_s=0.3) == []
        monkeypatch.setattr(sys.modules["topics.broker.consumer"], "STUCK_S", 1.0)
        wait = inlet._client.poll
        monkeypatch.setattr(inlet._client, "poll", turn)
        for _ in range(3):
            assert inlet.poll(10, timeout_s=0.3) == []
        for _ in range(2):
            with pytest.raises(RetryLater, match="turned in a circle"):
                inlet.poll(10, timeout_s=0.3)
        monkeypatch.setattr(inlet._client, "poll", wait)
        assert inlet.poll(10, timeout_s=0.3) == [], "it waits again"
        monkeypatch.setattr(inlet._client, "poll", turn)
        for _ in range(20):
            assert inlet.poll(10, timeout_s=0.05) == [], "so short a time is no wait"


def test_no_right_is_a_set_up_error(home: Home, topic: str) -> None:
    with broker.producer(home, WHO) as out:
        (told,) = out.send_all([envelope("bus.quarantine", 1)])
        assert isinstance(told, SetupError)
        assert "housing has no right" in str(told)
        assert isinstance(out.send_all([envelope(topic, 1)])[0], Position)
    with broker.consumer(home, WHO, [topic], "foreign.group") as inlet, pytest.raises(SetupError, match="no right"):
        drain(inlet, 1)


def drain(inlet: broker.Consumer, records: int, seconds: float = 20) -> list[broker.Record]:
    """At least so many records, before a deadline."""
    found: list[broker.Record] = []
    deadline = time.monotonic() + seconds
    while len(found) < records and time.monotonic() < deadline:
        found += inlet.poll(100, timeout_s=0.5)
    return found


def test_commit_saves_exactly_what_was_handed_out(home: Home, topic: str) -> None:
    with broker.producer(home, WHO) as out:
        out.send_all([envelope(topic, number) for number in range(100)])
    with broker.consumer(home, WHO, [topic], f"{topic}.g") as inlet:
        first = inlet.poll(10, timeout_s=20)
        inlet.commit()
        second = inlet.poll(10, timeout_s=20)  # handed out, never committed: it must come again
    with broker.consumer(home, WHO, [topic], f"{topic}.g") as inlet:
        rest = drain(inlet, 90)
    assert 0 < len(first) <= 10
    assert second
    places = {record.place for record in rest}
    assert {record.place for record in second} <= places
    assert not places & {record.place for record in first}
    assert len(places) == 100 - len(first)


def test_lag_counts_what_is_not_committed(home: Home, topic: str) -> None:
    with broker.producer(home, WHO) as out:
        out.send_all([envelope(topic, number) for number in range(30)])
    with broker.consumer(home, WHO, [topic], f"{topic}.g") as inlet, broker.admin(home) as admin:
        drain(inlet, 30)
        inlet.commit()
        assert sum(admin.lag([f"{topic}.g"]).values()) == 0
        with broker.producer(home, WHO) as out:
            out.send_all([envelope(topic, number) for number in range(7)])
        assert sum(admin.lag([f"{topic}.g"]).values()) == 7


def test_pause_hands_out_nothing_and_resume_goes_on(home: Home, topic: str) -> None:
    with broker.producer(home, WHO) as out, broker.consumer(home, WHO, [topic], f"{topic}.g") as inlet:
        out.send_all([envelope(topic, 1)])
        drain(inlet, 1)
        inlet.pause()
        out.send_all([envelope(topic, 2)])
        assert inlet.poll(10, timeout_s=1) == []
        inlet.resume()
        assert [record.envelope().id for record in drain(inlet, 1)] == ["id-2"]


def test_scan_reads_committed_records_only_and_waits_for_an_open_transaction(home: Home, topic: str, bus: Instance) -> None:
    """The committed record stands behind an open transaction, in the same partition: a reader of the last stable offset misses it."""
    killed = Librdkafka(librdkafka(bus) | {"transactional.id": topic, "transaction.timeout.ms": 6_000})
    killed.init_transactions()
    killed.begin_transaction()
    killed.produce(topic, (1).to_bytes(4, "big"), key=b"k", partition=0)
    assert killed.flush(10) == 0  # written, never committed: as after kill -9
    other = Librdkafka(librdkafka(bus))
    other.produce(topic, (2).to_bytes(4, "big"), key=b"k", partition=0)
    assert other.flush(10) == 0
    assert read_all(home, topic) == [2]


@pytest.mark.timeout(120)
def test_scan_ends_behind_a_marker_though_another_partition_goes_on_growing(home: Home, topic: str, bus: Instance) -> None:
    writer = Librdkafka(librdkafka(bus) | {"transactional.id": topic})
    writer.init_transactions()
    writer.begin_transaction()
    writer.produce(topic, (1).to_bytes(4, "big"), key=b"k", partition=0)
    writer.commit_transaction(10)
    busy, over = Librdkafka(librdkafka(bus) | {"linger.ms": 0}), threading.Event()

    def grow() -> None:
        while not over.wait(0.005):
            busy.produce(topic, (2).to_bytes(4, "big"), key=b"k", partition=1)
            busy.poll(0)

    growing = threading.Thread(target=grow)
    growing.start()
    try:
        assert 1 in read_all(home, topic)
    finally:
        over.set()
        growing.join()
        busy.flush(10)


def test_scan_since(home: Home, topic: str) -> None:
    with broker.producer(home, WHO) as out:
        (first,) = out.send_all([envelope(topic, 1)])
        assert isinstance(first, Position)
        out.send_all([envelope(topic, 2)])
    after = from_ms(first.recorded_ms) + timedelta(milliseconds=1)
    numbers = [record.envelope().id for record in broker.scan(home, WHO, [topic], after)]
    assert numbers in (["id-2"], [])  # both may have the same millisecond
    assert list(broker.scan(home, WHO, [topic], datetime.now(UTC) + timedelta(hours=1))) == []


def test_wrong_password_names_both_possibilities(home: Home, bus: Instance) -> None:
    path = bus.home / "secrets" / "kafka.stranger"
    path.write_text("wrong")
    path.chmod(0o600)
    try:
        with pytest.raises(RetryLater, match=r"the broker is away .* or secret kafka\.stranger is not its password"):
            broker.producer(home, "stranger")
    finally:
        path.unlink()


def test_foreign_reader_sees_the_same(home: Home, topic: str, bus: Instance) -> None:
    with broker.producer(home, WHO) as out:
        (placed,) = out.send_all([envelope(topic, 9)])
    assert isinstance(placed, Position)
    foreign = LibrdkafkaConsumer(librdkafka(bus) | {"group.id": f"{topic}.foreign"})
    foreign.assign([TopicPartition(topic, placed.partition, placed.offset)])
    message = foreign.poll(20)
    foreign.close()
    assert message is not None
    assert dict(message.headers() or [])["ce_id"] == b"id-9"


def librdkafka(bus: Instance, **more: str) -> dict[str, str | int]:
    return {
        "bootstrap.servers": bus.kafka_bootstrap, "security.protocol": "SASL_SSL", "ssl.ca.location": str(bus.ca),
        "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": WHO, "sasl.password": bus.secret(f"kafka.{WHO}"), **more,
    }  # fmt: skip
