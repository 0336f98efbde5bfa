"""Reading: only committed transactions, position saved only for what was handed out and made durable by the reader."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, NamedTuple, Self

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition, errors  # noqa: TID251
from kafka.structs import OffsetAndMetadata  # noqa: TID251

from govbus.envelope import Envelope, read_record
from govbus.errors import RetryLater, SetupError
from govbus.settings import Home
from topics.broker.connection import RIGHTS, connect, mapped

CLOSE_MS = 1_000
STALL_S = 30.0
STUCK_S = 20.0
SCAN_MS = 50  # a scan that may have come to its end waits so long before it looks; most end with a transaction's marker
_WAIT_S = 0.1  # what takes less is no wait
_READER: dict[str, Any] = {
    "isolation_level": "read_committed",
    "auto_offset_reset": "earliest",
    "enable_auto_commit": False,
    "allow_auto_create_topics": False,
    "fetch_max_wait_ms": 250,
}
_MOVED = (errors.CommitFailedError, errors.RebalanceInProgressError, errors.IllegalGenerationError, errors.UnknownMemberIdError)


class Record(NamedTuple):
    """A record as the broker gave it: nothing about it has been checked. ``timestamp`` is LogAppendTime in milliseconds."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]

    @property
    def place(self) -> str:
        """``topic/partition@offset``."""
        return f"{self.topic}/{self.partition}@{self.offset}"

    def envelope(self) -> Envelope:
        """The checked envelope.

        :raises Poison: as :func:`govbus.envelope.read_record`
        """
        return read_record(self.topic, self.partition, self.offset, self.timestamp, self.key, self.value, self.headers)


