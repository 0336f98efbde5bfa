"""One worker process: an ordinary Faust app with one agent over all inputs, the engine behind it, and a way out for every failure."""

import asyncio
import faulthandler
import gc
import logging
import os
import signal
import ssl
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

import faust  # noqa: TID251
import uvloop
from faust.types.tuples import TP  # noqa: TID251

from agents.desk import UNROUTED
from agents.runtime import engine
from agents.runtime.consumer import Batch, BatchConsumer
from agents.runtime.engine import Engine
from agents.runtime.entries import Disk, Entries, Memory
from agents.runtime.fair import Turns
from agents.runtime.ledger import Ledger
from agents.runtime.rdkafka import Membership, Position, Stable, Transaction
from agents.runtime.transport import SETTINGS, BatchApp, BatchSchema
from agents.runtime.work import Rules, Work
from govbus.errors import SetupError
from govbus.ports import Observer
from govbus.settings import SETTLE_MS, Home
from schemas.codec import Codec
from topics.access import AGENT_GROUP
from topics.broker.bulk import connection

log = logging.getLogger(__name__)

STATE_TOPIC = "bus.verify.state"
LEDGER_TOPIC = "bus.verify.ledger"
GROUP_COMMIT = 2000  # records a transaction, at the most: one a batch queued up for seconds at 300 records/s
GROUP_MIXED = 100  # where several topics have had something: a single check stands behind a group that is worked
MIXED_S = 60.0  # so long after several topics waited at once
FEW = 200  # records that are worked off faster than a transaction commits
PIECE = 50  # records
HEAVY = 2_000  # bytes that count as a record, where a transaction is filled: four times the largest that one person's record has
IN_MEMORY = 4_000_000  # declared standings; above, RocksDB: half a kilobyte each would be 2 GB a worker
TICK_S = 0.1
DEAF_S = 90.0  # seen after two elections at once: a consumer that went on asking, and of which two partitions were never answered
EXIT_CRASHED = 70


class _Turn(NamedTuple):
    """A piece of a fetched batch that waits for its turn."""

    event: Any
    topic: str
    batch: Batch
    last: bool
    size: int  # in records of HEAVY bytes: a bucket of a round is worth dozens


