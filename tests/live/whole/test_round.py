"""A round of testing under kill -9 of source, agents and sink, and a second worker that comes in the middle of it.

The undisturbed run is the same log through the shapes, one record after the other, without servers: what checkpoints see must be equal to
it byte by byte. And it must be what the people's samples say, reckoned without any of the bus's code.
"""

import hashlib
import os
import random
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from adapters.checkpoint.store import Writer, path
from benchmarks.city_bus import SINK, SOURCE, make_known, stored, wait, wait_round, wanted, wrong
from benchmarks.city_people import write_files
from govbus.settings import Home
from local.instance import Instance
from schemas.codec import Codec
from schemas.purposes import keys_of
from tests.live.bring_up import servers
from tests.unit.shapes.standing_world import RECORDS, Bus
from topics import broker

pytestmark = [pytest.mark.kafka, pytest.mark.faults, pytest.mark.timeout(400)]
PEOPLE, KNOWN, A_FILE, SEED = 20_000, 1_500, 1_250, 20261129
INPUTS = ("public-security.person", "health.contact-order", "health.lab-round", "health.pool-positive")
SEEN = "SELECT hex(person), level, own_at, own_shown, bulk_at FROM code ORDER BY person"
VICTIMS = ((SOURCE, "worker-1"), (SINK, "worker-2"), (SOURCE, SINK), ("worker-1", "worker-2"))


@pytest.fixture(scope="module")
def city() -> Iterator[Instance]:
    with servers(ids=(SOURCE, SINK), workers=2) as instance:
        instance.start_programs(["worker-1", SOURCE, SINK])
        yield instance


def test_a_round_under_kill_9_and_a_rebalance_ends_like_the_undisturbed_one(city: Instance, tmp_path: Path) -> None:
    home, chance = city.home, random.Random(SEED)  # noqa: S311  # repeatable moments, not a secret
    noon_ms = (int(time.time()) - 60) * 1000
    make_known(home, KNOWN, hands=1)
    wait("known", KNOWN, lambda: stored(home, "SELECT count(*) FROM code WHERE level IS NOT NULL"), 60, 0.1)
    files = write_files(Home(home).site.drops["health"], PEOPLE, noon_ms, A_FILE)
    portion = -(-len(files) // len(VICTIMS))
    for wave, victims in enumerate(VICTIMS):
        for each in files[wave * portion : (wave + 1) * portion]:
            each.with_name(each.name + ".ok").touch()
        if not wave:
            city.supervisor.start("worker-2")  # partitions move while results are under way
        for name in victims:
            time.sleep(chance.uniform(0.1, 0.8))  # the random moment
            kill(city, name)
    wait_round(home, wanted(PEOPLE, noon_ms, KNOWN), noon_ms, 120)

    assert not list(Home(home).site.drops["health"].glob("*.csv*"))
    undisturbed(Home(home), tmp_path / "undisturbed.sqlite")
    assert digest(path(Home(home), SINK)) == digest(tmp_path / "undisturbed.sqlite")
    assert list(wrong(home, PEOPLE, noon_ms, KNOWN)) == []
    assert not list(broker.scan(Home(home), "admin", ["bus.quarantine"]))


def kill(city: Instance, name: str) -> None:
    deadline = time.monotonic() + 60
    while not (pid := city.supervisor.pid(name)):
        assert time.monotonic() < deadline, f"{name} does not come back"
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)


def undisturbed(home: Home, file: Path) -> None:
    """The log of this run, through the shapes alone, into a store of its own."""
    bus, store, codec = Bus(), Writer(file), Codec.load(RECORDS, keys=keys_of(home))
    for record in sorted(broker.scan(home, "admin", INPUTS), key=lambda each: each.timestamp):
        bus.send(record.timestamp, record.topic, record.key or b"", codec.decode(record.topic, record.value or b"")[1])
    for _, key, out in bus.outputs:
        if out.topic == "service-center.code-change":
            badge: Any = next(each for each in out.data["badges"] if each["badge"] == "nucleic")
            code = (bytes.fromhex(key.decode()), out.data["level"], 0, out.data["revision"], badge["as_of"], bool(badge["value"]))
            store.write([code], [], {}, 0)
        elif out.topic == "service-center.code-badge":
            store.write([], [(bytes.fromhex(each["person_key"]), each["as_of"]) for each in out.data["persons"]], {}, 0)
    store.close()


def digest(file: Path) -> tuple[int, str]:
    """All that a checkpoint could see but for when it was decided."""
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as link:
        rows = link.execute(SEEN).fetchall()
    return len(rows), hashlib.sha256(repr(rows).encode()).hexdigest()
