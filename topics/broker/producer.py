"""Writing: every record is acknowledged by all in-sync replicas, or its sender knows which one is not, and why."""

import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

from kafka import KafkaProducer, errors  # noqa: TID251
from kafka.partitioner import DefaultPartitioner  # noqa: TID251

from govbus.envelope import Envelope
from govbus.errors import BusError, Poison, RetryLater
from govbus.reasons import Reason
from govbus.settings import Home
from topics.broker.connection import connect, mapped
from topics.load import load

MAX_BLOCK_MS = 10_000
DELIVERY_MS = 20_000
WAIT_S = DELIVERY_MS / 1000 + 5
CLOSE_S = 2.0
MAX_REQUEST = 1_048_576
BATCH_HEAD = 90

_TOO_LARGE = (errors.MessageSizeTooLargeError, errors.RecordListTooLargeError)


class Position(NamedTuple):
    """Where the broker put a record; ``recorded_ms`` is its LogAppendTime."""

    topic: str
    partition: int
    offset: int
    recorded_ms: int


class Delivery:
    """A record on its way."""

    def __init__(self, producer: "Producer", envelope: Envelope, future: Any) -> None:
        self._producer, self._envelope, self.future = producer, envelope, future

    def result(self) -> Position:
        """Wait until the record is safe.

        :raises Poison: TOO_LARGE
        :raises SetupError: no right to write there, or no such topic
        :raises RetryLater: not acknowledged; it may be in the log all the same, so send the same record, with the same id, again
        """
        told = self._producer.settle(self.future, self._envelope, WAIT_S)
        if isinstance(told, BusError) and not isinstance(told, RetryLater):
            (told,) = self._producer.send_all([self._envelope])  # the fault may be a neighbour's, see Producer
        if isinstance(told, BusError):
            raise told
        return told


class Producer:
    """An idempotent producer of one principal. The partition is murmur2 of the key, as the Java client and the agents compute it.

    kafka-python 3.0.12 gives up for good when the broker refuses one record, and then blames that refusal on all records in
    flight and all later ones: after one record that is too large, a thousand small ones would be told that they are. So the
    client is renewed then, and the blamed are sent again in halves until the refusal stands at one record alone. What the
    broker had taken all the same is there twice, under one id.

    It gives up silently when a batch expires during an outage: later batches wait behind the sequence number of the expired one, for
    ever, with the broker long back (found by killing a broker ten times under load). So the client is renewed then, too.
    """

    def __init__(self, home: Home, principal: str, limits: Mapping[str, int] | None = None) -> None:
        """Connects; errors as :func:`topics.broker.connection.connect`.

        :param limits: largest record by topic, bytes, where known: such records are refused here and never disturb the rest
        """
        self._home, self._principal, self._limits = home, principal, limits or {}
        self._client: Any = None
        self._renewals = 0
        self._expired = False
        self._open()

    def send(self, envelope: Envelope, partition: int | None = None) -> Delivery:
        """Hand one record to the sender thread.

        :param partition: where it shall go; None: where its key belongs
        :raises Poison: TOO_LARGE, where this is known before it is sent
        :raises SetupError: no right to write there, or no such topic
        :raises RetryLater: the topic's partitions are not known within MAX_BLOCK_MS
        """
        headers = envelope.headers()
        if _size(envelope, headers) > self._limits.get(envelope.topic, MAX_REQUEST):
            raise _too_large(envelope)
        try:
            future = self._open().send(envelope.topic, value=envelope.value, key=envelope.key, headers=headers, partition=partition)
        except errors.KafkaError as error:
            raise self.why(error, envelope) from error
        return Delivery(self, envelope, future)

    def send_all(self, envelopes: Sequence[Envelope]) -> list[Position | BusError]:
        """Send all, wait for all, and say of each, in the same order, where it is or why not. Does not raise for a record.

        After a :class:`RetryLater` on the way in, the rest are not tried but get the same answer: a broker that is away would
        cost MAX_BLOCK_MS for each.
        """
        before = self._renewals
        results = self._round(envelopes)
        self._renew()
        if self._renewals == before:
            return results
        blamed = [number for number, result in enumerate(results) if isinstance(result, Poison)]
        if len(blamed) > 1:
            middle = len(blamed) // 2
            for half in (blamed[:middle], blamed[middle:]):
                again = self.send_all([envelopes[number] for number in half])
                for number, result in zip(half, again, strict=True):
                    results[number] = result
        return results

    def why(self, error: Exception, envelope: Envelope) -> BusError:
        """The caller's next move after ``error``."""
        return _too_large(envelope) if isinstance(error, _TOO_LARGE) else mapped(error, self._principal, envelope.topic)

    def close(self, timeout_s: float = CLOSE_S) -> None:
        """Let go, at most ``timeout_s`` later; what is not acknowledged by then is not waited for."""
        client, self._client = self._client, None
        if client is not None:
            try:
                client.close(timeout_s)
            except errors.KafkaTimeoutError:  # its sender thread lives on then, and would send old records between the new client's
                client._sender.force_close()
                client._sender.join(1.0)
                client.close(1.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _round(self, envelopes: Sequence[Envelope]) -> list[Position | BusError]:
        waiting: list[Any] = []
        away: RetryLater | None = None
        for envelope in envelopes:
            try:
                waiting.append(away or self.send(envelope).future)
            except BusError as error:
                away = error if isinstance(error, RetryLater) else None
                waiting.append(error)
        until = time.monotonic() + WAIT_S  # for all together: one by one, a stuck client would hold a thousand records for hours
        return [self.settle(one, envelope, until - time.monotonic()) for one, envelope in zip(waiting, envelopes, strict=True)]

    def settle(self, one: Any, envelope: Envelope, wait_s: float) -> Position | BusError:
        """What became of ``envelope``, whose future (or error) is ``one``, at most ``wait_s`` seconds later."""
        if isinstance(one, BusError):
            return one
        try:
            done = one.get(max(0.0, wait_s))
        except errors.KafkaError as error:
            self._expired = self._expired or isinstance(error, errors.KafkaTimeoutError)
            return self.why(error, envelope)
        return Position(done.topic, done.partition, done.offset, done.timestamp)

    def _renew(self) -> None:
        if self._client is not None and (self._expired or self._client._transaction_manager.has_fatal_error()):
            self._renewals += 1
            self._expired = False
            self.close()

    def _open(self) -> Any:
        self._renew()
        if self._client is None:
            self._client = connect(
                KafkaProducer,
                self._home,
                self._principal,
                acks="all",
                enable_idempotence=True,
                partitioner=DefaultPartitioner(),
                allow_auto_create_topics=False,
                max_request_size=MAX_REQUEST,
                max_block_ms=MAX_BLOCK_MS,
                delivery_timeout_ms=DELIVERY_MS,
                linger_ms=2,
                batch_size=65_536,
            )
        return self._client


def producer(home: Home, principal: str) -> Producer:
    """A connected :class:`Producer` that knows the declared limits; errors as :func:`topics.broker.connection.connect`."""
    return Producer(home, principal, load().limits)


def _size(envelope: Envelope, headers: list[tuple[str, bytes]]) -> int:
    """At least what the record takes in a batch of its own: the broker's limit is for the batch."""
    return len(envelope.value) + len(envelope.key) + sum(len(name) + len(raw) + 4 for name, raw in headers) + BATCH_HEAD


def _too_large(envelope: Envelope) -> Poison:
    return Poison(Reason.TOO_LARGE, envelope.topic, f"{len(envelope.value)} bytes of value")
