"""The world around the runtime: askers who send at a rate, holders who answer what they are asked. At least once, like adapters."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from govbus.envelope import Envelope
from govbus.errors import BusError, RetryLater
from govbus.settings import Home
from schemas.codec import Codec
from tests.faults.crowd import Crowd, Piece, answers
from tests.faults.history import History
from topics import broker

ANEW = 5  # failures in a row
BURST = 50
PATIENCE_S = 90.0


class Post:
    """Sends until every record is acknowledged, and writes down each attempt."""

    def __init__(self, home: Home, history: History) -> None:
        self._home, self._history = home, history
        self._producers: dict[str, broker.Producer] = {}

    def send(self, pieces: Iterable[Piece]) -> None:
        """All of them, by the principal that owns each topic; what is not acknowledged goes again.

        :raises TimeoutError: a record is not acknowledged after PATIENCE_S
        """
        with self._history.send():
            self._send(pieces)

    def _send(self, pieces: Iterable[Piece]) -> None:
        waiting: dict[str, list[Envelope]] = defaultdict(list)
        for piece in pieces:
            self._history.sending(piece.envelope, piece.kind)
            waiting[piece.envelope.topic.split(".", 1)[0]].append(piece.envelope)
        for principal, envelopes in waiting.items():
            deadline = time.monotonic() + PATIENCE_S
            while envelopes := self._once(principal, envelopes):
                if time.monotonic() > deadline:
                    msg = f"{len(envelopes)} records of {principal} are not acknowledged after {PATIENCE_S:.0f} s"
                    raise TimeoutError(msg)

    def _once(self, principal: str, envelopes: list[Envelope]) -> list[Envelope]:
        try:
            results = self._producer(principal).send_all(envelopes)
        except RetryLater as error:
            results = [error] * len(envelopes)
        for envelope, result in zip(envelopes, results, strict=True):
            if isinstance(result, BusError):
                self._history.unknown(envelope, type(result).__name__)
            else:
                self._history.acknowledged(envelope, result)
        failed = [number for number, result in enumerate(results) if isinstance(result, BusError)]
        return envelopes[failed[0] :] if failed else []  # all behind it too, so that the order of the sender holds

    def _producer(self, principal: str) -> broker.Producer:
        if principal not in self._producers:
            self._producers[principal] = broker.producer(self._home, principal)
        return self._producers[principal]

    def close(self) -> None:
        """Let go of all connections."""
        for producer in self._producers.values():
            producer.close()


class Thread:
    """A thread that works until it is stopped and whose error is the test's."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work, self._over, self._error = work, threading.Event(), list[BaseException]()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            while not self._over.is_set():
                self._work()
        except BaseException as error:  # told by stop(), in the thread that can act on it
            self._error.append(error)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join(PATIENCE_S)
        if error is None and self._error:
            raise self._error[0]


class Askers:
    """Sends a crowd's requests at about ``rate`` a second: the work of a :class:`Thread`."""

    def __init__(self, post: Post, crowd: Crowd, rate: float) -> None:
        self._post, self._crowd, self._rate, self._next = post, crowd, rate, time.monotonic()

    def __call__(self) -> None:
        time.sleep(max(0.0, self._next - time.monotonic()))  # the pace, nothing is waited for
        self._post.send(self._crowd.take(BURST))
        self._next = max(self._next + BURST / self._rate, time.monotonic() - 1)


class Holder:
    """Answers what one holder is asked: the work of a :class:`Thread`. Its position is saved when its answers are safe."""

    def __init__(self, home: Home, codec: Codec, post: Post, name: str) -> None:
        self._codec, self._post, self._topic = codec, post, f"{name}.question"
        self._open = lambda: broker.consumer(home, name, [self._topic], f"{name}.checker")
        self._inlet: broker.Consumer | None = self._open()
        self._failures = 0

    def __call__(self) -> None:
        try:
            self._inlet = self._inlet or self._open()
            records = self._inlet.poll(500, 0.2)
            self._post.send([piece for record in records for piece in self._answers(record)])
            self._inlet.commit()
            self._failures = 0
        except RetryLater:  # the broker is away, or the position was not saved: the questions come again, and so do the answers
            self._failures += 1
            if self._failures % ANEW == 0:  # as the adapters do: the client may be part of the trouble
                self.close()

    def _answers(self, record: broker.Record) -> list[Piece]:
        envelope = record.envelope()
        _, data = self._codec.decode(record.topic, envelope.value, envelope.place)
        return answers(self._codec, envelope._replace(data=data))

    def close(self) -> None:
        """Leave the group."""
        if self._inlet is not None:
            self._inlet.close()
            self._inlet = None
