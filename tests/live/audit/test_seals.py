"""A sealer and a verifier on a real broker: what is honest raises no alarm, and what is not is found."""

import os
import random
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource
from kafka.errors import TopicAuthorizationFailedError

from audit import archive, archiving, keys, online
from audit.chain import Chain
from audit.pending import Watched
from audit.restoring import bring_back
from audit.sealer import Cadence, Sealer
from audit.sealing import published
from audit.verify import Log, Told, checked, judge
from govbus.envelope import Envelope
from govbus.errors import SetupError
from govbus.ports import NullObserver
from govbus.settings import Home
from local.instance import PROJECT, Instance
from tests.live.clients import librdkafka, python
from topics import broker
from topics.broker.bulk import Bulk

pytestmark = pytest.mark.kafka
DAY_MS = 86_400_000
DATA = [
    "housing.request",
    "housing.verdict",
    "civil-affairs.question",
    "civil-affairs.answer",
    "bus.seals",
    "bus.quarantine",
    "bus.control",
]


class Bed:
    """A topic of one partition, a sealer over it, and a verifier."""

    def __init__(self, bus: Instance, folder: Path, name: str, kept_ms: int = 1096 * DAY_MS, **config: str) -> None:
        self.bus, self.home, self.folder, self.place = bus, Home(bus.home), folder, (name, 0)
        self.watched = Watched(name, 0, kept_ms, workers=True)
        with broker.admin(self.home) as admin:
            admin.create_topic(name, 1, {"message.timestamp.type": "LogAppendTime", **config})
        self.signer, self.chain = keys.open_signer(self.home), Chain(folder, name, 0)
        self.public = keys.read([keys.folder_of(self.home) / keys.PUBLIC])
        self.published: list[Any] = []

    def write(self, *rounds: tuple[int, bool], keys: int = 1_000_000) -> None:
        """So many records, in a transaction each round; False: aborted."""
        out = Producer(librdkafka(self.bus, "admin") | {"transactional.id": f"test.{self.place[0]}"})
        out.init_transactions(20)
        for count, good in rounds:
            out.begin_transaction()
            for number in range(count):
                out.produce(self.place[0], b"v%d" % number, b"k%d" % (number % keys), headers=[("ce_id", b"%d" % number)])
            out.flush(20)
            out.commit_transaction(20) if good else out.abort_transaction(20)

    def seal(self, expected: int) -> int:
        """Seal until the chain has so many records; returns the number of seals."""
        with Bulk(self.home, "admin") as reader:
            sealer = Sealer(self.folder, self.signer, reader, self.published.extend, NullObserver(), Cadence(40, 0.2))
            sealer.watch([self.watched], {})
            deadline = time.monotonic() + 30
            while self.sealed < expected and time.monotonic() < deadline:
                sealer.round(0.1)
            sealer.close()
        assert self.sealed == expected
        return len(list(self.chain.seals()))

    @property
    def sealed(self) -> int:
        last = self.chain.last()
        return last.statement.before + last.statement.records if last else 0

    def verify(self, now_ms: int | None = None) -> Told:
        told = Told(*self.place)
        with Bulk(self.home, "admin") as bulk:
            start, end = bulk.spans({self.place: None})[self.place]
            log = Log(lambda first: online.records(bulk, self.place, max(start, first), end), start)
            judge(checked(self.chain.seals(), self.public, told), log, self.chain, now_ms or int(time.time() * 1000), told)
        return told

    def forget(self, before: int) -> None:
        """Move the beginning of the log, as retention does, and as somebody does who wants records gone."""
        client = KafkaAdminClient(**python(self.bus, "admin"))
        client.delete_records({TopicPartition(*self.place): before})
        client.close()


def found(told: Told) -> list[tuple[str, int]]:
    return [(one.kind, one.offset) for one in told.findings]


def test_markers_and_aborted_records_are_holes_and_no_alarm(bus: Instance, tmp_path: Path) -> None:
    bed = Bed(bus, tmp_path, "test.seals-holes")
    bed.write((5, True), (3, False), (50, True), (1, True))
    seals = bed.seal(56)
    told = bed.verify()
    assert (found(told), told.verified, told.unsealed, told.seals) == ([], 56, 0, seals)
    gaps = [one for seal in bed.chain.seals() for one in seal.statement.gaps.get("transaction", ())]
    assert gaps == [(5, 9), (60, 60)], "five and their marker, then three aborted ones and theirs; the last marker has no record behind it"
    bed.write((4, True))
    assert bed.verify().unsealed == 4
    assert bed.seal(60) > seals, "the next sealer goes on where the last one ended"
    assert found(bed.verify()) == []


