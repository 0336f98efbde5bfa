"""Faust's consumer, handing out whole partition batches, and the thread in which aiokafka runs for it.

Subclasses only. Names with a leading underscore that this module leans on are promised by nobody: see ``transport.py``.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faust.transport.drivers import aiokafka as driver  # noqa: TID251
from faust.types.tuples import TP, ConsumerMessage, Message  # noqa: TID251

from agents.runtime.sessions import Sessions

MAX_BATCH = 500  # records an event; larger gains nothing, smaller costs transactions
MAX_FLIGHT = 2000  # records a partition handed out and not committed; then it is not fetched, so memory stays flat and batches grow
LOOK_S = 0.2  # where nothing comes, so often it is noted that nothing came: timers wait for that
FETCH_WAIT_MS = 100
"""Faust hard-codes 1500: a resumed partition would wait behind a long poll for the others. With 20 an idle worker and its broker use
three times as much, and no request waits less (docs/decisions/0012)."""
PREFETCH_WAIT_S = 0.005  # aiokafka: 0.1


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one topic partition, in offset order.

    :param follows: the offset after the batch handed out before this one, or the committed position after an assignment (-1: none);
        the engine compares it with its own position, so that no lost batch can go unnoticed
    """

    records: list[Any]
    follows: int


class BatchThread(driver.AIOKafkaConsumerThread):
    """The consumer's own thread, with the settings that Faust does not offer."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        consumer._isolation_level = "read_committed"
        # Round robin would give partition 2 of two topics to two workers; a dialogue lives in one worker's state, so ranges it is.
        consumer._partition_assignment_strategy = [RangePartitionAssignor]
        return consumer

    async def on_start(self) -> None:
        """Start the client, and give its fetcher sessions. Then shorten a wait for which it has no setting: while records of one partition
        lie there unread, it asks for no others, 100 ms long, and a single record waits behind each batch of a mass."""
        await super().on_start()
        consumer = self._ensure_consumer()
        consumer._fetcher._prefetch_backoff = PREFETCH_WAIT_S
        consumer._fetcher._client = Sessions(consumer._client, consumer._subscription)


class BatchConsumer(driver.Consumer):
    """Hands out batches, holds back a partition that is not worked off, and leaves every commit to the transaction."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unacked_messages = set()  # stock: a WeakSet, which can forget a message that nobody holds
        self._flight: dict[TP, deque[ConsumerMessage]] = {}  # of those partitions that have something handed out
        self._open: dict[TP, int] = {}  # records in them; counted at both ends, for it is asked of hundreds of partitions at each fetch
        self._handed: dict[TP, int] = {}
        self._seen: dict[TP, int] = {}
        self._known: tuple[Any, list[tuple[TP, Any]]] = (None, [])
        self._epoch = 0
        self._dirty = False
        self._room = asyncio.Event()
        self._mark = (0, 0)
        self._since_ms = 0

    def _new_consumer_thread(self) -> BatchThread:
        return BatchThread(self, loop=self.loop, beacon=self.beacon)

    def _now(self) -> tuple[int, int]:
        return self.app.consumer_generation_id, self._epoch

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:
        """Yield one message a partition batch; its offset is the batch's last.

        Records that were fetched but not handed out (a rebalance came between) would be lost, because the fetch position has moved:
        the flag makes the next read seek back first.
        """
        records, _ = await self._wait_next_records(timeout)
        if self.should_stop:
            return
        if not records:
            self._look()
            return
        mark, done = self._mark, False
        try:
            # Few records first: to hand out a batch takes several turns of the loop.
            for tp, found in sorted(records.items(), key=lambda each: len(each[1])):
                for start in range(0, len(found), MAX_BATCH):
                    if self.should_stop or not self.flow_active or mark != self._now():
                        return
                    part = found[start : start + MAX_BATCH]
                    message = self._batch(tp, part, mark[0])
                    self._flight.setdefault(tp, deque()).append(message)
                    self._open[tp] = self._open.get(tp, 0) + len(part)
                    yield tp, message
            done = True
            self._look()
        finally:
            self._dirty = self._dirty or not done

    def _batch(self, tp: TP, part: list[Any], generation: int) -> ConsumerMessage:
        last = part[-1]
        value: Any = Batch(part, self._handed.get(tp, -1))  # Faust types a message's value as bytes; BatchSchema knows better
        self._handed[tp] = last.offset + 1
        return ConsumerMessage(
            tp.topic, tp.partition, last.offset, last.timestamp / 1000.0, last.timestamp_type, None, None, value, None, 0, 0, tp,
            generation_id=generation,
        )  # fmt: skip

    async def _wait_next_records(self, timeout: float) -> tuple[Mapping[TP, list[Any]], set[TP]]:
        if not self.flow_active:
            resumed: Any = self.can_resume_flow
            await self.wait(resumed)  # returns at a stop of the service as well
        if self._dirty and self.flow_active and not self.should_stop:
            self._dirty = False
            await self.perform_seek()
        active = self._get_active_partitions()
        self._room.clear()
        ready = active - self._busy(MAX_FLIGHT)
        if not ready:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._room.wait(), 0.05)
            return {}, ready
        self._mark = self._now()  # taken right before the fetch: what comes back belongs to this generation
        wait = min(timeout, LOOK_S) if len(ready) == len(active) else 0.005
        return await self._getmany(active_partitions=ready, timeout=wait), ready

    def _busy(self, records: int = 1) -> set[TP]:
        """Partitions of which so many records are handed out and not committed."""
        return {tp for tp, count in self._open.items() if count >= records}

    def ack(self, message: Message) -> bool:
        """Called when the batch's transaction has committed: makes room for the partition's next fetch."""
        message.acked = True
        self._unacked_messages.discard(message)
        queue = self._flight.get(message.tp, deque())  # empty, or without it, when all was forgotten since
        while queue and queue[0].acked:
            batch: Any = queue.popleft().value  # see _batch
            self._open[message.tp] -= len(batch.records)
        if not queue:
            self._flight.pop(message.tp, None)
            self._open.pop(message.tp, None)
        self._room.set()
        return True

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Transaction markers are gaps in every partition; positions come from the transaction, so they need no book-keeping."""

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:  # noqa: ARG002
        """Commit nothing: an older offset written here would overwrite the transaction's newer one (400 to 1,300 duplicates a kill)."""
        return True

    async def perform_seek(self) -> None:
        """On every assignment, before the first record: restore the owned partitions' state, then go to their committed positions.

        ``app.restore(partitions, inputs)`` returns the stable committed position of each input partition, or -1 where there is none.
        """
        self._forget()
        assigned = {tp for tp in self.assignment() if self.app.topics.acks_enabled_for(tp.topic)}
        app: Any = self.app
        positions = await app.restore(assigned)
        fresh = {tp for tp, offset in positions.items() if offset < 0}
        known = {tp: offset for tp, offset in positions.items() if offset >= 0}
        if fresh:
            await self._thread.seek_to_beginning(*map(driver.ensure_aiokafka_TP, fresh))
        if known:
            await self._thread.seek_wait({driver.ensure_aiokafka_TP(tp): offset for tp, offset in known.items()})
        for tp in assigned:
            self._read_offset[tp] = None  # Faust drops what is below it; the seek alone decides here
        self._forget()
        self._handed.update(positions)
        self._since_ms = int(time.time() * 1000)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Waits (in Faust) for the running transaction, then forgets what was handed out."""
        await super().on_partitions_revoked(revoked)
        self._forget()

    def _forget(self) -> None:
        self._epoch += 1
        self._handed.clear()
        self._seen.clear()
        self._flight.clear()
        self._open.clear()
        self._unacked_messages.clear()

    @property
    def member_id(self) -> str:
        """This member's id in its group, as the broker knows it."""
        return str(self._thread._ensure_consumer()._coordinator.member_id)

    def idle(self) -> dict[TP, int]:
        """Owned input partitions that were read to their end and are worked off, and when the broker last said so, wall clock in ms.

        What a partition gets after that moment may be on its way already; what it got before cannot be.
        """
        busy = self._busy()
        return {tp: seen_ms for tp, seen_ms in self._seen.items() if tp not in busy}

    def unheard_s(self) -> float:
        """Seconds since the broker last answered about that owned input of which it has been silent longest; an input that is not
        asked about, because what was fetched is not worked off, does not count."""
        heard = [state.timestamp for tp, state in self._states() if tp not in self._open]
        return longest_s(heard, self._since_ms, int(time.time() * 1000))

    def _look(self) -> None:
        """Note which partitions are at their end. Only between two fetches: within one, records have left the position behind but have
        not arrived here, and a broker that is away leaves the end where it was."""
        # With read_committed the position stops at the last stable offset, below the high watermark while a transaction is open.
        self._seen = {
            tp: state.timestamp
            for tp, state in self._states()
            if state.has_valid_position and state.lso is not None and state.position >= state.lso
        }

    def _states(self) -> list[tuple[TP, Any]]:
        """aiokafka's state of each owned partition; looked up once an assignment, for it is asked at each fetch and there are hundreds."""
        assignment = self._thread._ensure_consumer()._subscription.subscription.assignment
        if assignment is None:
            return []
        if self._known[0] is not assignment:
            self._known = (assignment, [(TP(tp.topic, tp.partition), assignment.state_value(tp)) for tp in assignment.tps])
        return self._known[1]


def longest_s(heard: Iterable[int | None], since_ms: int, now_ms: int) -> float:
    """How long the longest silence is.

    :param heard: when the broker last answered, ms; None: not yet; :param since_ms: when the answers were first wanted
    """
    return max(((now_ms - max(at or 0, since_ms)) / 1000 for at in heard), default=0.0)
