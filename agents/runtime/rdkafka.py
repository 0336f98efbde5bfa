"""librdkafka for the agents: the transaction of a worker, stable positions, and reading a changelog to its end."""

import struct
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition  # noqa: TID251

from govbus.errors import RetryLater
from topics.broker.bulk import classed

BATCH_SIZE = 65_536
"""Bytes. A topic's max.message.bytes is a limit for a whole batch: librdkafka's default of a megabyte is refused by topics of 128 KiB as
soon as enough records wait, and with it the transaction."""

STALL_S = 60.0  # an open transaction of a killed worker ends after 10
AT_ONCE = 10_000  # messages from librdkafka to Python

Position = tuple[str, int]  # topic, partition
Pairs = Sequence[tuple[str, bytes]]
Use = Callable[[int, bytes, bytes | None, Pairs], None]  # partition, key, value (None: tombstone), headers
Progress = Callable[[int, int], None]  # records read, records in all (at most: compaction leaves gaps)


class Outgoing(NamedTuple):
    """One record to write. ``partition`` -1 lets murmur2 of the key decide, as every other client of the bus does."""

    topic: str
    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes]]
    partition: int = -1


outgoing: Callable[[tuple[str, bytes, bytes | None, list[tuple[str, bytes]], int]], Outgoing] = partial(tuple.__new__, Outgoing)
"""An :class:`Outgoing` of all its fields, for what is made at each record; by its own name it is a Python function around this call."""


@dataclass(frozen=True, slots=True)
class Membership:
    """Who read the records, in which generation of the group: what fences a worker that lost its partitions."""

    group: str
    generation: int
    member: str
    instance: str

    def metadata(self) -> bytes:
        """librdkafka's serialised group metadata (``CGMDv2``), built from Faust's membership.

        librdkafka offers no public constructor; tests/unit/runtime compares these bytes with ``Consumer.consumer_group_metadata()``.
        """
        head = b"CGMDv2:" + struct.pack("<i", self.generation)
        return head + self.group.encode() + b"\0" + self.member.encode() + b"\0" + b"\0" + self.instance.encode() + b"\0"


class Transaction:
    """The transactional producer of one worker slot. Its calls block: run them in a thread."""

    def __init__(self, settings: Mapping[str, Any], transactional_id: str) -> None:
        """Connect, and end what a killed predecessor of this slot left open.

        :raises SetupError: no right to the transactional id
        :raises RetryLater: no broker within 30 s
        """
        self._producer = Producer(
            {
                **settings,
                "transactional.id": transactional_id,
                "transaction.timeout.ms": 10_000,  # readers wait that long behind a killed worker whose slot stays empty
                "retry.backoff.ms": 2,  # after a commit the coordinator answers CONCURRENT_TRANSACTIONS: 100 ms were p99 210 ms
                "retry.backoff.max.ms": 100,
                "socket.nagle.disable": True,  # a chain of small requests: with Nagle and delayed ACKs 48 to 77 ms instead of 9
                "linger.ms": 5,  # a commit sends at once whatever waits, so few records are not held up; many go in fewer, fuller batches
                "partitioner": "murmur2_random",  # as kafka-python: whatever belongs together must meet in one partition
                "compression.type": "none",  # a department's pure-Python client must read it: lz4, snappy and zstd need a C library there
                "queue.buffering.max.messages": 1_000_000,
                "batch.size": BATCH_SIZE,
                "message.max.bytes": 2_000_000,
            }
        )
        with _errors(f"transactional id {transactional_id}"):
            self._producer.init_transactions(30)

    def commit(self, records: Iterable[Outgoing], positions: Mapping[Position, int], membership: Membership) -> None:
        """Write ``records`` and the group's ``positions`` (next offset to read), all or nothing.

        :raises KafkaException: the outcome is not a commit by this member: leave the process, the next one starts from what is committed
        """
        producer = self._producer
        producer.begin_transaction()
        # The positions first: while the coordinator still ends the transaction before, this is tried again after 2 ms, the first record's
        # partition after 20, whatever the settings say (p99 of a small transaction 28 ms the other way round, 11 this way).
        if positions:
            offsets = [TopicPartition(topic, partition, offset) for (topic, partition), offset in positions.items()]
            producer.send_offsets_to_transaction(offsets, membership.metadata(), 30)
        produce = producer.produce
        for topic, key, value, headers, partition in records:
            produce(topic, value, key, partition, headers=headers)  # type: ignore[arg-type]
        producer.commit_transaction(30)

    def close(self) -> None:
        """Let go of the connection; an open transaction is aborted by the broker or by the slot's successor."""
        self._producer.purge()


