"""What checkpoints see, one line a person: SQLite with a write-ahead log, so that readers never wait for the writer, nor it for them.

Rows and positions are one transaction: a record that comes again finds its place passed and changes nothing. A store that is lost begins
anew under another name of its group, from the first record that the topics still have.
"""

import secrets
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from govbus.errors import RetryLater
from govbus.settings import Home

_CACHE_KIB, _WAIT_S = 131_072, 5.0
_TABLES = """
CREATE TABLE IF NOT EXISTS code (
  person BLOB PRIMARY KEY, level TEXT, as_of INTEGER, revision INTEGER NOT NULL DEFAULT 0,
  own_at INTEGER, own_shown INTEGER, bulk_at INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS position (topic TEXT, partition INTEGER, next INTEGER NOT NULL, PRIMARY KEY (topic, partition)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS store (only INTEGER PRIMARY KEY CHECK (only = 1), name TEXT NOT NULL, heard INTEGER NOT NULL);
"""
_CODE = """
INSERT INTO code (person, level, as_of, revision, own_at, own_shown) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (person) DO UPDATE SET
level = excluded.level, as_of = excluded.as_of, revision = excluded.revision, own_at = excluded.own_at, own_shown = excluded.own_shown
WHERE excluded.revision > code.revision
"""
_BADGE = "INSERT INTO code (person, bulk_at) VALUES (?, ?) ON CONFLICT (person) DO UPDATE SET bulk_at = excluded.bulk_at"
_POSITION = "INSERT OR REPLACE INTO position VALUES (?, ?, ?)"
_LOOK = "SELECT level, as_of, own_at, own_shown, bulk_at FROM code WHERE person = ?"

Place = tuple[str, int]
CodeRow = tuple[bytes, str, int, int, int | None, bool]
"""Person (16 bytes of key), level, as of, revision, when the badge's sample was taken, whether it is shown."""
BadgeRow = tuple[bytes, int | None]


class Seen(NamedTuple):
    """What a checkpoint may see: no reason, ever.

    :param level: empty: nothing is known of the person but a badge
    :param as_of, sampled_at: milliseconds; None: never
    """

    level: str
    as_of: int | None
    sampled_at: int | None


def path(home: Home, adapter: str) -> Path:
    """Where the store of a code_sink is."""
    return home.folder / "stores" / f"{adapter}.sqlite"


class Writer:
    """The sink's side; there is one."""

    def __init__(self, file: Path) -> None:
        """Opens the store, makes it where there is none."""
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
        self._link = sqlite3.connect(file, isolation_level=None, timeout=_WAIT_S)
        self._link.execute("PRAGMA journal_mode=WAL")
        self._link.execute("PRAGMA synchronous=NORMAL")  # a power cut may take the last transactions; their positions go with them
        self._link.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        self._link.executescript(_TABLES)
        self._link.execute("INSERT OR IGNORE INTO store VALUES (1, ?, 0)", (secrets.token_hex(4),))
        self.name: str = self._link.execute("SELECT name FROM store").fetchone()[0]
        self.positions: dict[Place, int] = {(topic, number): at for topic, number, at in self._link.execute("SELECT * FROM position")}

    def write(self, codes: Iterable[CodeRow], badges: Iterable[BadgeRow], positions: Mapping[Place, int], heard_ms: int) -> None:
        """All of it or nothing.

        :param positions: next record to read
        """
        self._link.execute("BEGIN IMMEDIATE")
        try:
            self._link.executemany(_CODE, codes)
            self._link.executemany(_BADGE, badges)
            self._link.executemany(_POSITION, [(topic, number, at) for (topic, number), at in positions.items()])
            self._link.execute("UPDATE store SET heard = ?", (heard_ms,))
            self._link.execute("COMMIT")
        except BaseException:
            self._link.execute("ROLLBACK")
            raise
        self.positions.update(positions)

    def close(self) -> None:
        """Close the file."""
        self._link.close()


class Reader:
    """The door's side; any number."""

    def __init__(self, file: Path) -> None:
        """:raises RetryLater: the sink has not made it yet"""
        try:
            self._link = sqlite3.connect(
                f"{file.as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=_WAIT_S, check_same_thread=False
            )
            self._link.execute("SELECT 1 FROM store")
        except sqlite3.OperationalError as error:
            msg = f"no store at {file}: start its code_sink"
            raise RetryLater(msg) from error

    def look(self, person: bytes) -> Seen | None:
        """One person, 16 bytes of key; None: not there."""
        found = self._link.execute(_LOOK, (person,)).fetchone()
        if found is None:
            return None
        level, as_of, own_at, own_shown, bulk_at = found
        own = own_at if own_shown else None
        return Seen(level or "", as_of, bulk_at if own_at is None or (bulk_at is not None and bulk_at > own_at) else own)

    def heard_ms(self) -> int:
        """When the sink has last looked at its topics."""
        return int(self._link.execute("SELECT heard FROM store").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._link.close()
