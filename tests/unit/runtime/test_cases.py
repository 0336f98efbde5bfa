"""A promise through both shapes and the worker's own lines: checks move the case, restarts change nothing, the books agree."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from agents.runtime.rdkafka import Outgoing
from agents.runtime.store import Partition
from agents.runtime.work import QUARANTINE, Result, Work
from tests.unit.runtime.test_engine import CODEC, Raw, raw
from tests.unit.shapes import case_world, world

CASE = "commitment.A1"
STATE_KEY = b"commitment|" + world.KEYS.key(world.PERSON["id_type"], world.PERSON["id_no"])


@dataclass
class Bench:
    """One partition; what the agents write to their own input comes back to them; with ``restarts`` it is restored before each record."""

    restarts: bool = False
    part: Partition = field(default_factory=lambda: Partition.empty(0))
    work: Work = field(default_factory=lambda: Work(world.make_desk(), CODEC))
    log: dict[bytes, Outgoing] = field(default_factory=dict)
    written: list[Outgoing] = field(default_factory=list)
    booked: Counter[tuple[str, str]] = field(default_factory=Counter)
    at_ms: int = world.START_MS
    offset: int = 0

    def say(self, made: Any) -> list[Outgoing]:
        """One record at its own log time; its consequences, and what follows from them."""
        self.at_ms, self.offset = max(self.at_ms + 1000, made.recorded_ms), self.offset + 1
        return self.feed(raw(made, self.offset, self.at_ms))

    def feed(self, record: Raw) -> list[Outgoing]:
        result = Result()
        self.work.fire(self.part, record.timestamp, result)
        self.work.take(self.part, record, result)
        for change in self.part.changes("bus.verify.state"):
            self.log[change.key or b""] = change
        for (_, exchange, account), count in result.booked.items():
            self.booked[exchange, account] += count
        self.written += result.records
        if self.restarts:
            self.restart()
        told = list(result.records)
        for each in [each for each in result.records if each.topic in self.work.desk.inputs]:
            self.at_ms, self.offset = self.at_ms + 1, self.offset + 1
            told += self.feed(Raw(each.topic, 0, self.offset, self.at_ms, each.key or b"", each.value or b"", list(each.headers)))
        return told

    def restart(self) -> None:
        self.part = Partition.empty(0)
        for key, change in self.log.items():
            self.part.restore(key, change.value, change.headers)
        self.part.restored()

    def move(self, name: str, **more: Any) -> list[Outgoing]:
        return self.say(case_world.move(name, self.at_ms + 1000, **more))

    def answer(self, outcome: str, request: str = "r1", version: str = "v1") -> list[Outgoing]:
        return self.say(world.answer("proof-01", self.at_ms + 1000, request_id=request, outcome=outcome, source_version=version))

    def ask(self, request: str = "r1", **more: Any) -> list[Outgoing]:
        return self.say(world.request("proof-01", self.at_ms + 1000, request_id=request, case_id=CASE, **more))

    def state(self) -> str:
        entry = self.part.get(STATE_KEY)
        return str(CODEC.read("gov_data.CaseState", entry.value)["cases"][CASE]["state"]) if entry else ""

    def even(self) -> bool:
        books = Counter[str]()
        for (_, account), count in self.booked.items():
            books[account] += count
        return 2 * books["in"] - sum(books.values()) == sum(self.part.open.values())


def walked(restarts: bool = False) -> Bench:
    bench = Bench(restarts)
    for name in ("apply", "inform", "commit", "rate"):
        bench.move(name)
    bench.ask()
    assert bench.state() == "rated"
    return bench


@pytest.mark.parametrize("restarts", [False, True])
def test_a_correction_of_the_holder_reaches_the_case(restarts: bool) -> None:
    bench = walked(restarts)
    bench.answer("mismatch")
    assert bench.state() == "mismatch"
    bench.move("hear")
    bench.move("find-data-error")
    data = {
        "correction_id": "c1", "holder": "civil-affairs", "item": "proof-01", "kind": "corrected", "old_versions": ["v1"],
        "corrected_at": bench.at_ms,
    }  # fmt: skip
    made = world.envelope("civil-affairs.correction", "gov_data.ProofCorrection", data, bench.at_ms + 1000, id="c1")
    told = bench.say(made)
    assert "civil-affairs.question" in {each.topic for each in told}
    told = bench.answer("match", version="v2")
    assert bench.state() == "checked"
    topics = [each.topic for each in told]
    assert topics.count("housing.case-progress") == 2, "opened again, and passed"
    assert topics.count("civil-affairs.case-progress") == 1, "the holder was told of the review, so it is told again"
    assert bench.even()
    assert bench.booked["commitment", "in"] == bench.booked["commitment", "delivered"] == 6
    ids = [dict(each.headers)["ce_id"] for each in bench.written]
    assert len(ids) == len(set(ids)), "each output has an id of its own"


def test_silence_of_the_holder_opens_the_hand_s_way_and_nothing_else() -> None:
    bench = walked()
    bench.at_ms += 3_600_000
    bench.move("inform", case="commitment.A9")  # any later record lets the timers fire
    assert bench.state() == "unverified"
    late = [each for each in bench.written if each.topic == "bus.case-check"]
    assert [CODEC.read("gov_data.CaseChecked", each.value or b"")["outcome"] for each in late] == ["timeout"]


def test_a_bad_record_on_a_case_topic_is_booked_and_its_neighbours_go_on() -> None:
    bench = Bench()
    made = raw(case_world.move("apply", world.START_MS), 1, world.START_MS)
    for reason, bad in (
        ("UNDECODABLE", replace(made, value=b"\x00\x00")),
        ("SOURCE_MISMATCH", replace(made, topic="education.case")),
        ("BAD_KEY", replace(made, key=b"0" * 64)),
        (
            "UNKNOWN_EXCHANGE",
            raw(case_world.move("apply", world.START_MS, data={"exchange": "proof-01-marital-status"}), 2, world.START_MS),
        ),
    ):
        told = bench.feed(bad)
        assert [each.topic for each in told] == [QUARANTINE]
        assert CODEC.read("gov_data.Quarantined", told[0].value or b"")["reason"] == reason
    bench.feed(made)
    assert bench.state() == "applied"
    assert sum(count for (_, account), count in bench.booked.items() if account == "quarantined") == 4
    assert bench.even()


def test_while_the_exchange_is_paused_its_moves_wait_in_their_order() -> None:
    bench = Bench()
    for state in ("paused", "running"):
        if state == "running":
            for name in ("apply", "inform", "commit", "rate"):
                bench.move(name)
            bench.ask()
            bench.answer("match")
            assert bench.state() == ""
            assert bench.even()
        data = {"exchange": "commitment", "state": state, "why": "test", "at": bench.at_ms}
        bench.say(
            world.envelope("bus.control", "gov_data.ExchangeControl", data, bench.at_ms + 1000, "/gov-data/operator", id=state, key=b"x")
        )
    assert bench.state() == "checked"
    assert not [each for each in bench.written if each.topic == QUARANTINE]
    assert bench.even()


@pytest.mark.parametrize("case_id", ["A1", "proof-01-marital-status.A1", "commitment.449999199003070015", "commitment."])
def test_a_request_whose_case_nobody_keeps_is_refused(case_id: str) -> None:
    bench = Bench()
    told = bench.say(world.request("proof-01", bench.at_ms, request_id="r1", case_id=case_id))
    verdict = CODEC.read("gov_data.ProofVerdict", told[0].value or b"")
    assert (verdict["outcome"], verdict["reason"], len(told)) == ("refused", "CASE_BAD_ID", 1)
    assert case_id not in str(verdict)