class Stable:
    """Reads what has been committed: positions of a group, and compacted topics to their end. Its calls block: run them in a thread."""

    def __init__(self, settings: Mapping[str, Any], group: str) -> None:
        """:param group: consumer group whose positions are asked; this reader never joins it"""
        reader = {**settings, "group.id": group, "enable.auto.commit": False, "auto.offset.reset": "earliest", "enable.partition.eof": True}
        self._ended = False
        self._committed = Consumer({**reader, "isolation.level": "read_committed"})
        self._uncommitted = Consumer({**reader, "isolation.level": "read_uncommitted"})

    def positions(self, partitions: Iterable[Position]) -> dict[Position, int]:
        """Committed position of each partition, -1 where there is none; waits for offsets of transactions still open."""
        wanted = [TopicPartition(topic, partition) for topic, partition in partitions]
        with _errors("committed positions"):
            found = self._committed.committed(wanted, 30)
        return {(tp.topic, tp.partition): max(tp.offset, -1) for tp in found}

    def read(self, partitions: Sequence[Position], use: Use, progress: Progress | None = None) -> int:
        """Hand every committed record of ``partitions`` to ``use``, in order within each, and return their number.

        The end is the high watermark with open transactions included: a reader that stops at the last *stable* offset misses commits
        that stand behind a killed worker's open transaction (3,043 of 104,994 subjects were counted wrong that way).
        """
        ends: dict[Position, int] = {}
        total = count = 0
        with _errors("changelog"):
            for topic, partition in partitions:
                low, end = self._uncommitted.get_watermark_offsets(TopicPartition(topic, partition), 30)
                if end > low:
                    ends[topic, partition] = end
                    total += end - low
            self._committed.assign([TopicPartition(topic, partition, 0) for topic, partition in ends])
        moved = time.monotonic()
        while ends:
            messages = self._committed.consume(AT_ONCE, 0.05)
            moved = time.monotonic() if messages else moved
            if self._ended or time.monotonic() - moved > STALL_S:
                what = ", ".join(f"{topic}/{number}" for topic, number in ends)
                msg = f"reading {what} ended early: stopped, or nothing came for {STALL_S:.0f} s"
                raise RetryLater(msg)
            count += _hand_out(messages, use)
            _past(messages, ends)
            if progress is not None and messages:
                progress(count, total)
        self._committed.unassign()
        return count

    def end(self) -> None:
        """Whoever reads stops at once, with RetryLater; from any thread."""
        self._ended = True

    def close(self) -> None:
        """Let go of both connections."""
        self._committed.close()
        self._uncommitted.close()


def _hand_out(messages: Sequence[Message], use: Use) -> int:
    """A million records pass here while a worker starts: nothing is done twice a record."""
    count = 0
    for message in messages:
        error = message.error()
        if error is None:
            key: Any = message.key()
            value: Any = message.value()
            headers: Any = message.headers()  # a list of (name, bytes); the stubs allow more than the wire does
            use(message.partition() or 0, key or b"", value, headers or ())
            count += 1
        elif error.code() != KafkaError._PARTITION_EOF:
            raise classed(error, f"changelog {message.topic()}/{message.partition()}")
    return count


def _past(messages: Sequence[Message], ends: dict[Position, int]) -> None:
    """Drop the partitions that have been read to their end; an EOF carries the position past markers and aborted records."""
    last = {(str(message.topic()), message.partition() or 0): message for message in messages}
    for place, message in last.items():
        position = (message.offset() or 0) + (0 if message.error() else 1)
        if place in ends and position >= ends[place]:
            del ends[place]


class _errors:
    """Turns librdkafka's errors into ours, classed by the caller's next move."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, KafkaException):
            raise classed(error.args[0], self.what) from error
