"""A round of testing under kill -9 of source, agents and sink, and a second worker that comes in the middle of it.

The undisturbed run is the same log through the shapes, one record after the other, without servers: what checkpoints see must be equal to
it byte by byte. And it must be what the people's samples say, reckoned without any of the bus's code.
"""

import hashlib
import os
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from adapters.checkpoint.store import Writer, path
from agents import loading
from agents.wiring import make_desk
from audit.difference import Wanted
from audit.replay import Sandbox
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


@pytest.fixture(scope="module")
def noon_ms(city: Instance) -> int:
    """The round, under kills; when its samples were taken."""
    home, chance = city.home, random.Random(SEED)  # noqa: S311  # repeatable moments, not a secret
    noon = (int(time.time()) - 60) * 1000
    make_known(home, KNOWN, hands=1)
    wait("known", KNOWN, lambda: stored(home, "SELECT count(*) FROM code WHERE level IS NOT NULL"), 60, 0.1)
    files = write_files(Home(home).site.drops["health"], PEOPLE, noon, A_FILE)
    portion = -(-len(files) // len(VICTIMS))
    for wave, victims in enumerate(VICTIMS):
        for each in files[wave * portion : (wave + 1) * portion]:
            each.with_name(each.name + ".ok").touch()
        if not wave:
            city.supervisor.start("worker-2")  # partitions move while results are under way
        for name in victims:
            time.sleep(chance.uniform(0.1, 0.8))  # the random moment
            kill(city, name)
    wait_round(home, wanted(PEOPLE, noon, KNOWN), noon, 120)
    return noon


def test_a_round_under_kill_9_and_a_rebalance_ends_like_the_undisturbed_one(city: Instance, noon_ms: int, tmp_path: Path) -> None:
    home = city.home
    assert not list(Home(home).site.drops["health"].glob("*.csv*"))
    undisturbed(Home(home), tmp_path / "undisturbed.sqlite")
    assert digest(path(Home(home), SINK)) == digest(tmp_path / "undisturbed.sqlite")
    assert list(wrong(home, PEOPLE, noon_ms, KNOWN)) == []
    assert not list(broker.scan(Home(home), "admin", ["bus.quarantine"]))


@pytest.mark.usefixtures("noon_ms")
def test_the_round_decided_again_is_equal_and_a_fault_in_a_rule_is_found(city: Instance, tmp_path: Path) -> None:
    """The seeded fault: who was in a positive pool is called red, as if he were positive himself."""
    home = Home(city.home)
    told = Sandbox(home, make_desk(home), tmp_path / "today", "the project").run(Wanted())
    assert told.differences == []
    assert told.equal > PEOPLE // 100

    for name in ("exchanges", "rules"):
        shutil.copytree(loading.ROOM / name, tmp_path / name)
    for file in (tmp_path / "rules" / "health-code").glob("gd-*.yaml"):
        file.write_text(
            file.read_text(encoding="utf-8").replace("kind: pool.positive, level: yellow", "kind: pool.positive, level: red"), "utf-8"
        )
    faulty = make_desk(home, loading.load_exchanges(tmp_path / "exchanges"))
    found = Sandbox(home, faulty, tmp_path / "faulty", "a fault").run(Wanted())
    told_of = [each for each in found.differences if each.topic == "health.code-change"]
    assert {each.what for each in told_of} >= {"differs"}
    pools = {record.key for record in broker.scan(home, "admin", ["health.pool-positive"])}
    places = {each.place: each for each in told_of if each.what == "differs"}
    named = {record.key for record in broker.scan(home, "admin", ["health.code-change"]) if record.place in places}
    assert named
    assert named <= pools, "members of positive pools, and nobody else"


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