def test_what_leaves_by_age_is_no_alarm_and_what_leaves_before_is(bus: Instance, tmp_path: Path) -> None:
    bed = Bed(bus, tmp_path, "test.seals-age", kept_ms=DAY_MS)
    bed.write((30, True), (30, True), (30, True))
    bed.seal(90)
    bed.forget(45)
    old_enough = int(time.time() * 1000) + 2 * DAY_MS
    told = bed.verify(old_enough)
    assert (found(told), told.by_age + told.verified) == ([], 90)
    assert found(bed.verify())[0] == ("early", 0)
    bed.forget(93)
    assert found(bed.verify(old_enough)) == []
    assert found(bed.verify())[0][0] in ("early", "cut")


def test_what_left_before_it_was_sealed_is_told_by_the_seal(bus: Instance, tmp_path: Path) -> None:
    bed = Bed(bus, tmp_path, "test.seals-late", kept_ms=DAY_MS)
    bed.write((10, True))
    bed.seal(10)
    bed.write((10, True), (10, True))
    bed.forget(20)
    bed.seal(21)
    told = bed.verify(int(time.time() * 1000))
    assert ("gap", 10) in found(told), "nobody deletes within a second what is to be kept for a day"
    assert told.gaps["deleted"] == 10


def test_compaction_is_no_alarm_and_a_lost_newest_value_is(bus: Instance, tmp_path: Path) -> None:
    bed = Bed(bus, tmp_path, "test.seals-compact", kept_ms=-1, **{"cleanup.policy": "compact"})
    bed.write((40, True), (40, True), keys=10)
    bed.seal(80)
    assert found(bed.verify()) == []
    with broker.admin(bed.home) as admin:
        admin.set_configs(bed.place[0], {"segment.ms": "100", "min.cleanable.dirty.ratio": "0.001", "max.compaction.lag.ms": "100"})
    quick_cleaner(bus)
    bed.write((1, True), keys=10)  # rolls the segment: only closed ones are compacted
    deadline = time.monotonic() + 40
    while (told := bed.verify()).compacted == 0 and time.monotonic() < deadline:
        time.sleep(0.3)
    assert told.compacted > 0
    assert found(told) == []
    with broker.admin(bed.home) as admin:
        admin.set_configs(bed.place[0], {"cleanup.policy": "compact,delete"})  # as a forger must, too
    bed.forget(84)
    assert {kind for kind, _ in found(bed.verify())} == {"missing"}, "the newest of nine keys is gone"


def test_the_sealer_s_own_rights_are_enough_and_plain_producers_leave_no_hole(bus: Instance, tmp_path: Path) -> None:
    home = Home(bus.home)
    with broker.Producer(home, "housing") as out:
        out.send_all([envelope(number) for number in range(100)])
    public = keys.read([keys.folder_of(home) / keys.PUBLIC])
    with Bulk(home, "sealer") as reader:
        sealer = Sealer(tmp_path, keys.open_signer(home), reader, lambda seals: None, NullObserver(), Cadence(1_000, 0.1))
        sealer.watch([Watched("housing.request", number, 1096 * DAY_MS, workers=False) for number in range(3)], {})
        seal_all(sealer, home, tmp_path)
        sealer.close()
    told = list(online.verify(home, public, tmp_path, ["housing.request"]))
    assert [found(one) for one in told] == [[]] * len(told)
    assert sum(one.verified for one in told) >= 100
    assert not any(one.gaps for one in told), "departments write without transactions: no hole"


def test_a_sealer_that_is_killed_again_and_again_leaves_one_history(bus: Instance) -> None:
    """Five times kill -9 while it seals everything there is; then files, bus and log say the same."""
    home, dice = Home(bus.home), random.Random(7)  # noqa: S311  # the same test each time
    folder = keys.folder_of(home)
    command = [sys.executable, "-m", "govbus", "audit", "seal", "run", "--records", "5", "--seconds", "0.1"]
    with broker.Producer(home, "transport") as out:
        for _ in range(5):
            running = subprocess.Popen(command, cwd=PROJECT, env={**os.environ, "GOVBUS_HOME": str(home.folder)})
            before, sent = number_of_seals(folder), 0
            while number_of_seals(folder) <= before + 2:
                assert running.poll() is None
                out.send_all([envelope(number, "transport") for number in range(sent, sent + 50)])
                sent += 50
            time.sleep(dice.random() * 0.2)  # anywhere in its round
            running.kill()
            running.wait()
    running = subprocess.Popen(command, cwd=PROJECT, env={**os.environ, "GOVBUS_HOME": str(home.folder)})
    deadline = time.monotonic() + 60
    while any(row["behind"] for row in online.standing(home, folder, ["transport.request"])):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    running.terminate()
    assert running.wait(30) == 0
    told = list(online.verify(home, keys.read([folder / keys.PUBLIC]), folder, ["transport.request"]))
    assert [found(one) for one in told] == [[]] * len(told)
    assert sum(one.verified for one in told) >= 250
    chains = [Chain(folder, path.parent.parent.name, int(path.parent.name)) for path in folder.glob("*/*/seals.txt")]
    kept = {(one.statement.name, one.digest) for chain in chains for one in chain.seals()}
    assert {(one.statement.name, one.digest) for one in published(home, "auditor")} == kept, "one history, on the bus as in the files"


