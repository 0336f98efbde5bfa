"""File source: nightly CSV files become records; bad rows go back beside the file, good ones are not held up by them.

A nightly file sends everything again. The last row of each card that went onto the bus is remembered by keyed hashes (SQLite in the drop
folder), so that a night costs what changed and not what exists. Losing that memory is harmless: everything is sent once more.
"""

import hashlib
import hmac
import logging
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

from adapters.declaration import Adapter, FileSource
from adapters.drop import Refused, drop_of
from adapters.landing import Landing
from adapters.rows import Row, decode, parse
from govbus.envelope import Envelope
from govbus.errors import BusError, Poison
from govbus.identity.text import tidy
from govbus.ports import Observer
from govbus.pseudonym import SubjectKeys
from govbus.settings import Home, failpoint
from schemas.codec import Codec
from schemas.purposes import keys_of
from topics.broker import Position, Producer, producer
from topics.load import load

log = logging.getLogger(__name__)
_BATCH = 500


class Memory:
    """The last row of each card that the broker has acknowledged; by keyed hashes, for a plain hash of a citizen's number is guessed.

    The last one only: a row that goes back to what it was is a change like any other.
    """

    def __init__(self, path: Path, secret: bytes) -> None:
        self._secret = secret
        self._link = sqlite3.connect(path, isolation_level=None)
        self._link.execute("PRAGMA journal_mode=WAL")
        self._link.execute("CREATE TABLE IF NOT EXISTS last (card BLOB PRIMARY KEY, digest BLOB NOT NULL) WITHOUT ROWID")

    def hashed(self, *cells: str) -> bytes:
        """A keyed hash of cells."""
        return hmac.new(self._secret, "\x1f".join(cells).encode(errors="surrogatepass"), hashlib.sha256).digest()

    def last(self, card: bytes) -> bytes | None:
        """The hash of this card's last row."""
        found = self._link.execute("SELECT digest FROM last WHERE card = ?", (card,)).fetchone()
        return found[0] if found else None

    def keep(self, last: Mapping[bytes, bytes]) -> None:
        """Remember rows by card; one transaction."""
        self._link.execute("BEGIN")
        self._link.executemany("INSERT OR REPLACE INTO last VALUES (?, ?)", list(last.items()))
        self._link.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._link.close()


class FileSourceDoor:
    """One file source at work."""

    def __init__(self, home: Home, adapter: Adapter, spec: FileSource, observer: Observer) -> None:
        """:raises RetryLater, SetupError: no drop folder, or the broker cannot be used"""
        self.poll_s, self._spec, self._department, self._observer = spec.poll_s, spec, adapter.meta.department, observer
        secret = home.secret("subject-key").get_secret_value()
        self._drop = drop_of(home, self._department)
        self._landing = Landing(self._department, spec, Codec.load(load().records, keys=keys_of(home)), SubjectKeys(secret))
        self._card_at = list(spec.columns.values()).index(spec.card)
        self._memory = Memory(self._drop.folder / ".sent.sqlite", bytes.fromhex(secret))
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
        """Send what is not remembered; how many were sent, how many were known, and which were refused.

        :raises RetryLater, SetupError: the file stays where it is, and the next round takes it again
        """
        made: list[tuple[Row, bytes, bytes, Envelope]] = []
        refused: list[Refused] = []
        fresh: dict[bytes, bytes] = {}
        for row in rows:
            card, digest = self._card(row), self._memory.hashed(*row.cells)
            if digest == (fresh.get(card) or self._memory.last(card)):
                continue
            try:
                made.append((row, card, digest, self._landing.envelope(row, path.name)))
                fresh[card] = digest
            except Poison as bad:
                refused.append((row.number, bad, row.cells))
        known = len(rows) - len(made) - len(refused)
        results = self._producer.send_all([envelope for *_, envelope in made])
        sent = [(card, digest) for (_, card, digest, _), result in zip(made, results, strict=True) if isinstance(result, Position)]
        self._memory.keep(dict(sent))
        for (row, *_), result in zip(made, results, strict=True):
            if isinstance(result, Poison):
                refused.append((row.number, result, row.cells))
            elif isinstance(result, BusError):
                raise result
        return len(sent), known, refused

    def _card(self, row: Row) -> bytes:
        number = row.cells[self._card_at] if len(row.cells) > self._card_at else ""
        return self._memory.hashed(tidy(number).upper())

    def _tell(self, path: Path, sent: int, unchanged: int, refused: Sequence[Refused]) -> None:
        log.info("%s: %d sent, %d unchanged, %d refused", path.name, sent, unchanged, len(refused))
        self._observer.moved(self._department, self._spec.topic, "in", "accepted", sent)
        self._observer.moved(self._department, self._spec.topic, "in", "duplicate", unchanged)
        self._observer.moved(self._department, self._spec.topic, "in", "refused", len(refused))
        for _, bad, _ in refused:
            self._observer.refused(self._department, self._spec.topic, bad.reason.value)
