"""SQL sink: a verdict and its dedupe mark go into the department's own database in one transaction; then the position is committed.

Delivery is at least once; the effect is once: a verdict that comes again finds its mark and changes nothing. The same id with other bytes
never overwrites: it is kept in ``bus.conflict`` for a person.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from adapters.database import Database
from adapters.declaration import Adapter, SqlSink
from adapters.verdicts import Verdict, deliver, verdict
from govbus.errors import Poison
from govbus.ports import Observer
from govbus.reasons import Reason
from govbus.settings import Home, failpoint
from schemas.codec import Codec
from topics.broker import Consumer, Record, consumer
from topics.load import load

log = logging.getLogger(__name__)

_IDLE_S = 0.0  # the poll itself waits


class SqlSinkDoor:
    """One SQL sink at work."""

    def __init__(self, home: Home, adapter: Adapter, spec: SqlSink, observer: Observer) -> None:
        """:raises RetryLater, SetupError: database or broker cannot be used"""
        self.poll_s, self._spec, self._department, self._observer = _IDLE_S, spec, adapter.meta.department, observer
        self._codec = Codec.load(load().records)
        self._database = Database(home, spec.database, spec.role)
        self._database.ensure("asker.sql", "bus.conflict")
        self._database.ensure("asker-2.sql", "bus.verdict_before")
        self._inlet: Consumer = consumer(home, self._department, [spec.topic], spec.group, instance=adapter.meta.id)
        self._waiting: list[Record] = []

    def round(self) -> int:
        """Take what is there, write it with its marks, then commit the position. After an error the same records are written again."""
        self._waiting = self._waiting or self._inlet.poll(500, timeout_s=0.5)
        records = self._waiting
        if not records:
            return 0
        written, refused = self._write(records)
        failpoint("sink.written")
        self._inlet.commit()
        self._waiting = []
        self._tell(written, refused, len(records))
        return len(records)

    def close(self) -> None:
        """Let go of broker and database."""
        self._inlet.close()
        self._database.close()

    def _write(self, records: Sequence[Record]) -> tuple[list[Verdict], list[Poison]]:
        found, refused = self._read(records)
        with self._database.begin() as link:
            written, against = deliver(link, found)
        conflicts = (Poison(Reason.ID_CONFLICT, one.envelope.place, "another verdict stands for this request") for one in against)
        return written, [*refused, *conflicts]

    def _read(self, records: Sequence[Record]) -> tuple[list[Verdict], list[Poison]]:
        found: list[Verdict] = []
        refused: list[Poison] = []
        for record in records:
            try:
                envelope = record.envelope()
                _, data = self._codec.decode(record.topic, envelope.value, envelope.place)
                found.append(verdict(envelope, data))
            except Poison as bad:
                refused.append(bad)
        return found, refused

    def _tell(self, written: Sequence[Verdict], refused: Sequence[Poison], records: int) -> None:
        now_ms = datetime.now(UTC).timestamp() * 1000
        topic = self._spec.topic
        self._observer.moved(self._department, topic, "out", "delivered", len(written))
        self._observer.moved(self._department, topic, "out", "duplicate", records - len(written) - len(refused))
        for bad in refused:
            log.warning("not delivered: %s", bad)
            self._observer.moved(self._department, topic, "out", "refused", 1)
            self._observer.refused(self._department, topic, bad.reason.value)
        by_exchange: dict[str, list[Mapping[str, Any]]] = {}
        for each in written:
            by_exchange.setdefault(each.data["exchange"] or "unrouted", []).append(each.data)
        for exchange, told in by_exchange.items():
            self._observer.took("checked_delivered", exchange, [max(0.0, (now_ms - data["decided_at"]) / 1000) for data in told])
            self._observer.took("end_to_end", exchange, [max(0.0, (now_ms - data["requested_at"]) / 1000) for data in told])
