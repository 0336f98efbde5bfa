"""The worker's engine: restore what it owns, then group after group of batches into one fenced transaction each."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agents.runtime import order
from agents.runtime.consumer import Batch
from agents.runtime.entries import Entries, Memory
from agents.runtime.ledger import Ledger
from agents.runtime.order import Taken
from agents.runtime.rdkafka import Membership, Outgoing, Pairs, Position, Stable, Transaction
from agents.runtime.store import Partition
from agents.runtime.work import Record, Result, Work
from govbus.errors import RetryLater
from govbus.ports import Account, Observer
from govbus.settings import failpoint

log = logging.getLogger(__name__)
SAY_S = 2.0
SLICE = 20  # records, under a millisecond: a batch that was fetched needs several turns of the loop to get here
COMMIT_S = 40.0  # four times transaction.timeout.ms
Then = Callable[[], None]


def _nothing() -> None: ...


@dataclass(slots=True)
class _Progress:
    """Says in the log every few seconds how far a long restore is."""

    said: float

    def __call__(self, count: int, total: int) -> None:
        if time.monotonic() - self.said >= SAY_S:
            self.said = time.monotonic()
            log.info("restoring: %d of at most %d records (%.0f %%)", count, total, 100 * count / total)


@dataclass(slots=True)
class Engine:
    """Owns the state of this worker's partitions. Every public coroutine is called under ``lock``, except :meth:`restore`, which takes it.

    A group is worked off while the transaction of the group before is on its way; the transactions themselves follow one another. Any
    of them that fails ends the engine: from then on it raises, and the process leaves.
    """

    work: Work
    ledger: Ledger
    transaction: Transaction
    stable: Stable
    observer: Observer
    state_topic: str
    ledger_topic: str
    partitions: dict[int, Partition] = field(default_factory=dict)
    positions: dict[Position, int] = field(default_factory=dict)
    read_ms: dict[Position, int] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    exchanges: tuple[str, ...] = ()
    open_entries: Callable[[int], Entries] = lambda _: Memory()
    on_its_way: asyncio.Task[None] | None = None
    sent_at: float = 0.0
    at_work: bool = False

    async def restore(self, assigned: Iterable[Position]) -> dict[Position, int]:
        """Drop all state, read the owned partitions' again, and return the committed position of each input (-1: none).

        Everything is read again on each assignment, because only what is committed counts: another worker may have owned a
        partition in between, and a group commit of ours may have been fenced.
        """
        # Faust may cancel this when another rebalance comes; the thread that reads goes on, and a second one beside it would take half of
        # the records from the same client, and neither would ever come to an end. So the lock stays until the thread is done.
        return await asyncio.shield(self._restore_alone([(topic, partition) for topic, partition in assigned]))

    async def _restore_alone(self, assigned: Sequence[Position]) -> dict[Position, int]:
        async with self.lock:
            await self.settled()
            self.at_work = True  # all that stands in memory goes, and until everything is read again nothing may be done on a part of it
            positions = await asyncio.to_thread(self._restore, assigned)
            self.at_work = False
            return positions

    def _restore(self, assigned: Sequence[Position]) -> dict[Position, int]:
        started = time.monotonic()
        numbers = sorted({partition for _, partition in assigned})
        for part in self.partitions.values():
            part.entries.close()
        self.partitions = {number: Partition.empty(number, self.open_entries(number)) for number in numbers}
        self.ledger.forget(())
        self.read_ms.clear()
        # Positions first: they wait for transactions still open, so the state read after them is at least as new.
        self.positions = self.stable.positions(assigned) if assigned else {}
        count = self.stable.read([(self.state_topic, number) for number in numbers], self._restore_state, _Progress(started))
        for part in self.partitions.values():
            part.restored()
        self.stable.read([(self.ledger_topic, number) for number in numbers], self._restore_ledger)
        log.info("restored %d records of partitions %s in %.2f s", count, numbers, time.monotonic() - started)
        self._tell_ledger(self._standing())
        return dict(self.positions)

    def _restore_state(self, partition: int, key: bytes, value: bytes | None, headers: Pairs) -> None:
        self.partitions[partition].restore(key, value, headers)

    def _restore_ledger(self, partition: int, key: bytes, value: bytes | None, headers: Pairs) -> None:  # noqa: ARG002
        self.ledger.restore(partition, key, value)

    def close(self) -> None:
        """Let go of broker and disk."""
        for part in self.partitions.values():
            part.entries.close()
        self.transaction.close()
        self.stable.close()

    def sending(self) -> bool:
        """A transaction is on its way."""
        return self.on_its_way is not None and not self.on_its_way.done()

    def stuck(self) -> bool:
        """The transaction has been on its way for so long that the broker has given it up. librdkafka may then wait for ever, whatever
        timeout it was given (seen after a kill -9 of the broker), and a thread cannot be ended: the process must."""
        return self.sending() and time.monotonic() - self.sent_at > COMMIT_S

    def failure(self) -> BaseException | None:
        """Why the last transaction has failed, None where it has not.

        Whoever waits for it, or sends the next one, is told anyway. But while Faust takes partitions away it waits for the batches at work,
        nobody sends any more, and those of a failed transaction never end: a worker that was frozen just then stood still for good, and
        the group with it.
        """
        task = self.on_its_way
        return task.exception() if task is not None and task.done() and not task.cancelled() else None

    async def settled(self) -> None:
        """Wait for the transaction on its way.

        :raises Exception: it has failed: nothing of it happened, as far as readers can see; leave the process
        """
        if self.on_its_way is not None:
            await asyncio.shield(self.on_its_way)

    async def process(self, batches: Sequence[Batch], seen: Mapping[Position, int], membership: Membership, then: Then = _nothing) -> None:
        """Work off batches and send their transaction on its way, when the one before has committed.

        :param seen: inputs that are read to their end and worked off, and up to which log time that is certain
        :param then: called when it has committed
        :raises Exception: as :meth:`settled`, of the transaction before
        """
        result = self._begun()
        touched: dict[Position, int] = {}
        waiting: dict[int, list[Record]] = {}
        taken: dict[int, list[Taken]] = {}
        for batch in batches:
            last, records = batch.records[-1], self._fresh(batch)
            place = (last.topic, last.partition)
            touched[place] = self.positions[place] = max(self.positions.get(place, -1), last.offset + 1)
            self.read_ms[place] = last.timestamp
            waiting.setdefault(last.partition, []).extend(records)
            if records:
                taken.setdefault(last.partition, []).append(Taken(last.topic, records[0].offset, last.offset + 1))
        for number, found in waiting.items():
            horizon_ms = self._horizon(number, seen)
            await self._work(self.partitions[number], found, horizon_ms, result)
            at_ms = max((record.timestamp for record in found), default=horizon_ms)
            result.records.append(order.worked(self.work.codec, number, taken.get(number, ()), horizon_ms, at_ms))
        await self._send(result, touched, membership, then)

    def _begun(self) -> Result:
        """For a new group. One that broke off before it was sent stays at work: standings and positions in memory are then ahead of what
        was sent, and the next transaction would lose it. The process leaves, but others of its tasks may come first."""
        if failure := self.failure():
            raise failure
        if self.at_work:
            msg = "a group broke off in the middle, or a restore; the next process goes on from what is committed"
            raise RetryLater(msg)
        self.at_work = True
        return Result()

    def _fresh(self, batch: Batch) -> list[Record]:
        """The batch without what is committed already: that is not worked twice, whatever the consumer hands out."""
        place = (batch.records[0].topic, batch.records[0].partition)
        position = self.positions.get(place, -1)
        if batch.follows > position:
            msg = f"{place[0]}/{place[1]}: a batch that follows {batch.follows} came at position {position}; starting again from there"
            raise RetryLater(msg)
        if batch.records[0].offset >= position:
            return batch.records  # all of it, for offsets rise
        return [record for record in batch.records if record.offset >= position]

    def _horizon(self, number: int, seen: Mapping[Position, int]) -> int:
        """Log time up to which every input of this partition number has been read.

        A timer may fire only before it: after a standstill one topic is read ahead of another, and an answer that came in time must not
        lose against a timer only because a later request was read first.
        """
        return min(seen.get(place, self.read_ms.get(place, 0)) for place in self.positions if place[1] == number)

    async def _work(self, part: Partition, records: list[Record], horizon_ms: int, result: Result) -> None:
        take, may_be_due = self.work.take, part.timers.may_be_due
        for number, (until_ms, record) in enumerate(order.turns(records, horizon_ms), 1):
            if may_be_due(until_ms):
                self.work.fire(part, until_ms, result)
            if record is not None:
                take(part, record, result)
            if number % SLICE == 0:
                await asyncio.sleep(0)  # what was fetched meanwhile comes in, and stands in line for the next transaction

    async def tick(self, seen: Mapping[Position, int], membership: Membership) -> None:
        """Fire the timers that are due though no record came; fenced like any other group.

        :raises Exception: as :meth:`settled`. It is not waited for: under a mass of records that would stop the pipeline at each tick
        """
        due = {number: self._horizon(number, seen) for number in self.partitions}
        numbers = [number for number, horizon_ms in due.items() if self.partitions[number].timers.may_be_due(horizon_ms)]
        result = self._begun()
        for number in numbers:
            self.work.fire(self.partitions[number], due[number], result)
            result.records.append(order.worked(self.work.codec, number, (), due[number], due[number]))
        if any(self.partitions[number].changed for number in numbers):
            positions = {place: at for place, at in self.positions.items() if place[1] in numbers and at >= 0}
            await self._send(result, positions, membership, _nothing)
        self.at_work = False

    async def _send(self, result: Result, positions: Mapping[Position, int], membership: Membership, then: Then) -> None:
        records: list[Outgoing] = result.records
        for part in self.partitions.values():
            records += part.changes(self.state_topic)
        records += self.ledger.book(result.booked)
        touched = {exchange for _, exchange, _ in result.booked}  # nobody else's books have changed, nor what they have in flight
        result.standing = [each for each in self._standing() if each[0] in touched] if touched else []
        await self.settled()
        self.sent_at = time.monotonic()
        self.on_its_way = asyncio.create_task(self._commit(result, positions, membership, then))
        self.at_work = False

    async def _commit(self, result: Result, positions: Mapping[Position, int], membership: Membership, then: Then) -> None:
        failpoint("agent.before-commit")
        await asyncio.to_thread(self.transaction.commit, result.records, positions, membership)
        failpoint("agent.after-commit")
        self._tell(result)
        then()

    def _tell(self, result: Result) -> None:
        for (topic, outcome), (records, size) in result.read.items():
            self.observer.moved(_department(topic), topic, "in", outcome, records, size)  # type: ignore[arg-type]
        for (topic, outcome), (records, size) in result.written.items():
            self.observer.moved(_department(topic), topic, "out", outcome, records, size)  # type: ignore[arg-type]
        for (department, topic, reason), records in result.refused.items():
            self.observer.refused(department, topic, reason, records)
        for exchange, seconds in result.checked.items():
            self.observer.took("accepted_checked", exchange, seconds)
        self._tell_ledger(result.standing)

    def _tell_ledger(self, standing: Iterable[tuple[str, Account, int]]) -> None:
        for exchange, account, records in standing:
            self.observer.ledger(exchange, account, records)

    def _standing(self) -> list[tuple[str, Account, int]]:
        """The books and what is in flight, at one moment between two groups: only then must they agree."""
        parts = self.partitions.values()
        return [*self.ledger.standing(), *((name, "in_flight", sum(part.open.get(name, 0) for part in parts)) for name in self.exchanges)]


def _department(topic: str) -> str:
    owner = topic.split(".", 1)[0]
    return "gov-data" if owner == "bus" else owner
