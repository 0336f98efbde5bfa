"""Reading fast, with librdkafka: many partitions from given offsets to wherever they end, for those who read everything.

The second of two modules that know librdkafka (docs/decisions/0008-reading-fast.md). ``topics.broker`` itself does not import it: a
department's front-end machine has only kafka-python.
"""

import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, NamedTuple, Self

from confluent_kafka import Consumer, IsolationLevel, KafkaError, KafkaException, Message, TopicPartition  # noqa: TID251
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]  # noqa: TID251

from govbus.errors import BusError, RetryLater, SetupError
from govbus.settings import Home

Place = tuple[str, int]  # topic, partition
Raw = tuple[int, int, bytes | None, bytes | None, list[tuple[str, bytes | None]]]  # offset, LogAppendTime ms, key, value, headers
AT_ONCE = 10_000
WAIT_S = 15.0
_DENIED = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.SASL_AUTHENTICATION_FAILED,
    KafkaError._AUTHENTICATION,
}
_ABSENT = {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_PARTITION, KafkaError._UNKNOWN_TOPIC}
_OUTSIDE = {KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE}


class Polled(NamedTuple):
    """What one poll brought. ``ends``: the position of each partition that is read to its end, behind markers and aborted records;
    ``outside``: partitions whose asked offset is not in the log."""

    records: dict[Place, list[Raw]]
    ends: dict[Place, int]
    outside: list[Place]


class Bulk:
    """Reads partitions without a group; nothing is saved, nobody else is disturbed."""

    def __init__(self, home: Home, principal: str, committed: bool = True) -> None:
        """:param committed: only what committed transactions wrote; otherwise open and aborted ones too

        :raises SetupError: the principal has no secret in this home
        """
        self._principal, self._committed, self._settings = principal, committed, connection(home, principal)
        self._client = Consumer(
            {
                **self._settings,
                "group.id": f"{principal}.bulk",  # librdkafka looks for its coordinator, and never joins it
                "enable.auto.commit": False,
                "auto.offset.reset": "error",  # a gap is somebody's decision, never a silent jump
                "enable.partition.eof": True,
                "isolation.level": "read_committed" if committed else "read_uncommitted",
                "fetch.wait.max.ms": 250,
                "fetch.queue.backoff.ms": 20,  # a full queue is looked at again after a second otherwise
                "queued.max.messages.kbytes": 65_536,
            }
        )

    def spans(self, places: Mapping[Place, Any]) -> dict[Place, tuple[int, int]]:
        """(oldest kept, end) of each partition; the end is the last stable offset for a committed reader.

        :raises RetryLater: the broker is away; :raises SetupError: no right
        """
        if not places:
            return {}
        asked = [TopicPartition(*place) for place in places]
        admin = AdminClient(self._settings)  # one request for all partitions: a consumer asks twice for each
        level = IsolationLevel.READ_COMMITTED if self._committed else IsolationLevel.READ_UNCOMMITTED
        first, last = OffsetSpec.earliest(), OffsetSpec.latest()  # type: ignore[no-untyped-call]
        low = admin.list_offsets(dict.fromkeys(asked, first), request_timeout=WAIT_S)
        high = admin.list_offsets(dict.fromkeys(asked, last), isolation_level=level, request_timeout=WAIT_S)
        try:
            return {(one.topic, one.partition): (low[one].result().offset, high[one].result().offset) for one in asked}
        except KafkaException as error:
            raise classed(error.args[0], self._principal) from error

    def spans_before(self, places: Mapping[Place, Any], at_ms: int) -> dict[Place, tuple[int, int]]:
        """The same up to a log time: the end is the offset of the first record of ``at_ms`` or later, where there is one."""
        if not places:
            return {}
        asked = {TopicPartition(*place): OffsetSpec.for_timestamp(at_ms) for place in places}
        admin = AdminClient(self._settings)  # held: a client that is let go of answers nothing, and its futures wait for ever
        told = admin.list_offsets(asked, request_timeout=WAIT_S)
        try:
            first_later = {(one.topic, one.partition): future.result().offset for one, future in told.items()}
        except KafkaException as error:
            raise classed(error.args[0], self._principal) from error
        return {place: (low, high if first_later[place] < 0 else first_later[place]) for place, (low, high) in self.spans(places).items()}

    def open(self, starts: Mapping[Place, int]) -> None:
        """Read these too, each from its offset on."""
        self._client.incremental_assign([TopicPartition(*place, offset) for place, offset in starts.items()])

    def shut(self, place: Place) -> None:
        """Read this one no longer."""
        self._client.incremental_unassign([TopicPartition(*place)])

    def high(self, place: Place) -> int:
        """End of the partition as the last fetch saw it; -1 before the first."""
        return int(self._client.get_watermark_offsets(TopicPartition(*place), cached=True)[1])

    def poll(self, most: int = AT_ONCE, timeout_s: float = 0.5) -> Polled:
        """What has come, in order of offset within each partition.

        :raises SetupError: a right is missing, or a topic; :raises RetryLater: the broker does not do it now
        """
        polled = Polled({}, {}, [])
        messages: list[Any] = self._client.consume(most, timeout_s)  # the stubs allow no topic, partition or offset
        for message in messages:
            if message.error() is not None:
                self._event(message, polled)
                continue
            place = (message.topic(), message.partition())
            raw = (message.offset(), message.timestamp()[1], message.key(), message.value(), message.headers() or [])
            if (held := polled.records.get(place)) is None:
                polled.records[place] = [raw]
            else:
                held.append(raw)
        return polled

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _event(self, message: Message, polled: Polled) -> None:
        error, place = message.error(), (str(message.topic()), message.partition() or 0)
        if error is None or error.code() == KafkaError._PARTITION_EOF:
            polled.ends[place] = message.offset() or 0
        elif error.code() in _OUTSIDE:
            polled.outside.append(place)
        elif error.code() in _ABSENT:
            msg = f"topic {message.topic()} does not exist, or {self._principal} may not see it: run 'govbus topics apply'"
            raise SetupError(msg)
        elif error.code() != KafkaError._ALL_BROKERS_DOWN and not error.retriable():
            raise classed(error, f"{self._principal} at {message.topic()}/{message.partition()}")