class Consumer(ConsumerRebalanceListener):  # type: ignore[misc]
    """A member of a consumer group. At least once: what was handed out but not committed comes again, to this member or another.

    Call :meth:`poll` at least every five minutes, paused or not: it is also the sign of life.
    """

    def __init__(self, home: Home, principal: str, topics: Sequence[str], group: str, instance: str | None = None) -> None:
        """:param instance: static member id: a restart within 45 s takes its partitions back without a rebalance

        :raises SetupError: a topic does not exist or may not be read: kafka-python itself would hand out nothing, for ever
        """
        self._principal, self._group, self._names = principal, group, ", ".join(topics)
        self._handed: dict[Any, int] = {}
        self._paused = False
        self._turning_s, self._moved = 0.0, time.monotonic()
        self._client = connect(KafkaConsumer, home, principal, group_id=group, group_instance_id=instance, **_READER)
        try:
            for topic in topics:
                _numbers(self._client, topic)
        except BaseException:
            self.close()
            raise
        self._client.subscribe(list(topics), listener=self)

    def poll(self, max_records: int = 500, timeout_s: float = 1.0) -> list[Record]:
        """The next records, in order of offset within each partition; empty after ``timeout_s`` without any.

        :raises SetupError: no right to read a topic or to use the group, or no such topic
        :raises RetryLater: the broker is away, or this client got stuck: if it is said again and again, open a new one
        """
        begun, used = time.monotonic(), time.thread_time()
        try:
            batches = self._client.poll(timeout_ms=int(timeout_s * 1000), max_records=max_records)
            self._look_at_the_effort(time.monotonic() - begun, time.thread_time() - used, nothing=not batches)
            silent = not batches and not self._paused
            if silent and time.monotonic() - self._moved > STUCK_S:
                self._look_behind_silence()
                silent = False
            self._moved = self._moved if silent else time.monotonic()
        except errors.KafkaError as error:
            raise mapped(error, self._principal, f"{self._names} (group {self._group})") from error
        for partition, records in batches.items():
            self._handed[partition] = records[-1].offset + 1
        return [_record(record) for records in batches.values() for record in records]

    def _look_at_the_effort(self, waited_s: float, used_s: float, nothing: bool) -> None:
        """kafka-python may turn in a circle while it waits, for hours, at the cost of a core and without an error (seen for forty minutes;
        why is not known). A wait that uses the processor is none.

        :raises RetryLater: for STUCK_S nothing has come and a fifth of the time or more was worked
        """
        turning = nothing and waited_s >= _WAIT_S and used_s > waited_s / 5
        self._turning_s = self._turning_s + waited_s if turning else 0.0
        if self._turning_s > STUCK_S:
            msg = f"group {self._group}: the client has turned in a circle for {self._turning_s:.0f} s, and nothing came"
            raise RetryLater(msg)

    def _look_behind_silence(self) -> None:
        """After a broker was killed, kafka-python may hand out nothing for ever and raise
        nothing: a rejoin that the broker holds open, a fetch that never goes out. So silence is looked into.

        :raises RetryLater: there is more than was handed out, or no partition to read
        """
        owned = sorted(self._client.assignment())
        ends = self._client.end_offsets(owned) if owned else {}
        behind = [one for one, end in ends.items() if (self._client.position(one, timeout_ms=1_000) or 0) < end]
        if behind or not owned:
            what = f"{len(behind)} partitions have more" if behind else "it owns no partition"
            msg = f"group {self._group} has got nothing of {self._names} for {STUCK_S:.0f} s though {what}"
            raise RetryLater(msg)

    def commit(self) -> None:
        """Save the position behind everything handed out since the last commit. Call it once all that is durable elsewhere.

        :raises RetryLater: not saved; the records will come again, which a dedupe mark makes harmless
        """
        if not self._handed:
            return
        offsets = {partition: OffsetAndMetadata(offset, "", -1) for partition, offset in self._handed.items()}
        try:
            self._client.commit(offsets, timeout_ms=15_000)
        except _MOVED as error:
            self._handed.clear()
            msg = f"group {self._group} has given partitions to another member ({type(error).__name__}); their records go there again"
            raise RetryLater(msg) from error
        except errors.KafkaError as error:
            raise mapped(error, self._principal, f"group {self._group}") from error
        self._handed.clear()

    def pause(self) -> None:
        """Hand out nothing until :meth:`resume`, but stay a member: for a sink whose database is away."""
        self._paused = True
        self._client.pause(*self._client.assignment())

    def resume(self) -> None:
        """Go on after :meth:`pause`."""
        self._paused = False
        self._client.resume(*self._client.paused())

    def close(self) -> None:
        """Leave within about a second; commits nothing."""
        self._client.close(autocommit=False, timeout_ms=CLOSE_MS)

    def on_partitions_revoked(self, revoked: Any) -> None:
        """Called by kafka-python within :meth:`poll`: another member reads these now, so their position is no longer ours to save."""
        for partition in revoked:
            self._handed.pop(partition, None)

    def on_partitions_assigned(self, assigned: Any) -> None:
        """Called by kafka-python within :meth:`poll`: a pause holds for partitions that arrive during it."""
        if self._paused:
            self._client.pause(*assigned)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class Tail:
    """Reads committed records from a moment on, without a group and without an end: nobody else is disturbed, and nothing is saved."""

    def __init__(self, home: Home, principal: str, topics: Sequence[str], since: datetime) -> None:
        """:param since: LogAppendTime; errors as :func:`scan`"""
        self._principal, self._names = principal, ", ".join(topics)
        self._client = connect(KafkaConsumer, home, principal, group_id=None, **_READER)
        try:
            partitions = [TopicPartition(topic, number) for topic in topics for number in _numbers(self._client, topic)]
            self._client.assign(partitions)
            _seek(self._client, partitions, since)
            for partition in partitions:  # "the end" is looked up when it is first asked for: by then it may be another one
                self._client.position(partition)
        except BaseException:
            self.close()
            raise

    def poll(self, max_records: int = 2_000, timeout_s: float = 0.2) -> list[Record]:
        """The next records, in order of offset within each partition.

        :raises RetryLater: the broker is away
        """
        try:
            batches = self._client.poll(timeout_ms=int(timeout_s * 1000), max_records=max_records)
        except errors.KafkaError as error:
            raise mapped(error, self._principal, self._names) from error
        return [_record(record) for records in batches.values() for record in records]

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close(autocommit=False, timeout_ms=CLOSE_MS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def consumer(home: Home, principal: str, topics: Sequence[str], group: str, instance: str | None = None) -> Consumer:
    """A :class:`Consumer` of ``group``, from the earliest record on; errors as :func:`topics.broker.connection.connect`."""
    return Consumer(home, principal, topics, group, instance)


def scan(home: Home, principal: str, topics: Sequence[str], since: datetime | None = None) -> Iterator[Record]:
    """Every committed record from ``since`` (LogAppendTime; default: the beginning) up to now, without a group, then stop.

    "Now" is the high watermark at the call, open transactions included: a reader that stopped at the last stable offset would miss
    commits behind a killed worker's still open transaction, so this waits for that to end. Order holds within a partition only.

    :raises SetupError: no such topic, or no right to read it
    :raises RetryLater: the broker is away, or a transaction stayed open for longer than STALL_S
    """
    place = ", ".join(topics)
    client = connect(KafkaConsumer, home, principal, group_id=None, **_READER)
    try:
        left = _ends(home, principal, topics)
        client.assign(list(left))
        _seek(client, list(left), since)
        yield from _until(client, left, place)
    except errors.KafkaError as error:
        raise mapped(error, principal, place) from error
    finally:
        client.close(autocommit=False, timeout_ms=CLOSE_MS)


def _until(client: Any, left: dict[Any, int], place: str) -> Iterator[Record]:
    deadline, left = time.monotonic() + STALL_S, _behind(client, left)
    while left:
        if time.monotonic() > deadline:
            msg = f"nothing more of {place} could be read for {STALL_S:.0f} s: a transaction is still open there; try again"
            raise RetryLater(msg)
        found = client.poll(timeout_ms=SCAN_MS, max_records=1_000)
        moved = not left.keys().isdisjoint(found)
        for partition, records in found.items():
            deadline, end = time.monotonic() + STALL_S, left.get(partition, 0)
            yield from (_record(record) for record in records if record.offset < end)
            if records[-1].offset + 1 >= end:
                left.pop(partition, None)
        if not moved:  # what goes on coming behind the ends of others must not keep this from being seen
            left = _behind(client, left)


def _behind(client: Any, ends: dict[Any, int]) -> dict[Any, int]:
    """Those that are not read to their end; markers of transactions count as read, though no record tells of them. Asked only when
    nothing of them came: for one partition's position kafka-python looks at all of them."""
    return {partition: end for partition, end in ends.items() if (client.position(partition) or 0) < end}


def _ends(home: Home, principal: str, topics: Sequence[str]) -> dict[Any, int]:
    """High watermarks by partition. An uncommitted reader must ask: a committed one is told the last stable offset instead."""
    client = connect(KafkaConsumer, home, principal, group_id=None, **(_READER | {"isolation_level": "read_uncommitted"}))
    try:
        partitions = [TopicPartition(topic, number) for topic in topics for number in _numbers(client, topic)]
        found: dict[Any, int] = client.end_offsets(partitions)
        return found
    finally:
        client.close(autocommit=False, timeout_ms=CLOSE_MS)


def _numbers(client: Any, topic: str) -> list[int]:
    numbers = client.partitions_for_topic(topic)
    if not numbers:
        msg = f"topic {topic} does not exist, or this principal may not see it: {RIGHTS}"
        raise SetupError(msg)
    return sorted(numbers)


def _seek(client: Any, partitions: list[Any], since: datetime | None) -> None:
    if since is None:
        client.seek_to_beginning(*partitions)
        return
    moment = int(since.timestamp() * 1000)
    for partition, found in client.offsets_for_times(dict.fromkeys(partitions, moment)).items():
        if found is None:
            client.seek_to_end(partition)
        else:
            client.seek(partition, found.offset)


def _record(raw: Any) -> Record:
    return Record(raw.topic, raw.partition, raw.offset, raw.timestamp, raw.key, raw.value, list(raw.headers))
