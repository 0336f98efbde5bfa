"""Code sink: changes of codes and badges by buckets become one line a person in the store, with their positions, in one transaction."""

import logging
import time
from collections import Counter

from adapters.checkpoint.store import BadgeRow, CodeRow, Place, Writer, path
from adapters.declaration import Adapter, CodeSink
from govbus.errors import Poison
from govbus.ports import Observer
from govbus.settings import Home, failpoint
from schemas.codec import Codec
from schemas.purposes import keys_of
from topics.broker import Consumer, Record, consumer
from topics.load import load

log = logging.getLogger(__name__)
_CHANGED = "gov_data.CodeChanged"
_AT_ONCE, _WAIT_S = 500, 0.5


class CodeSinkDoor:
    """One code sink at work."""

    def __init__(self, home: Home, adapter: Adapter, spec: CodeSink, observer: Observer) -> None:
        """:raises RetryLater, SetupError: the broker cannot be used"""
        self.poll_s, self._spec, self._department, self._observer = 0.0, spec, adapter.meta.department, observer
        self._codec = Codec.load(load().records, keys=keys_of(home))
        self._store = Writer(path(home, adapter.meta.id))
        group = f"{self._department}.codes-{self._store.name}"
        self._inlet: Consumer = consumer(home, self._department, [spec.codes, spec.badges], group, instance=adapter.meta.id)
        self._waiting: list[Record] = []

    def round(self) -> int:
        """Take what is there and write it. After an error the same records are written again."""
        self._waiting = self._waiting or self._inlet.poll(_AT_ONCE, timeout_s=_WAIT_S)
        codes: list[CodeRow] = []
        badges: list[BadgeRow] = []
        positions: dict[Place, int] = {}
        outcomes: Counter[tuple[str, str]] = Counter()
        for record in self._waiting:
            place = (record.topic, record.partition)
            again = record.offset < self._store.positions.get(place, 0)
            outcomes[record.topic, "duplicate" if again else self._read(record, codes, badges)] += 1
            positions[place] = max(record.offset + 1, self._store.positions.get(place, 0))
        self._store.write(codes, badges, positions, int(time.time() * 1000))
        failpoint("codes.written")
        self._inlet.commit()
        self._waiting = []
        for (topic, outcome), records in outcomes.items():
            self._observer.moved(self._department, topic, "out", outcome, records)  # type: ignore[arg-type]
        return sum(outcomes.values())

    def close(self) -> None:
        """Let go of broker and store."""
        self._inlet.close()
        self._store.close()

    def _read(self, record: Record, codes: list[CodeRow], badges: list[BadgeRow]) -> str:
        try:
            envelope = record.envelope()
            name, data = self._codec.decode(record.topic, envelope.value, envelope.place)
            if name == _CHANGED:
                at, shown = next(
                    ((each["as_of"], bool(each["value"])) for each in data["badges"] if each["badge"] == self._spec.badge), (None, False)
                )
                codes.append((bytes.fromhex(envelope.key.decode()), data["level"], data["as_of"], data["revision"], at, shown))
            elif data["badge"] == self._spec.badge:
                badges += [(bytes.fromhex(each["person_key"]), each["as_of"]) for each in data["persons"]]
        except Poison as bad:
            log.warning("not delivered: %s", bad)
            self._observer.refused(self._department, record.topic, bad.reason.value)
            return "refused"
        return "delivered"
