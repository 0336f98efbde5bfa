"""A standing written under an old schema is taken up by a worker that has a new one, and is written anew in it."""

import copy
from typing import Any

from agents.runtime.engine import Engine
from agents.runtime.ledger import Ledger
from agents.runtime.work import Work
from govbus.ports import NullObserver
from schemas import release
from schemas.codec import Codec
from tests.unit.runtime.test_engine import ANSWERED, ANSWERS, ASKED, CODEC, REQUESTS, Batch, Log, asyncio, engine, process
from tests.unit.shapes import world
from topics.load import records

STATE, NEW_ID = "gov_data.VerifyState", 9001


def newer() -> Codec:
    """The released schemas, and a next version of the standing with one field more on the outside and one inside."""
    released = release.load()
    schemas: dict[int, Any] = {entry.id: release.text(entry) for entry in released.entries}
    latest = {name: entry.id for name, entry in released.latest().items()}
    grown = copy.deepcopy(schemas[latest[STATE]])
    grown["fields"].append({"name": "note", "type": ["null", "string"], "default": None})
    check = next(field for field in grown["fields"] if field["name"] == "checks")["type"]["values"]
    check["fields"].append({"name": "channel", "type": "string", "default": "counter"})
    return Codec({**schemas, NEW_ID: grown}, {**latest, STATE: NEW_ID}, records())


class Left:
    """A broker with what an engine before has committed."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def positions(self, partitions: Any) -> dict[Any, int]:
        return {place: 1 if place == REQUESTS else -1 for place in partitions}

    def read(self, partitions: Any, use: Any, progress: Any = None) -> int:
        topics = {topic for topic, _ in partitions}
        for each in self.log.committed:
            if each.topic in topics:
                use(0, each.key, each.value, each.headers)
        return 0


def test_a_standing_of_an_old_version_is_gone_on_with() -> None:
    before, log, codec = Log(), Log(), newer()
    process(engine(before), Batch([ASKED], -1), idle=set())
    made = Engine(
        Work(world.make_desk(), codec), Ledger(codec, "bus.verify.ledger"), log, Left(before), NullObserver(),  # type: ignore[arg-type]
        "bus.verify.state", "bus.verify.ledger",
    )  # fmt: skip
    asyncio.run(made.restore([REQUESTS, ANSWERS]))
    process(made, Batch([ANSWERED], -1), idle={REQUESTS})
    assert log.verdicts() == ["match"]
    old, new = (next(each.value for each in one.committed if each.topic == "bus.verify.state") for one in (before, log))
    assert CODEC.read(STATE, old or b"")["checks"].keys() == codec.read(STATE, new or b"")["checks"].keys()
    assert (new or b"")[:5] == b"\0" + NEW_ID.to_bytes(4, "big")
    assert [check["channel"] for check in codec.read(STATE, new or b"")["checks"].values()] == ["counter"]
