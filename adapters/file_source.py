"""File source: nightly CSV files become records; bad rows go back beside the file, good ones are not held up by them.

A nightly file sends everything again. Rows that went onto the bus before are remembered by a keyed hash (SQLite in the drop folder), so
that a night costs what changed and not what exists. Losing that memory is harmless: everything is sent once more.
"""

import hashlib
import hmac
import logging
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.declaration import Adapter, FileSource
from adapters.drop import Drop, Refused
from adapters.rows import Row, decode, parse, to_record
from govbus.envelope import Envelope, event_id
from govbus.errors import BusError, Poison, SetupError
from govbus.identity import citizen_id, disability_card
from govbus.ports import Observer
from govbus.pseudonym import SubjectKeys
from govbus.settings import Home, failpoint
from schemas.codec import Codec
from topics.broker import Producer, producer
from topics.load import load

log = logging.getLogger(__name__)
_BATCH = 500


class Memory:
    """Rows that the broker has acknowledged, by keyed hash: a plain hash of a row with a citizen's number could be guessed."""

    def __init__(self, path: Path, secret: bytes) -> None:
        self._secret = secret
        self._link = sqlite3.connect(path, isolation_level=None)
        self._link.execute("PRAGMA journal_mode=WAL")
        self._link.execute("CREATE TABLE IF NOT EXISTS sent (digest BLOB PRIMARY KEY) WITHOUT ROWID")

    def digest(self, row: Row) -> bytes:
        """The row's keyed hash."""
        return hmac.new(self._secret, "\x1f".join(row.cells).encode(), hashlib.sha256).digest()

    def knows(self, digest: bytes) -> bool:
        """Whether this row was sent before."""
        return self._link.execute("SELECT 1 FROM sent WHERE digest = ?", (digest,)).fetchone() is not None

    def add(self, digests: Sequence[bytes]) -> None:
        """Remember rows; one transaction."""
        self._link.execute("BEGIN")
        self._link.executemany("INSERT OR IGNORE INTO sent VALUES (?)", [(each,) for each in digests])
        self._link.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._link.close()


class FileSourceDoor:
    """One file source at work."""

    def __init__(self, home: Home, adapter: Adapter, spec: FileSource, observer: Observer) -> None:
        """:raises RetryLater, SetupError: no drop folder, or the broker cannot be used"""
        self.poll_s, self._spec, self._department, self._observer = spec.poll_s, spec, adapter.meta.department, observer
        folder = home.site.drops.get(self._department)
        if folder is None:
            msg = f"site.yaml has no drop folder for {self._department}: add it under drops"
            raise SetupError(msg)
        secret = home.secret("subject-key").get_secret_value()
        self._drop, self._codec, self._keys = Drop(folder), Codec.load(load().records), SubjectKeys(secret)
        self._memory = Memory(folder / ".sent.sqlite", bytes.fromhex(secret))
        self._producer: Producer = producer(home, self._department)

    def round(self) -> int:
        """Take every file that is ready."""
        return sum(self._take(path) for path in self._drop.ready())

    def close(self) -> None:
        """Let go of broker and memory."""
        self._producer.close()
        self._memory.close()

    def _take(self, path: Path) -> int:
        try:
            rows = list(parse(decode(self._drop.read(path), self._spec, path.name), self._spec, path.name))
        except Poison as bad:
            log.warning("file refused: %s", bad)
            self._observer.refused(self._department, self._spec.topic, bad.reason.value)
            self._drop.refuse(path, bad)
            return 1
        refused: list[Refused] = []
        sent = unchanged = 0
        for start in range(0, len(rows), _BATCH):
            out, known, bad_rows = self._batch(rows[start : start + _BATCH], path)
            sent, unchanged, refused = sent + out, unchanged + known, refused + bad_rows
        failpoint("file.sent")
        self._drop.finish(path, sent, unchanged, refused, self._spec.columns)
        self._tell(path, sent, unchanged, refused)
        return len(rows)

    def _batch(self, rows: Sequence[Row], path: Path) -> tuple[int, int, list[Refused]]:
        made: list[tuple[Row, bytes, Envelope]] = []
        refused: list[Refused] = []
        fresh: set[bytes] = set()
        for row in rows:
            digest = self._memory.digest(row)
            if digest in fresh or self._memory.knows(digest):
                continue
            try:
                made.append((row, digest, self._envelope(row, path)))
                fresh.add(digest)
            except Poison as bad:
                refused.append((row.number, bad, row.cells))
        known = len(rows) - len(made) - len(refused)
        acked: list[bytes] = []
        for (row, digest, _), result in zip(made, self._producer.send_all([each for _, _, each in made]), strict=True):
            if isinstance(result, Poison):
                refused.append((row.number, result, row.cells))
            elif isinstance(result, BusError):
                self._memory.add(acked)
                raise result
            else:
                acked.append(digest)
        self._memory.add(acked)
        return len(acked), known, refused

    def _envelope(self, row: Row, path: Path) -> Envelope:
        place = f"{path.name}:{row.number}"
        found = to_record(row, self._spec, place)
        updated = found[self._spec.updated]
        record: dict[str, Any] = {name: value for name, value in found.items() if name != self._spec.updated}
        # Later sorts higher: by the day of the change, then by the night of the file, then by the line.
        record["version"] = f"{updated} {path.stem} {row.number:07d}"
        key = self._keys.key(citizen_id.RESIDENT_CARD, disability_card.holder_id(record[self._spec.card]))
        return Envelope(
            id=event_id(self._department, self._spec.system, key.decode(), record["version"]),
            source=f"/{self._department}/{self._spec.system}", type=self._spec.record,
            time=datetime.fromisoformat(updated).replace(tzinfo=UTC), topic=self._spec.topic, key=key,
            value=self._codec.encode(self._spec.record, record, place),
        )  # fmt: skip

    def _tell(self, path: Path, sent: int, unchanged: int, refused: Sequence[Refused]) -> None:
        log.info("%s: %d sent, %d unchanged, %d refused", path.name, sent, unchanged, len(refused))
        self._observer.moved(self._department, self._spec.topic, "in", "accepted", sent)
        self._observer.moved(self._department, self._spec.topic, "in", "duplicate", unchanged)
        self._observer.moved(self._department, self._spec.topic, "in", "refused", len(refused))
        for _, bad, _ in refused:
            self._observer.refused(self._department, self._spec.topic, bad.reason.value)
