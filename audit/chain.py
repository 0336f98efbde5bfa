"""A partition's chain of seals as files outside the brokers, append-only; beside it the leaf hashes, which name a bad record exactly.

    <seals>/<topic>/<partition>/seals.txt        a line a seal
                               /leaves-0000.bin  32 bytes a record, a million a file; a file may go once its records are archived
                               /keys-0000.bin    compacted topics only: 33 bytes a record (audit.pending.KEY_WIDTH)

Leaves are on the disk before the line that seals them, and the line before anybody else sees the seal: whatever ends the sealer between
two of these, the next one goes on from the last whole line, and no two seals of one number ever leave this machine.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from audit.pending import KEY_WIDTH
from audit.seal import Seal, read_line
from govbus.errors import SetupError

LEAF_WIDTH = 32
BLOCK = 1 << 20
SEALS = "seals.txt"
_LAST = 1 << 18  # bytes; the longest line is some 40 KB


class Chain:
    """The files of one partition."""

    def __init__(self, folder: Path, topic: str, partition: int) -> None:
        """:param folder: of all chains; nothing is made before the first seal"""
        self.topic, self.partition = topic, partition
        self.folder = folder / topic / str(partition)
        self._file = self.folder / SEALS

    def last(self) -> Seal | None:
        """The last whole seal; None where there is none.

        :raises SetupError: what stands there is no seal
        """
        if not self._file.exists():
            return None
        with self._file.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _LAST))
            lines = file.read().split(b"\n")
        return self._read(lines[-2].decode()) if len(lines) > 1 else None

    def mend(self) -> None:
        """Cut off a line that a dying sealer left half written."""
        if not self._file.exists():
            return
        with self._file.open("r+b") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - _LAST))
            rest = len(file.read().rpartition(b"\n")[2])
            if rest:
                file.truncate(end - rest)
                os.fsync(file.fileno())

    def append(self, seal: Seal, leaves: Sequence[bytes], keys: Sequence[bytes]) -> None:
        """Make the seal durable: its leaves, then its line."""
        fresh = not self.folder.exists()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._put("leaves", LEAF_WIDTH, seal.statement.before, leaves)
        self._put("keys", KEY_WIDTH, seal.statement.before, keys)
        with self._file.open("ab") as file:
            file.write(seal.line.encode())
            file.flush()
            os.fsync(file.fileno())
        if fresh:
            _sync_folders(self.folder)

    def seals(self) -> Iterator[Seal]:
        """Every seal, in order; errors as :meth:`last`."""
        if self._file.exists():
            with self._file.open() as file:
                yield from (self._read(line) for line in file if line.endswith("\n"))

    def leaves(self, before: int, count: int) -> list[bytes] | None:
        """Leaf hashes of ``count`` records behind the first ``before``; None where not all are kept."""
        return self._get("leaves", LEAF_WIDTH, before, count)

    def keys(self, before: int, count: int) -> list[bytes] | None:
        """Digests of keys, as :meth:`leaves`."""
        return self._get("keys", KEY_WIDTH, before, count)

    def _read(self, line: str) -> Seal:
        try:
            return read_line(line)
        except ValueError as error:
            msg = f"{self._file}: {error}; take the file from its copy, and find out who touched it"
            raise SetupError(msg) from error

    def _put(self, name: str, width: int, before: int, parts: Sequence[bytes]) -> None:
        for block, start, end in _blocks(before, len(parts)):
            path = self.folder / f"{name}-{block:04d}.bin"
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                file.seek((start - block * BLOCK) * width)  # over what a dying sealer left unsealed
                file.write(b"".join(parts[start - before : end - before]))
                file.flush()
                os.fsync(file.fileno())

    def _get(self, name: str, width: int, before: int, count: int) -> list[bytes] | None:
        found: list[bytes] = []
        for block, start, end in _blocks(before, count):
            path = self.folder / f"{name}-{block:04d}.bin"
            if not path.exists():
                return None
            with path.open("rb") as file:
                file.seek((start - block * BLOCK) * width)
                raw = file.read((end - start) * width)
            found += (raw[at : at + width] for at in range(0, len(raw), width))
        return found if len(found) == count else None


def chains(folder: Path, topics: Iterable[str] = ()) -> list[Chain]:
    """Every chain in ``folder``, of these topics or of all."""
    wanted = set(topics)
    found = [(path.parent.parent.name, int(path.parent.name)) for path in folder.glob(f"*/*/{SEALS}")]
    return [Chain(folder, *one) for one in sorted(found) if not wanted or one[0] in wanted]


def _blocks(before: int, count: int) -> Iterator[tuple[int, int, int]]:
    """Block, and the records from which to which are in it."""
    at, end = before, before + count
    while at < end:
        block = at // BLOCK
        to = min(end, (block + 1) * BLOCK)
        yield block, at, to
        at = to


def _sync_folders(folder: Path) -> None:
    for one in (folder, folder.parent, folder.parent.parent):
        handle = os.open(one, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
