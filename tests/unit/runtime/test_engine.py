"""The engine between consumer and transaction: log time, contiguity, and nothing standing that has not been committed."""

import asyncio
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from agents.runtime.consumer import Batch
from agents.runtime.engine import Engine
from agents.runtime.ledger import Ledger
from agents.runtime.rdkafka import Membership, Outgoing, Position
from agents.runtime.work import Work
from govbus.envelope import Envelope
from govbus.errors import RetryLater
from govbus.ports import NullObserver
from schemas.codec import Codec
from tests.unit import purpose_keys
from tests.unit.shapes import world
from topics.load import records

CODEC = Codec.load(records(), keys=purpose_keys.KEYS)
WHO = Membership("bus-verify", 1, "member", "worker-1")
REQUESTS, ANSWERS = ("housing.request", 0), ("civil-affairs.answer", 0)
FAR_MS = world.START_MS + 3_600_000


@dataclass
class Log:
    """Stands where the broker's transaction is: keeps what was committed, or refuses."""

    committed: list[Outgoing] = field(default_factory=list)
    refuse: bool = False

    def commit(self, records: Iterable[Outgoing], positions: Mapping[Position, int], membership: Membership) -> None:
        if self.refuse:
            msg = "fenced"
            raise RetryLater(msg)
        self.committed += records

    def verdicts(self) -> list[str]:
        return [
            CODEC.read("gov_data.ProofVerdict", each.value or b"")["outcome"] for each in self.committed if each.topic == "housing.verdict"
        ]


class Empty:
    """A broker on which nothing has been committed."""

    def positions(self, partitions: Iterable[Position]) -> dict[Position, int]:
        return dict.fromkeys(partitions, -1)

    def read(self, partitions: Any, use: Any, progress: Any = None) -> int:
        return 0


@dataclass
class Raw:
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


def raw(made: Envelope, offset: int, at_ms: int) -> Raw:
    wire = made._replace(value=CODEC.encode(made.type, dict(made.data or {})))
    return Raw(wire.topic, 0, offset, at_ms, wire.key, wire.value, wire.headers())


def engine(log: Log) -> Engine:
    made = Engine(
        Work(world.make_desk(), CODEC), Ledger(CODEC, "bus.verify.ledger"), log, Empty(), NullObserver(),  # type: ignore[arg-type]
        "bus.verify.state", "bus.verify.ledger",
    )  # fmt: skip
    asyncio.run(made.restore([REQUESTS, ANSWERS]))
    return made


def process(made: Engine, batch: Batch, idle: set[Position]) -> None:
    async def work() -> None:
        await made.process([batch], dict.fromkeys(idle, FAR_MS), WHO)
        await made.settled()

    asyncio.run(work())


def tick(made: Engine, seen: Mapping[Position, int]) -> None:
    async def fire() -> None:
        await made.tick(seen, WHO)
        await made.settled()

    asyncio.run(fire())


ASKED = raw(world.request("proof-01", request_id="r1"), 0, world.START_MS)
LATER = raw(world.request("proof-17", request_id="r2"), 1, world.START_MS + 60_000)
ANSWERED = raw(world.answer("proof-01", request_id="r1"), 0, world.START_MS + 10_000)


def test_an_answer_that_came_in_time_does_not_lose_against_a_topic_that_is_read_ahead() -> None:
    log = Log()
    made = engine(log)
    process(made, Batch([ASKED, LATER], -1), idle=set())  # the answers are not read yet: their topic is behind
    assert log.verdicts() == ["no_record"], "the later request only"
    process(made, Batch([ANSWERED], -1), idle={REQUESTS})
    assert log.verdicts() == ["no_record", "match"]


def test_where_the_answers_are_read_to_their_end_silence_is_a_timeout() -> None:
    log = Log()
    process(engine(log), Batch([ASKED, LATER], -1), idle={ANSWERS})
    assert log.verdicts() == ["timeout", "no_record"], "in order of log time"


