"""SQL source: rows of the department's own tables go onto the bus; what the broker has acknowledged is marked in the same database.

The marks are the cursor. A look takes rows that changed within the settle window and have no mark, so a row that was committed late, or
whose marking was cut off by a death, is found again and sent under the same id. Nothing is ever skipped because a later row came first.
Every ``sweep_s``, and at each start, a look has no window at all.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from adapters.database import Database
from adapters.declaration import Adapter, SqlSource
from adapters.requests import request_id, to_envelope
from govbus.envelope import Envelope
from govbus.errors import BusError, Poison, RetryLater, SetupError
from govbus.ports import Observer
from govbus.pseudonym import SubjectKeys
from govbus.settings import Home, failpoint
from schemas.codec import Codec
from topics.broker import Position, Producer, producer
from topics.load import load

log = logging.getLogger(__name__)

_LOOK = """
SELECT q.* FROM ({query}) q
LEFT JOIN (SELECT source_key, version, row_updated_at FROM bus.sent WHERE row_updated_at > {floor}) s
    ON s.source_key = q.source_key AND s.version = q.version AND s.row_updated_at = q.updated_at
WHERE q.updated_at > {floor} AND s.source_key IS NULL
ORDER BY q.updated_at, q.source_key LIMIT :batch
"""
_MARK = text("""
INSERT INTO bus.sent (source_key, version, row_updated_at, request_id) VALUES (:source_key, :version, :updated_at, :request_id)
ON CONFLICT DO NOTHING
""")
_REFUSE = text("""
INSERT INTO bus.verdict (request_id, source_key, item, outcome, mismatched_fields, flags, reason, reason_text, owner, requested_at, place)
VALUES (:request_id, :source_key, :item, 'refused', '{}', '{}', :reason, :reason_text, :owner, :requested_at, :place)
ON CONFLICT (request_id) DO NOTHING
""")
_FLOOR = {False: "now() - make_interval(secs => :settle_s)", True: "'-infinity'::timestamptz"}


@dataclass(slots=True)
class _Trip:
    """One row on its way: what was made of it, and what came of that."""

    row: Mapping[str, Any]
    envelope: Envelope | None
    result: Position | BusError | None = None


class SqlSourceDoor:
    """One SQL source at work."""

    def __init__(self, home: Home, adapter: Adapter, spec: SqlSource, observer: Observer) -> None:
        """:raises RetryLater, SetupError: database or broker cannot be used"""
        self.poll_s, self._spec, self._department, self._observer = spec.poll_s, spec, adapter.meta.department, observer
        self._name = adapter.meta.id
        self._codec = Codec.load(load().records)
        self._keys = SubjectKeys(home.secret("subject-key").get_secret_value())
        self._database = Database(home, spec.database, spec.role)
        self._database.ensure("asker.sql", "bus.conflict")
        self._producer: Producer = producer(home, self._department)
        self._swept = float("-inf")

    def round(self) -> int:
        """Look, send, wait for every acknowledgement, mark."""
        sweep = time.monotonic() - self._swept >= self._spec.sweep_s
        rows = self._look(sweep)
        if sweep and len(rows) < self._spec.batch:
            self._swept = time.monotonic()  # only a look that came to the end has seen everything
        if rows:
            self._send(rows)
        return len(rows)

    def close(self) -> None:
        """Let go of broker and database."""
        self._producer.close()
        self._database.close()

    def _look(self, sweep: bool) -> Sequence[Mapping[str, Any]]:
        query = text(_LOOK.format(query=self._spec.query, floor=_FLOOR[sweep]))
        values = {"batch": self._spec.batch} | ({} if sweep else {"settle_s": self._spec.settle_s})
        with self._database.begin() as link:
            return [dict(row) for row in link.execute(query, values).mappings()]

    def _send(self, rows: Sequence[Mapping[str, Any]]) -> None:
        trips = [self._made(row) for row in rows]
        ready = [trip for trip in trips if trip.envelope is not None]
        results = self._producer.send_all([trip.envelope for trip in ready if trip.envelope is not None])
        for trip, result in zip(ready, results, strict=True):
            trip.result = result
        failpoint("source.acked")
        self._mark([trip for trip in trips if isinstance(trip.result, Position | Poison)])
        self._tell(trips)
        for trip in trips:
            if isinstance(trip.result, RetryLater | SetupError):
                raise trip.result

    def _made(self, row: Mapping[str, Any]) -> _Trip:
        try:
            return _Trip(row, to_envelope(self._department, self._spec.system, self._spec.topic, row, self._codec, self._keys))
        except Poison as bad:
            return _Trip(row, None, bad)

    def _mark(self, settled: Sequence[_Trip]) -> None:
        """Marks of what was acknowledged, and verdicts with marks of what never can be; the rest is found again by the next look."""
        if not settled:
            return
        refused = [self._refusal(trip.row, trip.result) for trip in settled if isinstance(trip.result, Poison)]
        with self._database.begin() as link:
            if refused:
                link.execute(_REFUSE, refused)
            link.execute(_MARK, [self._identity(trip.row) for trip in settled])

    def _identity(self, row: Mapping[str, Any]) -> dict[str, Any]:
        name = request_id(self._department, self._spec.system, row)
        return {"source_key": row["source_key"], "version": row["version"], "updated_at": row["updated_at"], "request_id": name}

    def _refusal(self, row: Mapping[str, Any], bad: Poison) -> dict[str, Any]:
        return {
            **self._identity(row), "item": str(row["item"] or ""), "reason": bad.reason.value, "reason_text": str(bad),
            "owner": self._department, "requested_at": row["updated_at"], "place": f"adapter {self._name}",
        }  # fmt: skip

    def _tell(self, trips: Sequence[_Trip]) -> None:
        sent = [(trip.envelope, trip.result) for trip in trips if trip.envelope is not None and isinstance(trip.result, Position)]
        size = sum(len(envelope.value) for envelope, _ in sent)
        self._observer.moved(self._department, self._spec.topic, "in", "accepted", len(sent), size)
        waited = (max(0.0, at.recorded_ms / 1000 - envelope.time.timestamp()) for envelope, at in sent)
        self._observer.took("source_accepted", "all", waited)
        for trip in trips:
            if isinstance(trip.result, Poison):
                log.warning("refused: %s", trip.result)
                self._observer.moved(self._department, self._spec.topic, "in", "refused", 1)
                self._observer.refused(self._department, self._spec.topic, trip.result.reason.value)