def number_of_seals(folder: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in folder.glob("transport.request/*/seals.txt"))


def seal_all(sealer: Sealer, home: Home, folder: Path) -> None:
    deadline = time.monotonic() + 40
    while any(row["behind"] for row in online.standing(home, folder, ["housing.request"])):
        assert time.monotonic() < deadline
        sealer.round(0.2)


def envelope(number: int, department: str = "housing") -> Any:
    at, topic = datetime.now(UTC), f"{department}.request"
    return Envelope(f"id-{number}", f"/{department}/test", "gov_data.ProofRequest", at, topic, b"k%d" % number, b"\0%d" % number)


def test_archives_verify_alone_and_one_after_another(bus: Instance, tmp_path: Path) -> None:
    bed = Bed(bus, tmp_path / "seals", "test.seals-archive")
    for expected in (100, 200):
        bed.write((100, True))
        bed.seal(expected)
    with Bulk(bed.home, "admin") as bulk:
        parts = list(archiving.parts(bed.chain.seals(), bulk, bed.place, bulk.spans({bed.place: None})[bed.place]))
    half = len(parts) // 2
    first, second = (archive.write(tmp_path / "archive", some) for some in (parts[:half], parts[half:]))
    assert [found(one) for one in archiving.verify([first, second], bed.public, None)] == [[]]
    (alone,) = archiving.verify([first], bed.public, None)
    assert alone.head is not None
    assert [found(one) for one in archiving.verify([second], bed.public, [alone.head.digest])] == [[]]


def test_seals_that_the_files_lost_come_back_from_the_bus_with_their_leaves(bus: Instance, tmp_path: Path) -> None:
    bed = Bed(bus, tmp_path / "seals", "test.seals-restore")
    for expected in (30, 60):
        bed.write((30, True))
        bed.seal(expected)
    restored = tmp_path / "restored"
    with Bulk(bed.home, "admin") as bulk:
        back = list(bring_back(restored, bed.published, bulk, bed.public))
        assert back == list(Chain(restored, *bed.place).seals()) == list(bed.chain.seals())
        assert Chain(restored, *bed.place).leaves(0, 60) == bed.chain.leaves(0, 60)
        assert list(bring_back(restored, bed.published, bulk, bed.public)) == []
        with pytest.raises(SetupError, match="do not go on from"):
            list(bring_back(tmp_path / "other", bed.published[1:], bulk, bed.public))


# ---- rights, by foreign clients


@pytest.mark.parametrize("topic", DATA)
def test_the_auditor_writes_nowhere(bus: Instance, topic: str) -> None:
    client = KafkaProducer(**python(bus, "auditor"), acks="all", enable_idempotence=False, max_block_ms=5_000)
    try:
        with pytest.raises(TopicAuthorizationFailedError):
            client.send(topic, b"x", key=b"k").get(10)
    finally:
        client.close(0)


@pytest.mark.parametrize("topic", ["housing.request", "housing.verdict", "civil-affairs.question", "health.lab-result", "bus.verify.state"])
def test_the_operator_reads_no_payload(bus: Instance, topic: str) -> None:
    client = KafkaConsumer(**python(bus, "operator"), group_id=None, auto_offset_reset="earliest")
    client.assign([TopicPartition(topic, 0)])
    try:
        with pytest.raises(TopicAuthorizationFailedError):
            for _ in range(40):
                client.poll(timeout_ms=500)
    finally:
        client.close()


@pytest.mark.parametrize("who", ["auditor", "operator", "monitor", "worker-1", "housing"])
def test_nobody_else_writes_seals(bus: Instance, who: str) -> None:
    client = KafkaProducer(**python(bus, who), acks="all", enable_idempotence=False, max_block_ms=5_000)
    try:
        with pytest.raises(TopicAuthorizationFailedError):
            client.send("bus.seals", b"x", key=b"k").get(10)
    finally:
        client.close(0)


def quick_cleaner(bus: Instance) -> None:
    client = KafkaAdminClient(**python(bus, "admin"))
    client.alter_configs([ConfigResource("broker", "1", {"log.cleaner.backoff.ms": "200"})], incremental=True)
    client.close()
