"""Where the standings of a partition are kept: in memory, or on disk where their declared number asks for it.

Both are caches of the changelog: they are filled anew at each assignment, so neither is ever trusted after a death. The disk takes
the values out of memory, and costs some more time a record; the key of a pending timer stays in memory with either (``timers.py``).
"""

import shutil
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from rocksdict import Options, Rdict, WriteOptions

FORMAT = 1
_HEAD = struct.Struct("<bqi")  # format, due_ms, open
_WRITE_BUFFER = 16 * 1024 * 1024


class Entry(NamedTuple):
    """One key's standing: encoded state, earliest timer (log-time ms, 0 = none) and how many dialogues are open in it."""

    value: bytes
    due_ms: int
    open: int


class Entries(Protocol):
    """Standings by key."""

    def get(self, key: bytes) -> Entry | None:
        """The standing of ``key``, None where it has none."""

    def put(self, key: bytes, entry: Entry) -> None:
        """Keep a standing."""

    def drop(self, key: bytes) -> None:
        """Keep none; no fault where there was none."""

    def items(self) -> Iterator[tuple[bytes, Entry]]:
        """All of them, in any order."""

    def close(self) -> None:
        """Let go; what was kept is gone."""


class Memory:
    """A dictionary."""

    __slots__ = ("_kept", "drop", "get", "items", "put")

    def __init__(self) -> None:
        kept: dict[bytes, Entry] = {}
        # The dictionary's own methods: a wrapper around each would cost as much as what it wraps, three times a record.
        self._kept, self.get, self.put, self.items = kept, kept.get, kept.__setitem__, lambda: iter(kept.items())
        self.drop = lambda key: _ignore(kept.pop(key, None))

    def close(self) -> None:
        """Nothing is held."""


def _ignore(_: object) -> None: ...


class Disk:
    """RocksDB in a folder of its own, without a write-ahead log: after a death the changelog is read again."""

    def __init__(self, folder: Path) -> None:
        """:param folder: emptied first"""
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        options = Options(raw_mode=True)
        options.create_if_missing(True)
        options.set_write_buffer_size(_WRITE_BUFFER)
        unlogged: Any = WriteOptions()  # its stubs call the setting a method
        unlogged.disable_wal = True
        self._folder, self._kept = folder, Rdict(str(folder), options)
        self._kept.set_write_options(unlogged)

    def get(self, key: bytes) -> Entry | None:
        """See :class:`Entries`."""
        raw = self._kept.get(key)
        return None if raw is None else _unpacked(raw)

    def put(self, key: bytes, entry: Entry) -> None:
        """See :class:`Entries`."""
        self._kept[key] = _HEAD.pack(FORMAT, entry.due_ms, entry.open) + entry.value

    def drop(self, key: bytes) -> None:
        """See :class:`Entries`."""
        del self._kept[key]

    def items(self) -> Iterator[tuple[bytes, Entry]]:
        """See :class:`Entries`."""
        pairs: Any = self._kept.items()  # raw mode: bytes and bytes
        return ((key, _unpacked(raw)) for key, raw in pairs)

    def close(self) -> None:
        """Closes and removes the folder."""
        self._kept.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _unpacked(raw: bytes) -> Entry:
    _, due_ms, opened = _HEAD.unpack_from(raw)
    return Entry(raw[_HEAD.size :], due_ms, opened)
