"""A real worker on a real broker: one verdict a request, whatever is killed when; bad records are kept, whole, with their reason."""

import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from agents.runtime.rdkafka import Pairs, Stable
from govbus.envelope import Envelope
from govbus.pseudonym import SubjectKeys
from govbus.settings import Home
from local.instance import Instance
from monitoring import control
from schemas.codec import Codec
from schemas.purposes import keys_of
from tests.unit.shapes import world
from topics.broker import Producer
from topics.broker.bulk import connection
from topics.load import records

pytestmark = pytest.mark.kafka


class Bus:
    """The bus as seen from outside: departments write, an onlooker reads what is committed."""

    def __init__(self, instance: Instance) -> None:
        self.instance, self.home = instance, Home(instance.home)
        self.codec, self.run = Codec.load(records(), keys=keys_of(self.home)), uuid.uuid4().hex[:8]
        self.keys = SubjectKeys(instance.secret("subject-key"))
        self.onlooker = Stable(connection(self.home, "admin"), "onlooker")

    def record(self, made: Envelope, **changes: Any) -> Envelope:
        """A record of the test's world for this wire: real bytes, real key, real time."""
        data = dict(made.data or {})
        value = self.codec.encode(made.type, data)
        subject = data.get("subject") or world.PERSON
        key = self.keys.key(subject["id_type"], subject["id_no"])
        return made._replace(value=value, key=key, time=datetime.now(UTC), **changes)

    def request(self, number: object, item: str = "proof-17", **changes: Any) -> Envelope:
        return self.record(world.request(item, request_id=f"{self.run}-{number}", **changes))

    def verdicts(self) -> Counter[str]:
        """How often each request of this test has a committed verdict."""
        found: Counter[str] = Counter()

        def use(_: int, __: bytes, value: bytes | None, headers: Pairs) -> None:
            if dict(headers).get("ce_correlationid", b"").decode().startswith(self.run):
                found[self.codec.read("gov_data.ProofVerdict", value or b"")["request_id"]] += 1

        self.onlooker.read([("housing.verdict", partition) for partition in range(3)], use)
        return found

    def quarantined(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []

        def use(_: int, __: bytes, value: bytes | None, ___: Pairs) -> None:
            found.append(self.codec.read("gov_data.Quarantined", value or b""))

        self.onlooker.read([("bus.quarantine", partition) for partition in range(3)], use)
        return found

    @contextmanager
    def worker(self, failpoint: str = "") -> Iterator[subprocess.Popen[bytes]]:
        env = {**os.environ, "GOVBUS_HOME": str(self.home.folder), "GOVBUS_FAILPOINT": failpoint}
        process = subprocess.Popen([sys.executable, "-m", "govbus", "worker", "--name", "worker-1"], env=env)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def outside(bus: Instance) -> Iterator[Bus]:
    made = Bus(bus)
    yield made
    made.onlooker.close()


def until(what: str, ready: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.2)


def passport(number: int) -> dict[str, str]:
    return {"id_type": "414", "id_no": f"E{number:08d}"}


def test_one_verdict_a_request_under_kill_9_at_random_moments(outside: Bus) -> None:
    chance = random.Random(20261124)  # noqa: S311  # repeatable moments, not a secret
    producer = Producer(outside.home, "housing")
    total, rounds = 3_000, 6
    for number in range(rounds):
        with outside.worker() as worker:
            # Many people: the standing of one who was asked about 3,000 times is written again with each request.
            producer.send_all([outside.request(n, subject=passport(n % 300)) for n in range(number * 500, number * 500 + 500)])
            time.sleep(chance.uniform(1.5, 5))  # the moment of the kill: before, during or after the work
            worker.send_signal(signal.SIGKILL)
    with outside.worker():
        until("all verdicts", lambda: len(outside.verdicts()) == total, 120)
    assert set(outside.verdicts().values()) == {1}


@pytest.mark.parametrize("failpoint", ["agent.before-commit", "agent.after-commit"])
def test_a_death_right_beside_the_commit_has_no_effect(outside: Bus, failpoint: str) -> None:
    producer = Producer(outside.home, "housing")
    producer.send_all([outside.request(n) for n in range(50)])
    with outside.worker(failpoint) as worker:
        assert worker.wait(60) == 137
    with outside.worker():
        until("all verdicts", lambda: len(outside.verdicts()) == 50)
        producer.send_all([outside.request("end")])
        until("the last verdict", lambda: len(outside.verdicts()) == 51)
    assert set(outside.verdicts().values()) == {1}


def test_the_same_request_twice_has_one_verdict_and_other_bytes_are_a_conflict(outside: Bus) -> None:
    producer = Producer(outside.home, "housing")
    producer.send_all([outside.request(1), outside.request(1), outside.request(1, officer="ZJ0099"), outside.request(2)])
    with outside.worker():
        until("both verdicts", lambda: len(outside.verdicts()) == 2)
    assert set(outside.verdicts().values()) == {1}
    assert [each["reason"] for each in outside.quarantined() if outside.run.encode() in (each["value"] or b"")] == ["ID_CONFLICT"]


def test_bad_records_are_kept_whole_with_their_reason_and_neighbours_go_on(outside: Bus) -> None:
    good = outside.request("good")
    junk = b"\x00\x00\x00\x00\x05" + outside.run.encode()
    bad = {
        "UNDECODABLE": good._replace(value=junk, id=f"{outside.run}-a"),
        "UNKNOWN_SCHEMA": good._replace(value=b"\0\x7f\xff\xff\xff" + good.value[5:], id=f"{outside.run}-b"),
        "WRONG_SCHEMA": good._replace(value=outside.codec.encode("gov_data.Ledger", dict.fromkeys(LEDGER, 1)), id=f"{outside.run}-c"),
        "BAD_HEADER": good._replace(source="housing", id=f"{outside.run}-d"),
        "UNKNOWN_DEPARTMENT": outside.request("e", department="atlantis"),
        "SOURCE_MISMATCH": outside.request("f")._replace(source="/education/school"),
        "BAD_KEY": outside.request("g")._replace(key=b"0" * 32),
    }
    before = len(outside.quarantined())
    Producer(outside.home, "housing").send_all([*bad.values(), good])
    with outside.worker():
        until("the neighbour's verdict", lambda: len(outside.verdicts()) == 1)
        until("the quarantine", lambda: len(outside.quarantined()) == before + len(bad))
    kept = outside.quarantined()[-len(bad) :] if before == 0 else outside.quarantined()
    for reason, record in bad.items():
        assert any(each["reason"] == reason and each["value"] == record.value and each["owner"] == "housing" for each in kept), reason
    assert set(outside.verdicts().values()) == {1}


LEDGER = ("accepted", "delivered", "refused", "quarantined", "duplicate")


def test_a_graceful_stop_leaves_with_0_and_a_missing_right_says_so(outside: Bus) -> None:
    with outside.worker() as worker:
        Producer(outside.home, "housing").send_all([outside.request("x")])
        until("a verdict", lambda: len(outside.verdicts()) == 1)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(15) == 0


def test_a_paused_exchange_waits_over_a_kill_and_its_neighbour_goes_on(outside: Bus) -> None:
    exchange, producer = "proof-17-disability", Producer(outside.home, "housing")
    with outside.worker() as worker:
        producer.send_all([outside.request("before")])
        until("a verdict before the pause", lambda: len(outside.verdicts()) == 1)
        assert len(control.order(outside.home, exchange, "paused", "the holder's file is wrong")) == 3
        assert [each["exchange"] for each in control.paused(outside.home)] == [exchange]
        producer.send_all([outside.request(f"waits-{n}") for n in range(60)])
        producer.send_all([outside.request(f"goes-on-{n}", item="proof-99") for n in range(20)])
        until("the neighbour's verdicts", lambda: len(outside.verdicts()) == 21)
        worker.send_signal(signal.SIGKILL)
    with outside.worker():
        producer.send_all([outside.request("later", item="proof-99")])
        until("the neighbour's verdict after the kill", lambda: len(outside.verdicts()) == 22)
        control.order(outside.home, exchange, "running", "the file is right again")
        until("all that waited", lambda: len(outside.verdicts()) == 82)
    assert set(outside.verdicts().values()) == {1}
    assert control.paused(outside.home) == []