def test_time_passes_where_all_inputs_are_at_rest() -> None:
    log = Log()
    made = engine(log)
    process(made, Batch([ASKED], -1), idle={ANSWERS})
    assert log.verdicts() == []
    tick(made, dict.fromkeys([REQUESTS, ANSWERS], world.START_MS + 30_000))
    assert log.verdicts() == [], "not before its due time has passed"
    tick(made, {REQUESTS: FAR_MS, ANSWERS: world.START_MS + 30_000})
    assert log.verdicts() == [], "not while one input was last seen before it: its broker may be away"
    tick(made, dict.fromkeys([REQUESTS, ANSWERS], world.START_MS + 30_001))
    assert log.verdicts() == ["timeout"]


def test_a_batch_that_repeats_is_not_worked_twice_and_one_behind_a_gap_stops_the_worker() -> None:
    log = Log()
    made = engine(log)
    process(made, Batch([ASKED, LATER], -1), idle={ANSWERS})
    told = (log.verdicts(), made.ledger.as_data())
    process(made, Batch([ASKED, LATER], -1), idle={ANSWERS})
    assert (log.verdicts(), made.ledger.as_data()) == told
    with pytest.raises(RetryLater, match="a batch that follows 7 came at position 2"):
        process(made, Batch([replace(LATER, offset=7)], 7), idle=set())
    with pytest.raises(RetryLater, match="a batch that follows 7 came at position -1"):
        process(engine(log), Batch([replace(LATER, offset=7)], 7), idle=set())


def test_after_a_commit_that_failed_nothing_is_done_any_more() -> None:
    log = Log(refuse=True)
    made = engine(log)
    with pytest.raises(RetryLater, match="fenced"):
        process(made, Batch([ASKED], -1), idle={ANSWERS})
    log.refuse = False
    with pytest.raises(RetryLater, match="fenced"):
        process(made, Batch([LATER], 1), idle={ANSWERS})
    assert log.committed == []


def test_a_commit_that_failed_is_seen_by_who_neither_sends_nor_waits() -> None:
    log = Slow()
    log.refuse = True
    made = engine(log)

    async def work() -> None:
        await made.process([Batch([ASKED], -1)], {}, WHO)
        assert made.failure() is None, "it is on its way"
        log.go.set()
        while made.sending():
            await asyncio.sleep(0.01)
        assert "fenced" in str(made.failure())

    asyncio.run(work())


def test_groups_are_worked_while_one_is_committed_and_committed_in_order() -> None:
    log = Slow()
    made, done = engine(log), list[int]()

    async def work() -> None:
        await made.process([Batch([ASKED], -1)], {}, WHO, lambda: done.append(1))
        assert (log.committed, done) == ([], []), "it does not wait for its own transaction"
        log.go.set()
        await made.process([Batch([LATER], 1)], {ANSWERS: FAR_MS}, WHO, lambda: done.append(2))
        await made.settled()

    asyncio.run(work())
    assert done == [1, 2]
    assert log.verdicts() == ["timeout", "no_record"]


def test_a_transaction_that_does_not_end_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.runtime.engine.COMMIT_S", 0.05)
    log = Slow()
    made = engine(log)

    async def work() -> None:
        assert not made.stuck()
        await made.process([Batch([ASKED], -1)], {}, WHO)
        assert not made.stuck()
        await asyncio.sleep(0.1)
        assert made.stuck()
        log.go.set()
        await made.settled()
        assert not made.stuck()

    asyncio.run(work())


@dataclass
class Slow(Log):
    """A broker whose first commit takes until it is let go."""

    go: threading.Event = field(default_factory=threading.Event)

    def commit(self, records: Iterable[Outgoing], positions: Mapping[Position, int], membership: Membership) -> None:
        assert self.go.wait(10)
        super().commit(records, positions, membership)


def test_where_nothing_comes_any_more_a_transaction_that_failed_is_noticed_all_the_same() -> None:
    made = engine(Log(refuse=True))
    with pytest.raises(RetryLater, match="fenced"):
        process(made, Batch([ASKED], -1), idle={ANSWERS})

    with pytest.raises(RetryLater, match="fenced"):
        asyncio.run(made.tick({}, WHO))


