"""Sealed archives: the records of consecutive seals of one partition in one ZIP file, each file verifiable alone and chained to the next.

    <archive>/<topic>/<partition>/<first seal>-<last seal>-<16 hex of the last seal's digest>.zip
        seals.txt            the seals' lines, as the sealer wrote them: also the index by offset and by time
        records/<seal>       per record: length int32, packed bytes (audit.leaf); compressed, one entry a seal
        leaves.bin           32 bytes a record: which one is bad, where some are
        keys.bin             per record, in order: first 8 bytes of the SHA-256 of its key, offset int64

The same records and seals give the same bytes. What is hashed is in the file as it is hashed: nothing is parsed before it is believed.
"""

import hashlib
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from audit import leaf
from audit.chain import LEAF_WIDTH, SEALS
from audit.seal import Seal, read_line
from govbus.errors import SetupError

_LENGTH, _KEY = struct.Struct(">i"), struct.Struct(">8sq")
_PIECE = 1 << 12
_BROKEN = (OSError, KeyError, ValueError, IndexError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What reading a ZIP file with a changed byte may raise, wherever the byte stands."""
_BORN = (1980, 1, 1, 0, 0, 0)  # ZIP's own beginning: an archive has no time of its own


class Part(NamedTuple):
    """One seal and its records, packed, in order."""

    seal: Seal
    records: Sequence[bytes]
    leaves: Sequence[bytes]


class Archive:
    """One file, opened for reading."""

    def __init__(self, path: Path) -> None:
        """:raises SetupError: it is no archive"""
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
            self.seals = [read_line(line) for line in self._zip.read(SEALS).decode().splitlines()]
            first = self.seals[0].statement
        except _BROKEN as error:
            msg = f"{path} is no sealed archive ({type(error).__name__}); take it from its copy"
            raise SetupError(msg) from error
        self.topic, self.partition, self.before = first.topic, first.partition, first.before

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self.path.stat().st_size

    def records(self, seal: Seal) -> Iterator[bytes]:
        """Packed records of one seal, unchecked; ends where the bytes end or cannot be read."""
        raw, at = self._readable(_entry(seal)), 0
        while at + _LENGTH.size <= len(raw):
            (length,) = _LENGTH.unpack_from(raw, at)
            at += _LENGTH.size
            if length <= leaf.LEAST or at + length > len(raw):
                return
            yield raw[at : at + length]
            at += length

    def leaves(self, before: int, count: int) -> list[bytes] | None:
        """As :meth:`audit.chain.Chain.leaves`."""
        try:
            raw = self._zip.read("leaves.bin")
        except _BROKEN:
            return None
        start = (before - self.before) * LEAF_WIDTH
        found = [raw[at : at + LEAF_WIDTH] for at in range(start, start + count * LEAF_WIDTH, LEAF_WIDTH)]
        return found if start >= 0 and len(found) == count and len(found[-1]) == LEAF_WIDTH else None

    def of_key(self, key: bytes) -> Iterator[leaf.Leaf]:
        """Records with this key, in order; only the seals that have one are unpacked."""
        mark = hashlib.sha256(key).digest()[:8]
        offsets = sorted(offset for found, offset in _KEY.iter_unpack(self._zip.read("keys.bin")) if found == mark)
        for seal in self.seals:
            wanted = {offset for offset in offsets if seal.statement.first <= offset <= seal.statement.last}
            if wanted:
                yield from (one for packed in self.records(seal) if (one := leaf.unpack(packed)).offset in wanted and one.key == key)

    def _readable(self, name: str) -> bytes:
        """What can be unpacked of an entry. A broken one is read in small pieces up to the break, so that the record there is named."""
        found: list[bytes] = []
        try:
            with self._zip.open(name) as entry:
                while piece := entry.read(_PIECE):
                    found.append(piece)
        except _BROKEN:
            pass
        return b"".join(found)

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()


def archives(folder: Path) -> list[Path]:
    """Every archive in ``folder``, by topic, partition and number."""
    return sorted(folder.glob("**/*.zip"), key=lambda path: (path.parent.parent.name, path.parent.name, path.name))


def archived(folder: Path, topic: str, partition: int) -> int:
    """Number of the last seal in the archives of a partition; -1 where there is none."""
    names = [path.name for path in (folder / topic / str(partition)).glob("*.zip")]
    return max((int(name.split("-")[1]) for name in names), default=-1)


def write(folder: Path, parts: Sequence[Part]) -> Path:
    """One archive, whole or not at all; ``parts`` are consecutive seals of one partition, already verified."""
    first, last = parts[0].seal, parts[-1].seal
    told = first.statement
    path = folder / told.topic / str(told.partition) / f"{told.number:010d}-{last.statement.number:010d}-{last.digest[:16]}.zip"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_suffix(".part")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
            _put(out, SEALS, "".join(part.seal.line for part in parts).encode())
            for part in parts:
                _put(out, _entry(part.seal), frames(part.records))
            _put(out, "leaves.bin", b"".join(one for part in parts for one in part.leaves), zipfile.ZIP_STORED)
            _put(out, "keys.bin", b"".join(_keys(part.records) for part in parts))
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
    return path


def _put(out: zipfile.ZipFile, name: str, raw: bytes, how: int = zipfile.ZIP_DEFLATED) -> None:
    entry = zipfile.ZipInfo(name, _BORN)
    entry.compress_type, entry.external_attr = how, 0o600 << 16
    out.writestr(entry, raw)


def frames(records: Iterable[bytes]) -> bytes:
    """Records as an entry holds them."""
    out = io.BytesIO()
    for one in records:
        out.write(_LENGTH.pack(len(one)))
        out.write(one)
    return out.getvalue()


def _keys(records: Iterable[bytes]) -> bytes:
    return b"".join(_KEY.pack(hashlib.sha256(leaf.unpack(one).key or b"").digest()[:8], leaf.place(one)[0]) for one in records)


def _entry(seal: Seal) -> str:
    return f"records/{seal.statement.number:010d}"
