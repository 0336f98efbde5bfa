"""Pause and resume: nothing lost, nothing twice, the old order, and no other exchange feels it; over restarts at any point."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.desk import CONTROL, CONTROL_TOPIC
from agents.runtime import pause
from agents.runtime.store import Partition
from agents.runtime.work import QUARANTINE, Result, Work
from tests.unit.runtime.test_engine import CODEC, raw
from tests.unit.shapes import world

EXCHANGES = {"proof-01": "proof-01-marital-status", "proof-05": "proof-05-household-registration"}
ITEMS = st.sampled_from(sorted(EXCHANGES))
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["ask", "ask", "ask", "pause", "resume"]), ITEMS),
        st.tuples(st.just("answer"), st.integers(0, 30)),
        st.just(("restart", "")),
    ),
    max_size=60,
)


def asked(item: str, number: int, offset: int, at_ms: int) -> Any:
    return raw(world.request(item, request_id=f"r{number}"), offset, at_ms)


def answered(item: str, number: int, offset: int, at_ms: int) -> Any:
    return raw(world.answer(item, request_id=f"r{number}"), offset, at_ms)


def ordered(item: str, state: str, offset: int, at_ms: int) -> Any:
    data = {"exchange": EXCHANGES[item], "state": state, "why": "test", "at": at_ms}
    made = world.envelope(CONTROL_TOPIC, CONTROL, data, at_ms, source="/gov-data/operator", id=f"c{offset}", key=EXCHANGES[item].encode())
    return raw(made, offset, at_ms)


@dataclass
class Bench:
    """One partition, worked by hand, with its changelog."""

    part: Partition = field(default_factory=lambda: Partition.empty(0))
    work: Work = field(default_factory=lambda: Work(world.make_desk(), CODEC))
    log: dict[bytes, tuple[bytes, Any]] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)
    booked: Counter[tuple[str, str]] = field(default_factory=Counter)

    def take(self, record: Any) -> list[Any]:
        result = Result()
        self.work.take(self.part, record, result)
        for change in self.part.changes("bus.verify.state"):
            if change.value is None:
                self.log.pop(change.key, None)
            else:
                self.log[change.key] = (change.value, change.headers)
        self.told += [(each.topic, dict(each.headers)["ce_id"].decode()) for each in result.records]
        for (_, exchange, account), records in result.booked.items():
            self.booked[exchange, account] += records
        return result.records

    def restart(self) -> None:
        """As a new worker: all that counts is the changelog."""
        self.part = Partition.empty(0)
        for key, (value, headers) in self.log.items():
            self.part.restore(key, value, headers)
        self.part.restored()

    def off(self) -> dict[str, int]:
        """How far each exchange's book is from being even."""
        return {
            name: 2 * self.booked[name, "in"] - sum(n for (one, _), n in self.booked.items() if one == name) - self.part.open.get(name, 0)
            for name in EXCHANGES.values()
        }


@settings(max_examples=80, deadline=None)
@given(EVENTS)
def test_it_is_as_if_the_requests_had_come_when_the_exchange_went_on(events: list[tuple[str, Any]]) -> None:
    bench, plain = Bench(), Bench()
    waiting: dict[str, list[int]] = {}
    items: list[str] = []
    for offset, (what, which) in enumerate([*events, ("resume", "proof-01"), ("resume", "proof-05")]):
        at_ms = world.START_MS + offset
        if what == "ask":
            items.append(which)
            bench.take(asked(which, len(items) - 1, offset, at_ms))
            if which in waiting:
                waiting[which].append(len(items) - 1)
            else:
                plain.take(asked(which, len(items) - 1, offset, at_ms))
        elif what == "answer" and which < len(items) and which not in waiting.get(items[which], ()):
            bench.take(answered(items[which], which, offset, at_ms))
            plain.take(answered(items[which], which, offset, at_ms))
        elif what == "restart":
            bench.restart()
        elif what == "pause":
            bench.take(ordered(which, "paused", offset, at_ms))
            waiting.setdefault(which, [])
        elif what == "resume":
            bench.take(ordered(which, "running", offset, at_ms))
            for number in waiting.pop(which, []):
                plain.take(asked(which, number, offset, at_ms))
        assert bench.told == plain.told
        assert not any(bench.off().values()), "in = delivered + refused + quarantined + duplicate + in flight, while requests wait too"
    assert not bench.part.held
    assert not [key for key in bench.log if b"|!" in key], "nothing of a pause stays behind"


def test_a_holder_has_its_whole_time_after_a_pause_that_was_longer() -> None:
    bench, hour = Bench(), 3_600_000
    bench.take(ordered("proof-01", "paused", 0, world.START_MS))
    bench.take(asked("proof-01", 1, 0, world.START_MS + 1))
    (question,) = bench.take(ordered("proof-01", "running", 1, world.START_MS + hour))
    assert CODEC.read("gov_data.ProofQuestion", question.value)["due"] == world.START_MS + hour + 30_000


def test_what_comes_beyond_the_bound_is_kept_in_quarantine_and_counted(monkeypatch: Any) -> None:
    monkeypatch.setattr(pause, "AT_MOST", 2)
    bench = Bench()
    bench.take(ordered("proof-01", "paused", 0, world.START_MS))
    for number in range(3):
        bench.take(asked("proof-01", number, number, world.START_MS + 1 + number))
    assert [topic for topic, _ in bench.told] == [QUARANTINE]
    assert not any(bench.off().values())
    assert len(bench.take(ordered("proof-01", "running", 1, world.START_MS + 9))) == 2


def test_an_order_for_no_exchange_is_refused_and_changes_nothing() -> None:
    bench = Bench()
    order = ordered("proof-01", "paused", 0, world.START_MS)
    order.value = CODEC.encode(CONTROL, {"exchange": "proof-99", "state": "paused", "why": "test", "at": 1})
    (kept,) = bench.take(order)
    assert CODEC.read("gov_data.Quarantined", kept.value)["reason"] == "UNKNOWN_EXCHANGE"
    assert not bench.part.held
