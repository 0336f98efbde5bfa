"""SQL sink: a verdict and its dedupe mark go into the department's own database in one transaction; then the position is committed.

Delivery is at least once; the effect is once: a verdict that comes again finds its mark and changes nothing. The same id with other bytes
never overwrites: it is kept in ``bus.conflict`` for a person.
"""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, text

from adapters.database import Database
from adapters.declaration import Adapter, SqlSink
from govbus.envelope import Envelope, from_ms
from govbus.errors import Poison
from govbus.identity import dates
from govbus.ports import Observer
from govbus.reasons import Reason
from govbus.settings import Home, failpoint
from schemas.codec import Codec
from topics.broker import Consumer, Record, consumer
from topics.load import load

log = logging.getLogger(__name__)

_MARK = text("INSERT INTO bus.inbox (event_id, digest) VALUES (:event_id, :digest) ON CONFLICT DO NOTHING RETURNING event_id")
_MARKED = text("SELECT digest FROM bus.inbox WHERE event_id = :event_id")
_CONFLICT = text("INSERT INTO bus.conflict (event_id, digest, place) VALUES (:event_id, :digest, :place) ON CONFLICT DO NOTHING")
_VERDICT = text("""
INSERT INTO bus.verdict (request_id, source_key, item, outcome, mismatched_fields, flags, reason, reason_text, owner, holder, as_of,
    source_version, rule_version, requested_at, accepted_at, decided_at, place)
VALUES (:request_id, (SELECT source_key FROM bus.request WHERE request_id = :request_id), :item, :outcome, :mismatched_fields, :flags,
    :reason, :reason_text, :owner, :holder, :as_of, :source_version, :rule_version, :requested_at, :accepted_at, :decided_at, :place)
ON CONFLICT (request_id) DO NOTHING RETURNING request_id
""")
_REPLACED = text("""
INSERT INTO bus.verdict_before (request_id, revision, outcome, mismatched_fields, flags, reason, holder, source_version, decided_at,
    delivered_at, corrected_by)
SELECT request_id, :revision - 1, outcome, mismatched_fields, flags, reason, holder, source_version, decided_at, delivered_at, :corrected_by
FROM bus.verdict WHERE request_id = :request_id
    AND NOT EXISTS (SELECT FROM bus.verdict_before b WHERE b.request_id = :request_id AND b.revision >= :revision - 1)
RETURNING request_id
""")
_GONE = text("DELETE FROM bus.verdict WHERE request_id = :request_id")
_PART = text("""
INSERT INTO bus.verdict_part (request_id, revision, holder, outcome, mismatched_fields, flags, reason, source_version)
VALUES (:request_id, :revision, :holder, :outcome, :mismatched_fields, :flags, :reason, :source_version) ON CONFLICT DO NOTHING
""")
_TIMES = ("requested_at", "accepted_at", "decided_at")
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

    def _write(self, records: Sequence[Record]) -> tuple[list[dict[str, Any]], list[Poison]]:
        written: list[dict[str, Any]] = []
        refused: list[Poison] = []
        with self._database.begin() as link:
            for record in records:
                try:
                    envelope = record.envelope()
                    _, data = self._codec.decode(record.topic, envelope.value, envelope.place)
                    if self._once(link, envelope, data):
                        written.append(data)
                except Poison as bad:
                    refused.append(bad)
        return written, refused

    def _once(self, link: Connection, envelope: Envelope, data: dict[str, Any]) -> bool:
        """Write one verdict unless its mark is there.

        :raises Poison: ID_CONFLICT, the mark (or the verdict of this request) stands for other bytes; BAD_DATE
        """
        row = _row(data, envelope.place)
        mark = {"event_id": envelope.id, "digest": hashlib.sha256(envelope.value).digest()}
        if link.execute(_MARK, mark).first() is None:
            before = link.execute(_MARKED, mark).scalar_one()
            if bytes(before) == mark["digest"]:
                return False
        elif _entered(link, row):
            return True
        link.execute(_CONFLICT, {**mark, "place": envelope.place})
        raise Poison(Reason.ID_CONFLICT, envelope.place, "another verdict stands for this request")

    def _tell(self, written: Sequence[dict[str, Any]], refused: Sequence[Poison], records: int) -> None:
        now_ms = datetime.now(UTC).timestamp() * 1000
        topic = self._spec.topic
        self._observer.moved(self._department, topic, "out", "delivered", len(written))
        self._observer.moved(self._department, topic, "out", "duplicate", records - len(written) - len(refused))
        for bad in refused:
            log.warning("not delivered: %s", bad)
            self._observer.moved(self._department, topic, "out", "refused", 1)
            self._observer.refused(self._department, topic, bad.reason.value)
        for data in written:
            exchange = data["exchange"] or "unrouted"
            self._observer.took("checked_delivered", exchange, [max(0.0, (now_ms - data["decided_at"]) / 1000)])
            self._observer.took("end_to_end", exchange, [max(0.0, (now_ms - data["requested_at"]) / 1000)])


def _entered(link: Connection, row: Mapping[str, Any]) -> bool:
    """Write a verdict that is new here; one that a correction brought takes the place of the one before, which is kept."""
    if row["revision"] and link.execute(_REPLACED, row).first() is not None:
        link.execute(_GONE, row)
    if link.execute(_VERDICT, row).first() is None:
        return False
    for part in row["parts"]:
        link.execute(_PART, {"request_id": row["request_id"], "revision": row["revision"], **part})
    return True


def _row(data: Mapping[str, Any], place: str) -> dict[str, Any]:
    """The verdict as the table takes it. Parts of a holder's answer are in it as they came: a day that does not exist becomes none, and
    U+0000, which PostgreSQL has not, goes, for the officer must find a row and the rows behind it too.

    :raises Poison: BAD_DATE, a moment outside the calendar
    """
    row = {name: _storable(value) for name, value in data.items()} | {"place": place, "as_of": dates.iso(data["as_of"] or "")}
    try:
        return row | {name: from_ms(data[name]) for name in _TIMES}
    except (ValueError, OverflowError, OSError):
        raise Poison(Reason.BAD_DATE, place, f"one of {', '.join(_TIMES)}") from None


def _storable(value: Any) -> Any:
    if isinstance(value, list):
        return [_storable(each) for each in value]
    if isinstance(value, dict):
        return {name: _storable(each) for name, each in value.items()}
    return value.replace("\x00", "") if isinstance(value, str) else value
