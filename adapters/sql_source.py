"""SQL source: rows of the department's own tables go onto the bus; what the broker has acknowledged is marked in the same database.

Most looks go back half a minute; every ten seconds one goes back ``settle_s``; every ``sweep_s``, and at each start, one has no window.
A death between acknowledgement and mark sends the same bytes under the same id once more, which everybody behind takes for a duplicate.
"""

import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from adapters import facts, moves, requests
from adapters.database import Database
from adapters.declaration import Adapter, SqlSource
from adapters.outbox import Outbox, Row
from govbus.envelope import Envelope
from govbus.errors import BusError, Poison, RetryLater, SetupError
from govbus.ports import Observer
from govbus.pseudonym import SubjectKeys
from govbus.reasons import Reason
from govbus.settings import Home, failpoint
from schemas.codec import Codec
from schemas.purposes import keys_of
from topics.broker import Position, Producer, producer
from topics.load import load

log = logging.getLogger(__name__)
_Made = Callable[[str, str, str, Row, Codec, SubjectKeys], Envelope]
_JUST_NOW_S, _SETTLE_EVERY_S = 30.0, 10.0


@dataclass(slots=True)
class _Trip:
    """One row on its way: what was made of it, and what came of that; neither where the same was sent before."""

    row: Row
    envelope: Envelope | None = None
    result: Position | BusError | None = None
    digest: bytes = b""


class SqlSourceDoor:
    """One SQL source at work."""

    def __init__(self, home: Home, adapter: Adapter, spec: SqlSource, observer: Observer) -> None:
        """:raises RetryLater, SetupError: database or broker cannot be used"""
        self.poll_s, self._spec, self._department, self._observer = spec.poll_s, spec, adapter.meta.department, observer
        self._codec = Codec.load(load().records, keys=keys_of(home))
        self._keys = SubjectKeys(home.secret("subject-key").get_secret_value())
        self._database = Database(home, spec.database, spec.role)
        self._outbox = Outbox(self._database, spec, self._department, f"adapter {adapter.meta.id}")
        self._producer: Producer = producer(home, self._department)
        self._looked: dict[float | None, float] = {}
        self._make = _maker(spec)

    def round(self) -> int:
        """Look, send, wait for every acknowledgement, mark."""
        window_s = self._window()
        rows = self._outbox.look(self._spec.batch, window_s)
        undated = self._outbox.undated(self._spec.batch) if window_s is None else []
        if max(len(rows), len(undated)) < self._spec.batch:
            self._looked[window_s] = time.monotonic()  # only a look that came to the end has seen everything
        if rows or undated:
            self._pass([self._undated(row) for row in undated] + self._made(rows))
        return len(rows) + len(undated)

    def _window(self) -> float | None:
        """How far back to look: all times, the settle window, or just now. A look costs the rows in its window: wide ones are rare."""
        now = time.monotonic()
        if now - self._looked.get(None, float("-inf")) >= self._spec.sweep_s:
            return None
        wide = self._spec.settle_s
        return wide if now - self._looked.get(wide, float("-inf")) >= _SETTLE_EVERY_S else min(wide, _JUST_NOW_S)

    def close(self) -> None:
        """Let go of broker and database."""
        self._producer.close()
        self._database.close()

    def _pass(self, trips: Sequence[_Trip]) -> None:
        ready = [(trip, trip.envelope) for trip in trips if trip.envelope is not None and trip.result is None]
        results = self._producer.send_all([envelope for _, envelope in ready])
        for (trip, _), result in zip(ready, results, strict=True):
            trip.result = result
        failpoint("source.acked")
        settled = [(trip.row, trip.digest) for trip in trips if trip.result is None or isinstance(trip.result, Position)]
        self._outbox.settle(settled, [(trip.row, trip.result, trip.digest) for trip in trips if isinstance(trip.result, Poison)])
        self._tell(trips)
        for trip in trips:
            if isinstance(trip.result, RetryLater | SetupError):
                raise trip.result

    def _undated(self, row: Row) -> _Trip:
        return _Trip(row, result=Poison(Reason.BAD_DATE, f"{self._spec.topic} row {row['source_key']}", "updated_at is no time"))

    def _made(self, rows: Sequence[Row]) -> list[_Trip]:
        """What to send of ``rows``; a row that was only touched since it was sent needs a mark and no record."""
        trips = [self._encoded(row) for row in rows]
        before = self._outbox.announce(rows)
        for trip in trips:
            if trip.envelope is None or trip.envelope.id not in before:
                continue
            if before[trip.envelope.id] != trip.digest:
                place = f"{self._spec.topic} row {trip.row['source_key']}"
                trip.result = Poison(Reason.ID_CONFLICT, place, f"version {trip.row['version']} was sent before with other contents")
            trip.envelope = None
        return trips

    def _encoded(self, row: Row) -> _Trip:
        try:
            envelope = self._make(self._department, self._spec.system, self._spec.topic, row, self._codec, self._keys)
        except Poison as bad:
            return _Trip(row, result=bad)
        return _Trip(row, envelope, digest=hashlib.sha256(envelope.value).digest())

    def _tell(self, trips: Sequence[_Trip]) -> None:
        topic = self._spec.topic
        sent = [(trip.envelope, trip.result) for trip in trips if trip.envelope is not None and isinstance(trip.result, Position)]
        self._observer.moved(self._department, topic, "in", "accepted", len(sent), sum(len(envelope.value) for envelope, _ in sent))
        self._observer.moved(self._department, topic, "in", "duplicate", sum(trip.result is None for trip in trips))
        waited = (max(0.0, at.recorded_ms / 1000 - envelope.time.timestamp()) for envelope, at in sent)
        self._observer.took("source_accepted", "all", waited)
        for trip in trips:
            if isinstance(trip.result, Poison):
                log.warning("refused: %s", trip.result)
                self._observer.moved(self._department, topic, "in", "refused", 1)
                self._observer.refused(self._department, topic, trip.result.reason.value)


def _maker(spec: SqlSource) -> _Made:
    if spec.record == "fact":
        return partial(facts.to_envelope, record=spec.carries, codes=spec.codes)
    return moves.to_envelope if spec.record == "case_move" else requests.to_envelope
