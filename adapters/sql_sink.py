"""SQL sink: what the bus tells a department goes, with its dedupe marks, into its own database in one transaction; then the position is
committed.

Delivery is at least once; the effect is once: a record that comes again finds its mark and changes nothing. The same id with other bytes
never overwrites: it is kept in ``bus.conflict`` for a person.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from adapters import progress, verdicts
from adapters.database import Database
from adapters.declaration import Adapter, SqlSink
from adapters.inbox import Item
from govbus.errors import Poison
from govbus.ports import Observer
from govbus.reasons import Reason
from govbus.settings import Home, failpoint
from schemas.codec import Codec
from topics.broker import Consumer, Record, consumer
from topics.load import load

log = logging.getLogger(__name__)

Refused = tuple[str, Poison]  # topic, why
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
        self._database.ensure("asker-3.sql", "bus.case_now")
        self._inlet: Consumer = consumer(home, self._department, list(spec.topics), spec.group, instance=adapter.meta.id)
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
        self._tell(Counter(record.topic for record in records), written, refused)
        return len(records)

    def close(self) -> None:
        """Let go of broker and database."""
        self._inlet.close()
        self._database.close()

    def _write(self, records: Sequence[Record]) -> tuple[list[Item], list[Refused]]:
        found, refused = self._read(records)
        lines = [each for each in found if each.envelope.type in progress.RECORDS]
        answers = [each for each in found if each.envelope.type not in progress.RECORDS]
        with self._database.begin() as link:
            done = [verdicts.deliver(link, answers), progress.deliver(link, lines)]
        for one in (one for _, against in done for one in against):
            refused.append(
                (one.envelope.topic, Poison(Reason.ID_CONFLICT, one.envelope.place, "another record stands with this id or request"))
            )
        return [each for written, _ in done for each in written], refused

    def _read(self, records: Sequence[Record]) -> tuple[list[Item], list[Refused]]:
        found: list[Item] = []
        refused: list[Refused] = []
        for record in records:
            try:
                envelope = record.envelope()
                name, data = self._codec.decode(record.topic, envelope.value, envelope.place)
                found.append((progress.told if name in progress.RECORDS else verdicts.verdict)(envelope, data))
            except Poison as bad:
                refused.append((record.topic, bad))
        return found, refused

    def _tell(self, came: Mapping[str, int], written: Sequence[Item], refused: Sequence[Refused]) -> None:
        entered, left = Counter(each.envelope.topic for each in written), Counter(topic for topic, _ in refused)
        for topic, records in came.items():
            self._observer.moved(self._department, topic, "out", "delivered", entered[topic])
            self._observer.moved(self._department, topic, "out", "duplicate", records - entered[topic] - left[topic])
        for topic, bad in refused:
            log.warning("not delivered: %s", bad)
            self._observer.moved(self._department, topic, "out", "refused", 1)
            self._observer.refused(self._department, topic, bad.reason.value)
        self._times([each.data for each in written if each.envelope.topic == self._spec.topic])

    def _times(self, told: Sequence[Mapping[str, Any]]) -> None:
        now_ms = datetime.now(UTC).timestamp() * 1000
        by_exchange: dict[str, list[Mapping[str, Any]]] = {}
        for data in told:
            by_exchange.setdefault(data["exchange"] or "unrouted", []).append(data)
        for exchange, found in by_exchange.items():
            self._observer.took("checked_delivered", exchange, [max(0.0, (now_ms - data["decided_at"]) / 1000) for data in found])
            self._observer.took("end_to_end", exchange, [max(0.0, (now_ms - data["requested_at"]) / 1000) for data in found])
