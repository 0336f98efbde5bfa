"""Bad records and bad rules: what is set aside, and when the line stops."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.runtime.store import Partition
from agents.runtime.work import POISON_RUN, QUARANTINE, Result, Work
from govbus.envelope import Envelope, from_ms, made_headers, read_record, stamped
from tests.unit.runtime.test_engine import ASKED, CODEC
from tests.unit.shapes import world


@dataclass
class Broken:
    """The house's rules with a bug that comes and goes."""

    desk: Any
    failing: bool = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self.desk, name)

    def decide(self, *args: Any) -> Any:
        if self.failing:
            raise ZeroDivisionError
        return self.desk.decide(*args)


def take(work: Work, part: Partition) -> list[str]:
    """Reasons of what one request brought into the quarantine."""
    result = Result()
    work.take(part, ASKED, result)
    return [CODEC.read("gov_data.Quarantined", each.value or b"")["reason"] for each in result.records if each.topic == QUARANTINE]


def test_a_rule_that_fails_now_and_then_costs_only_what_it_fails_on() -> None:
    rules, part = Broken(world.make_desk()), Partition.empty(0)
    work = Work(rules, CODEC)
    for _ in range(3):
        rules.failing = True
        for _ in range(POISON_RUN - 1):
            assert take(work, part) == ["SHAPE_FAILED"]
        rules.failing = False
        assert take(work, part) == []


def test_a_rule_that_fails_on_everything_stops_the_line() -> None:
    work, part = Work(Broken(world.make_desk()), CODEC), Partition.empty(0)
    for _ in range(POISON_RUN - 1):
        take(work, part)
    with pytest.raises(ZeroDivisionError):
        take(work, part)


def test_a_record_that_our_rules_cannot_even_route_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(_: Envelope) -> str:
        raise LookupError

    rules, part = Broken(world.make_desk(), failing=False), Partition.empty(0)
    work = Work(rules, CODEC)
    with monkeypatch.context() as patched:
        patched.setattr(rules, "route", lost, raising=False)
        for _ in range(POISON_RUN - 1):
            assert take(work, part) == ["SHAPE_FAILED"]
        with pytest.raises(LookupError):
            take(work, part)
    assert take(work, part) == []


@pytest.mark.parametrize(
    ("reason", "wrong"),
    [
        ("BAD_HEADER", {"headers": [], "key": b"", "value": b""}),
        ("BAD_HEADER", {"headers": [(name, raw) for name, raw in ASKED.headers if name != "ce_id"], "value": b"\0" * 9}),
        ("BAD_HEADER", {"headers": [*ASKED.headers, ("ce_id", b"twice")], "value": ASKED.value[:-1]}),
        ("BAD_HEADER", {"headers": [(name, b"2.0" if name == "ce_specversion" else raw) for name, raw in ASKED.headers]}),
        ("BAD_KEY", {"key": b"", "value": None}),
        ("UNDECODABLE", {"value": None}),
        ("UNDECODABLE", {"value": b"{}"}),
        ("UNDECODABLE", {"value": ASKED.value[:-1]}),
        ("UNKNOWN_SCHEMA", {"value": b"\0\0\0\xff\xff" + ASKED.value[5:]}),
        ("WRONG_SCHEMA", {"topic": "civil-affairs.answer"}),
        ("WRONG_SCHEMA", {"headers": [(name, b"gov_data.ProofAnswer" if name == "ce_type" else raw) for name, raw in ASKED.headers]}),
    ],
)
def test_of_a_record_that_is_wrong_in_several_ways_the_headers_come_first(reason: str, wrong: dict[str, Any]) -> None:
    result, record = Result(), replace(ASKED, **wrong)
    Work(world.make_desk(), CODEC).take(Partition.empty(0), record, result)
    (kept,) = [CODEC.read("gov_data.Quarantined", each.value or b"") for each in result.records]
    assert (kept["reason"], kept["topic"], kept["offset"]) == (reason, record.topic, record.offset)
    assert kept["value"] == record.value


@given(st.text("0123456789abcdef", min_size=1), st.integers(0, 2**42), st.text("abc", max_size=3))
def test_headers_of_what_is_written_are_those_of_its_envelope(name: str, at_ms: int, trace: str) -> None:
    whole = Envelope(name, "/gov-data/verify", "gov_data.ProofVerdict", from_ms(at_ms), "housing.verdict", b"k", b"v", name, "c", trace)
    assert made_headers(name, whole.source, whole.type, stamped(at_ms), name, "c", trace) == whole.headers()
    read = read_record("housing.verdict", 0, 7, at_ms, b"k", b"v", whole.headers(), {"a": 1})
    assert read == whole._replace(partition=0, offset=7, recorded_ms=at_ms, data={"a": 1})