def _turns(event: Any) -> Iterator[_Turn]:
    """A fetched batch in pieces that are small enough to stand between single checks."""
    records, follows = event.value.records, event.value.follows
    for start in range(0, len(records), PIECE):
        piece = records[start : start + PIECE]
        size = max(len(piece), sum([len(each.value or b"") for each in piece]) // HEAVY)
        yield _Turn(event, event.message.topic, Batch(piece, follows), start + PIECE >= len(records), size)
        follows = piece[-1].offset + 1


class Worker:
    """Joins Faust to the engine."""

    def __init__(
        self, slot: str, app: BatchApp, settings: Mapping[str, Any], desk: Rules, codec: Codec, observer: Observer,
        open_entries: Callable[[int], Entries] = lambda _: Memory(), settle_ms: int = SETTLE_MS,
    ) -> None:  # fmt: skip
        """:param slot: static member and transactional id of this worker, e.g. ``worker-1``; on the bus its principal too
        :param app: named after its consumer group; :param settings: librdkafka's, to reach the same broker
        :param settle_ms: so long a record may be in the log before it is seen; see ``govbus.settings.SETTLE_MS``
        """
        self.settle_ms = settle_ms
        self.slot, self.app, self.group = slot, app, str(app.conf.id)
        self.engine = Engine(
            Work(desk, codec), Ledger(codec, LEDGER_TOPIC), Transaction(settings, f"{self.group}.{slot}"), Stable(settings, self.group),
            observer, STATE_TOPIC, LEDGER_TOPIC, exchanges=(*desk.exchanges, UNROUTED), open_entries=open_entries,
        )  # fmt: skip
        self.observer = observer
        self.turns = Turns[_Turn]()
        self.mixed_until = 0.0
        self.app.restore = self._restore
        topic = self.app.topic(*sorted(desk.inputs), schema=BatchSchema())
        self.app.agent(topic, name="verify")(self._agent)
        self.app.task()(self._ticker)
        self.app.task()(self._watch)

    async def _restore(self, assigned: set[TP]) -> Mapping[TP, int]:
        positions = await self.engine.restore([(tp.topic, tp.partition) for tp in assigned])
        # Standings live long and refer to nothing; the cycle collector would walk them all, again and again.
        gc.collect()
        gc.freeze()
        return {tp: positions[tp.topic, tp.partition] for tp in assigned}

    async def _agent(self, stream: Any) -> None:
        """An ordinary Faust agent; ``noack`` because a batch is done when its transaction has committed, not when it was handed out."""
        async for event in stream.noack().events():
            self.turns.add(_turns(event))
            self._let_in(stream.channel.queue)
            while self.turns:
                if self._in_no_hurry():
                    await self.engine.settled()
                    self._let_in(stream.channel.queue)
                await self._work(self.turns.take(GROUP_MIXED if self._mixed() else GROUP_COMMIT))
                self._let_in(stream.channel.queue)

    def _in_no_hurry(self) -> bool:
        """Whether to wait for the transaction on its way: what is taken before it has committed stands behind it, and so does all that
        comes after. A mass is worked off meanwhile; a few records go together with those that still come (p50 at 300/s 32 -> 12 ms)."""
        return self.turns.fewer_than(FEW) or self._mixed()

    def _mixed(self) -> bool:
        if self.turns.topics() > 1:
            self.mixed_until = time.monotonic() + MIXED_S
        return time.monotonic() < self.mixed_until

    async def _work(self, turns: list[_Turn]) -> None:
        async with self.engine.lock:
            turns = [each for each in turns if each.event.message.generation_id == self.app.consumer_generation_id]
            if turns:
                batches, done = [each.batch for each in turns], partial(self._done, [each.event for each in turns if each.last])
                await self.engine.process(batches, self._seen(), self._membership(), done)

    def _let_in(self, queue: Any) -> None:
        """Group commit: whatever has been fetched meanwhile may go into the next transaction."""
        while not queue.empty():
            event = queue.get_nowait()
            self.app.consumer.track_message(event.message)
            self.turns.add(_turns(event))

    def _done(self, events: list[Any]) -> None:
        for each in events:
            each.ack()
        self.observer.succeeded(self.slot)

    async def _ticker(self) -> None:
        while not self.app.should_stop:
            await asyncio.sleep(TICK_S)
            if self.app.rebalancing or not self.engine.partitions:
                continue
            async with self.engine.lock:
                await self.engine.tick(self._seen(), self._membership())
            self.observer.succeeded(self.slot)

    async def _watch(self) -> None:
        """Beside the lock, which a stuck transaction holds, and beside Faust, which may wait for what never comes."""
        while not self.app.should_stop:
            await asyncio.sleep(1.0)
            self.engine.work.codec.keys.refresh()
            if self.engine.stuck():
                _leave("a transaction does not end")
            if (failure := self.engine.failure()) and not self.app.should_stop:
                _leave(f"a transaction has failed ({failure})")
            if self._idle() and (unheard_s := self._consumer.unheard_s()) > DEAF_S:
                _leave(f"nothing to do, and for {unheard_s:.0f} s no word from the broker about an input")

    def _idle(self) -> bool:
        return bool(self.engine.partitions) and not self.app.rebalancing and not self.turns and not self.engine.sending()

    def _seen(self) -> dict[Position, int]:
        return {(tp.topic, tp.partition): seen_ms - self.settle_ms for tp, seen_ms in self._consumer.idle().items()}

    def _membership(self) -> Membership:
        return Membership(self.group, self.app.consumer_generation_id, self._consumer.member_id, self.slot)

    @property
    def _consumer(self) -> BatchConsumer:
        consumer = self.app.consumer
        if not isinstance(consumer, BatchConsumer):
            msg = "the app has another consumer than its transport makes"
            raise SetupError(msg)
        return consumer

    async def run(self) -> int:
        """Run until SIGTERM (0) or a failure (70, so that the supervisor starts a new process from what is committed)."""
        gc.set_threshold(100_000, 50, 100)
        sys.setswitchinterval(0.001)  # the consumer's thread needs many short turns to bring a record in
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await asyncio.wait_for(self.app.start(), 60)  # without rights to the group Faust would wait here for ever
        died, asked = asyncio.create_task(self.app.wait_until_stopped()), asyncio.create_task(stop.wait())
        await asyncio.wait({died, asked}, return_when=asyncio.FIRST_COMPLETED)
        self.engine.stable.end()
        wanted = stop.is_set() and not self.app.crashed  # an app that stops by itself has failed, whatever it calls it
        try:
            await asyncio.wait_for(self.app.stop(), 20)
            await asyncio.wait_for(self.engine.settled(), 10)
        except Exception:
            log.exception("stopping")
            wanted = False
        if self.engine.sending():
            os._exit(EXIT_CRASHED)  # its thread would be waited for, and may never end
        self.engine.close()
        return 0 if wanted else EXIT_CRASHED


def _leave(why: str) -> None:
    """At once, whatever hangs: what is not committed is worked again by the next process."""
    log.error("%s; leaving, the next process goes on from what is committed", why)
    faulthandler.dump_traceback()
    os._exit(EXIT_CRASHED)


def _entries(home: Home, slot: str, subjects: int) -> Callable[[int], Entries]:
    if subjects <= IN_MEMORY:
        return lambda _: Memory()
    log.info("%d standings are declared: they are kept on disk", subjects)
    return lambda number: Disk(home.folder / "state" / slot / str(number))


def run_worker(home: Home, slot: str, desk: Rules, codec: Codec, observer: Observer) -> int:
    """Run one worker process to its end and return its exit code.

    :raises SetupError, RetryLater: the broker cannot be used as this principal
    """

    log.info("%s starts, its hot modules %s", slot, "from their sources" if str(engine.__file__).endswith(".py") else "compiled")

    async def main() -> int:
        entries = _entries(home, slot, desk.subjects)
        settle_ms = home.site.kafka.settle_ms
        return await Worker(slot, _app(home, slot), connection(home, slot), desk, codec, observer, entries, settle_ms).run()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


def _app(home: Home, slot: str) -> BatchApp:
    password = home.secret(f"kafka.{slot}").get_secret_value()
    context = ssl.create_default_context(cafile=str(home.site.kafka.ca))
    return BatchApp(
        AGENT_GROUP,
        broker=[f"kafka://{server}" for server in home.site.kafka.bootstrap.split(",")],
        broker_credentials=faust.SASLCredentials(username=slot, password=password, mechanism="SCRAM-SHA-512", ssl_context=context),
        consumer_group_instance_id=slot,
        datadir=str(home.folder / "faust"),  # else Faust makes an empty folder wherever the worker was started
        broker_session_timeout=10.0,
        broker_heartbeat_interval=3.0,
        broker_commit_interval=5.0,
        **SETTINGS,
    )