def connection(home: Home, principal: str) -> dict[str, Any]:
    """librdkafka's connection settings of a principal; the password comes from its secret file and goes nowhere else."""
    return {
        "bootstrap.servers": home.site.kafka.bootstrap,
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": str(home.site.kafka.ca),
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": principal,
        "sasl.password": home.secret(f"kafka.{principal}").get_secret_value(),
        "client.id": f"govbus-{principal}",
    }


def classed(error: KafkaError, what: str) -> BusError:
    """librdkafka's error as one of ours, by the caller's next move."""
    if error.code() in _DENIED:
        return SetupError(f"{what}: {error.str()}; run govbus topics plan to see the rights of this principal")
    return RetryLater(f"{what}: {error.str()}; is the broker up? govbus doctor")


def drain(bulk: Bulk, ends: Mapping[Place, int], stall_s: float = 30.0) -> Iterator[Polled]:
    """Polls until every partition has passed its end.

    :raises RetryLater: nothing came for ``stall_s`` seconds: a transaction is open there
    """
    left, moved = dict(ends), time.monotonic()
    while left:
        polled = bulk.poll()
        reached = {place: records[-1][0] + 1 for place, records in polled.records.items()} | polled.ends
        moved = time.monotonic() if reached else moved
        if time.monotonic() - moved > stall_s:
            msg = f"nothing more of {', '.join(f'{topic}/{number}' for topic, number in left)} came for {stall_s:.0f} s; try again"
            raise RetryLater(msg)
        left = {place: end for place, end in left.items() if reached.get(place, -1) < end}
        yield polled
