"""Source of rounds of testing: all files that are ready are read together and go out by buckets of persons, hundreds of results a record.

It keeps no memory: what is sent again changes nothing at the bucket, and a death in the middle sends the files of that batch once more.
"""

import hashlib
import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.declaration import Adapter, RoundSource
from adapters.drop import Refused, drop_of
from adapters.rounds.tubes import Tube, Tubes
from adapters.rows import decode, parse
from govbus import buckets
from govbus.envelope import Envelope, event_id, from_ms
from govbus.errors import BusError, Poison
from govbus.ports import Observer
from govbus.pseudonym import SubjectKeys
from govbus.settings import Home, failpoint
from schemas.codec import Codec
from schemas.purposes import keys_of
from topics.broker import Producer, producer
from topics.load import load

log = logging.getLogger(__name__)
TOGETHER = 250_000
"""Results that are held before they are sent: 250 a bucket, about 150 MB. Fewer would mean more records, and a state written for each."""
_LONGEST, _AT_ONCE = 1_000, 200
ROUND, POOL = "health.LabRound", "health.PoolPositive"


@dataclass(slots=True)
class _File:
    path: Path
    tubes: int = 0
    refused: list[Refused] = field(default_factory=list)


class RoundSourceDoor:
    """One source of rounds at work."""

    def __init__(self, home: Home, adapter: Adapter, spec: RoundSource, observer: Observer) -> None:
        """:raises RetryLater, SetupError: no drop folder, or the broker cannot be used"""
        self.poll_s, self._spec, self._department, self._observer = spec.poll_s, spec, adapter.meta.department, observer
        self._drop, self._codec = drop_of(home, self._department), Codec.load(load().records, keys=keys_of(home))
        self._keys = SubjectKeys(home.secret("subject-key").get_secret_value())
        self._producer: Producer = producer(home, self._department)

    def round(self) -> int:
        """Take files that are ready, up to TOGETHER results; how many tubes they had."""
        by_bucket: dict[str, list[dict[str, Any]]] = {}
        pools: list[Envelope] = []
        files: list[_File] = []
        held = 0
        for path in self._drop.ready():
            found = self._read(path)
            if found is None:
                continue
            one, tubes = found
            files.append(one)
            for tube in tubes:
                pools += self._pools(tube)
                for person, entry in tube.results():
                    by_bucket.setdefault(buckets.crowd(person), []).append(entry)
                    held += 1
            if held >= TOGETHER:
                break
        self._send(self._records(by_bucket))
        self._send(pools)
        failpoint("rounds.sent")
        for one in files:
            self._drop.finish(one.path, one.tubes, 0, one.refused, self._spec.columns)
            self._tell(one)
        return sum(one.tubes + len(one.refused) for one in files)

    def close(self) -> None:
        """Let go of the broker."""
        self._producer.close()

    def _read(self, path: Path) -> tuple[_File, list[Tube]] | None:
        reading, one, found = Tubes(self._spec, self._keys, int(time.time() * 1000)), _File(path), []
        try:
            for row in parse(decode(self._drop.read(path), self._spec, path.name), self._spec, path.name):
                try:
                    found.append(reading.read(row, f"{path.name}:{row.number}"))
                except Poison as bad:
                    one.refused.append((row.number, bad, row.cells))
        except Poison as bad:
            log.warning("file refused: %s", bad)
            self._observer.refused(self._department, self._spec.topic, bad.reason.value)
            self._drop.refuse(path, bad)
            return None
        one.tubes = len(found)
        return one, found

    def _records(self, by_bucket: dict[str, list[dict[str, Any]]]) -> Iterator[Envelope]:
        for bucket, entries in by_bucket.items():
            for start in range(0, len(entries), _LONGEST):
                part = entries[start : start + _LONGEST]
                value = self._codec.encode(ROUND, {"bucket": bucket, "division": self._spec.division, "results": part})
                name = event_id(self._department, self._spec.system, bucket, hashlib.sha256(value).hexdigest())
                newest = max(each["sampled_at"] for each in part)
                yield self._envelope(name, ROUND, self._spec.topic, newest, buckets.crowd_key(bucket), value)

    def _pools(self, tube: Tube) -> Iterator[Envelope]:
        for data in tube.pools(self._spec.division):
            name = event_id(self._department, self._spec.system, "pool", tube.tube_id, data["person_key"], tube.version)
            value = self._codec.encode(POOL, data)
            yield self._envelope(name, POOL, self._spec.pools, tube.sampled_at, data["person_key"].encode(), value)

    def _envelope(self, name: str, record: str, topic: str, at_ms: int, key: bytes, value: bytes) -> Envelope:
        source = f"/{self._department}/{self._spec.system}"
        return Envelope(id=name, source=source, type=record, time=from_ms(at_ms), topic=topic, key=key, value=value)

    def _send(self, envelopes: Iterable[Envelope]) -> None:
        """:raises BusError: the files stay where they are, and the next round takes them again"""
        waiting: list[Envelope] = []
        for each in envelopes:
            waiting.append(each)
            if len(waiting) == _AT_ONCE:
                self._sent(waiting)
                waiting = []
        self._sent(waiting)

    def _sent(self, envelopes: list[Envelope]) -> None:
        for result in self._producer.send_all(envelopes):
            if isinstance(result, BusError):
                raise result

    def _tell(self, one: _File) -> None:
        log.info("%s: %d tubes sent, %d refused", one.path.name, one.tubes, len(one.refused))
        self._observer.moved(self._department, self._spec.topic, "in", "accepted", one.tubes)
        self._observer.moved(self._department, self._spec.topic, "in", "refused", len(one.refused))
        for _, bad, _ in one.refused:
            self._observer.refused(self._department, self._spec.topic, bad.reason.value)
