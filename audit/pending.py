"""What a sealer has read of one partition since its last seal, and the seal that it becomes. Pure: no Kafka, no file, no clock."""

from collections.abc import Sequence
from typing import NamedTuple

from audit import leaf, tree
from audit.seal import COMPACTION, DELETED, FORMAT, RETENTION, TRANSACTION, UNEXPLAINED, Range, Seal, Statement, sign, span
from audit.signing import ALGORITHMS, Signer
from audit.tree import Digest, Peaks

Raw = tuple[int, int, bytes | None, bytes | None, leaf.Headers]  # offset, log time, key, value, headers
KEY_WIDTH = 33
"""Bytes a record in a compacted topic: 1 (0 where the value is null), and the digest of its key."""


class Watched(NamedTuple):
    """What is sealed: one partition. ``kept_ms``: retention, -1 in a compacted topic; ``workers``: whether transactions write it."""

    topic: str
    partition: int
    kept_ms: int
    workers: bool

    @property
    def compacted(self) -> bool:
        """Whether the broker forgets by key."""
        return self.kept_ms < 0


def key_mark(packed: bytes, digest: Digest) -> bytes:
    """What is kept of a packed record's key in a compacted topic, :data:`KEY_WIDTH` bytes."""
    one = leaf.unpack(packed)
    return _mark(one.key, one.value, digest)


def _mark(key: bytes | None, value: bytes | None, digest: Digest) -> bytes:
    return (b"\x00" if value is None else b"\x01") + digest(key or b"")


class Pending:
    """Grows record by record; :meth:`seal` empties it."""

    def __init__(self, watched: Watched, last: Seal | None, algorithm: str) -> None:
        """:param last: the partition's last seal; None at its first"""
        self.watched = watched
        self.leaves: list[bytes] = []
        self.keys: list[bytes] = []
        self.holes: dict[str, list[Range]] = {}
        self.gaps = 0
        self.first = self.next = 0 if last is None else last.statement.last + 1
        self.first_ms = self.last_ms = -1 if last is None else last.statement.last_ms
        self.last, self._digest = last, ALGORITHMS[algorithm].digest

    def take(self, records: Sequence[Raw]) -> None:
        """Add records, in order of offset. The hot path: two digests a record, one here and one in the tree."""
        digest, pack, leaves, at, time = self._digest, leaf.pack, self.leaves, self.next, self.last_ms
        if records and not leaves:
            self.first, self.first_ms = records[0][:2]
        for offset, time, key, value, headers in records:
            if offset != at:
                self._hole(at, offset - 1, self._why())
            at = offset + 1
            leaves.append(digest(pack(offset, time, key, value, headers)))
            if self.watched.compacted:
                self.keys.append(_mark(key, value, digest))
        self.next, self.last_ms = at, time

    def lost(self, start: int, now_ms: int) -> None:
        """The log begins at ``start``, behind what was to be read next: what lies between left before it was sealed. Seal before."""
        if start <= self.next:
            return
        honest = self.watched.compacted or self.last_ms < 0 or self.last_ms + self.watched.kept_ms <= now_ms
        self._hole(self.next, start - 1, RETENTION if honest else DELETED)
        self.next = start

    def seal(self, signer: Signer, at: str) -> Seal:
        """Sign what was taken, at least one record.

        :param at: when, RFC 3339
        """
        last = self.last
        history = last.next_history() if last else Peaks()
        statement = Statement(
            FORMAT, signer.algorithm, signer.key_id, *self.watched[:2], history.size, self.first, self.next - 1, len(self.leaves),
            last.statement.before + last.statement.records if last else 0, self.first_ms, self.last_ms,
            {reason: span(some) for reason, some in self.holes.items()}, tree.root(self.leaves, self._digest).hex(),
            self._digest(b"".join(self.keys)).hex() if self.watched.compacted else "",
            [peak.hex() for peak in history.peaks], last.digest if last else "", self.watched.kept_ms, at,
        )  # fmt: skip
        return sign(signer, statement)

    def sealed(self, seal: Seal) -> None:
        """Begin anew behind ``seal``."""
        self.last, self.leaves, self.keys, self.holes, self.gaps = seal, [], [], {}, 0

    def _why(self) -> str:
        if self.watched.compacted:
            return COMPACTION
        return TRANSACTION if self.watched.workers else UNEXPLAINED

    def _hole(self, start: int, end: int, reason: str) -> None:
        self.holes.setdefault(reason, []).append((start, end))
        self.gaps += 1