def test_of_a_group_that_broke_off_in_the_middle_no_tick_sends_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process leaves then, but not at once: positions are ahead already, so what follows would be lost."""
    log = Log()
    made = engine(log)
    desk, decide = made.work.desk, made.work.desk.decide

    def breaks(exchange: str, state: Any, event: Any, now_ms: int) -> Any:
        return 1 // 0 if getattr(event, "offset", 0) == LATER.offset else decide(exchange, state, event, now_ms)

    monkeypatch.setattr(type(desk), "decide", staticmethod(breaks))
    monkeypatch.setattr("agents.runtime.work.POISON_RUN", 1)
    with pytest.raises(ZeroDivisionError):
        process(made, Batch([ASKED, LATER], -1), idle=set())

    with pytest.raises(RetryLater, match="a group broke off"):
        tick(made, dict.fromkeys([REQUESTS, ANSWERS], FAR_MS))
    with pytest.raises(RetryLater, match="a group broke off"):
        process(made, Batch([replace(LATER, offset=2)], 2), idle=set())
    assert log.committed == []


def test_of_a_group_whose_sending_was_called_off_no_tick_sends_the_rest() -> None:
    log = Slow()
    made = engine(log)

    async def work() -> None:
        await made.process([Batch([ASKED], -1)], {}, WHO)
        second = asyncio.create_task(made.process([Batch([LATER], 1)], {}, WHO))
        await asyncio.sleep(0)
        second.cancel()  # while it waits for the transaction before
        with pytest.raises(asyncio.CancelledError):
            await second
        log.go.set()
        await made.settled()
        with pytest.raises(RetryLater, match="a group broke off"):
            await made.tick(dict.fromkeys([REQUESTS, ANSWERS], FAR_MS), WHO)

    asyncio.run(work())
    assert log.verdicts() == []


@dataclass
class BreaksOff(Empty):
    """A broker that gives the standings, and is gone before it has given the books; the next time it gives all."""

    state: list[Outgoing]
    gone: bool = True

    def read(self, partitions: Any, use: Any, progress: Any = None) -> int:
        if partitions[0][0] == "bus.verify.state":
            for each in self.state:
                use(0, each.key, each.value, each.headers)
        elif self.gone:
            self.gone = False
            msg = "reading ended early"
            raise RetryLater(msg)
        return len(self.state)


def test_after_a_restore_that_broke_off_no_timer_fires_on_half_of_what_was_known() -> None:
    log = Log()
    process(engine(log), Batch([ASKED], -1), idle=set())
    made, log.committed = engine(log), [each for each in log.committed if each.topic == "bus.verify.state"]
    made.stable = BreaksOff(list(log.committed))  # type: ignore[assignment]
    with pytest.raises(RetryLater, match="reading ended early"):
        asyncio.run(made.restore([REQUESTS, ANSWERS]))

    with pytest.raises(RetryLater, match="a group broke off"):
        tick(made, dict.fromkeys([REQUESTS, ANSWERS], FAR_MS))
    assert log.verdicts() == [], "its books would have begun at nothing again"

    asyncio.run(made.restore([REQUESTS, ANSWERS]))  # Faust may ask again, in the same process
    tick(made, dict.fromkeys([REQUESTS, ANSWERS], FAR_MS))
    assert log.verdicts() == ["timeout"]


def test_a_tick_does_not_wait_for_the_transaction_on_its_way() -> None:
    log = Slow()
    made = engine(log)

    async def work() -> None:
        await made.process([Batch([ASKED], -1)], {}, WHO)
        await asyncio.wait_for(made.tick({}, WHO), 5)
        assert made.sending()
        log.go.set()
        await made.settled()

    asyncio.run(work())


def test_the_id_of_a_timeout_does_not_hang_on_what_else_is_due_then() -> None:
    other = raw(world.request("proof-01", request_id="r0"), 0, world.START_MS - 1)
    ids = []
    for asked in ([ASKED], [other, replace(ASKED, offset=1)]):
        log = Log()
        made = engine(log)
        process(made, Batch(asked, -1), idle={ANSWERS})
        tick(made, dict.fromkeys([REQUESTS, ANSWERS], FAR_MS))
        assert log.verdicts() == ["timeout"] * len(asked)
        ids.append(
            {
                dict(each.headers)["ce_correlationid"]: dict(each.headers)["ce_id"]
                for each in log.committed
                if each.topic == "housing.verdict"
            }
        )
    assert ids[0][b"r1"] == ids[1][b"r1"]
