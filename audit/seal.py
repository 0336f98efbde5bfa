"""A seal: a signed statement about what stands between two offsets of a partition, chained to the seal before. Format 1, docs/audit.md.

The statement is canonical JSON: keys in order, no spaces, ASCII. What is signed, hashed and kept is this text, byte for byte.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from audit import tree
from audit.signing import ALGORITHMS, Signer
from audit.tree import Peaks

FORMAT = "govbus-seal-1"
Range = tuple[int, int]  # first and last offset, both in it
Holes = Mapping[str, Sequence[Range]]  # by reason

TRANSACTION = "transaction"
"""Markers that end transactions and records of aborted ones: a committed reader never gets them. Only where a worker may write."""
COMPACTION = "compaction"
"""In a compacted topic: an older value of a key that was there again before it was sealed, or a marker."""
RETENTION = "retention"
"""Left by age before it was sealed: nobody can say what it was."""
DELETED = "deleted"
"""Gone before it was sealed, and before its time: no honest reason."""
UNEXPLAINED = "unexplained"
"""A gap in a topic that only plain producers write: Kafka leaves none there."""
ALARMING = (DELETED, UNEXPLAINED)


class Statement(NamedTuple):
    """What a seal says, in its own words; fields as in docs/audit.md. Hashes are hex, times milliseconds since 1970 but ``at``."""

    format: str
    algorithm: str
    key: str
    topic: str
    partition: int
    number: int
    first: int
    last: int
    records: int
    before: int
    first_ms: int
    last_ms: int
    holes: dict[str, str]
    root: str
    keys: str
    history: list[str]
    previous: str
    kept_ms: int
    at: str

    def text(self) -> str:
        """The canonical text."""
        return json.dumps(self._asdict(), sort_keys=True, separators=(",", ":"), ensure_ascii=True)

    @property
    def gaps(self) -> dict[str, list[Range]]:
        """Holes by reason, as ranges."""
        return {reason: ranges(text) for reason, text in self.holes.items()}

    @property
    def begins(self) -> int:
        """The first offset that it speaks about: of its first record, or of a hole before it."""
        return min((self.first, *(start for each in self.gaps.values() for start, _ in each)))

    @property
    def name(self) -> str:
        """``topic/partition#number``."""
        return f"{self.topic}/{self.partition}#{self.number}"

    def offsets(self) -> Iterator[int]:
        """The offset of each sealed record, in order."""
        holes = sorted(one for each in self.gaps.values() for one in each)
        at = self.first
        for start, end in holes:
            yield from range(at, start)
            at = max(at, end + 1)
        yield from range(at, self.last + 1)


class Seal(NamedTuple):
    """A statement, its very text, and the signature over it."""

    statement: Statement
    text: str
    signature: bytes

    @property
    def digest(self) -> str:
        """Hex hash of the text: what the next seal calls ``previous``."""
        return ALGORITHMS[self.statement.algorithm].digest(self.text.encode()).hex()

    @property
    def line(self) -> str:
        """As it stands in a file: the signature in hex, a space, the text."""
        return f"{self.signature.hex()} {self.text}\n"

    def signed(self, keys: Mapping[str, str]) -> bool:
        """Whether one of these public keys (PEM, by key id) signed it."""
        public = keys.get(self.statement.key)
        return public is not None and ALGORITHMS[self.statement.algorithm].verify(public, self.signature, self.text.encode())

    def next_history(self) -> Peaks:
        """The tree over all statements up to and with this one: what the next seal calls ``history``."""
        digest = ALGORITHMS[self.statement.algorithm].digest
        peaks = Peaks(self.statement.number, map(bytes.fromhex, self.statement.history), digest)
        peaks.push(tree.leaf(self.text.encode(), digest))
        return peaks


def read(text: str, signature: bytes) -> Seal:
    """A seal from its text; says nothing yet about the signature.

    :raises ValueError: no statement of this format, or not in its canonical form
    """
    try:
        told: Any = json.loads(text)
        statement = Statement(**told)
        whole = statement.text() == text and statement.format == FORMAT and statement.algorithm in ALGORITHMS
    except (TypeError, ValueError):
        whole = False
    if not whole:
        msg = f"{len(text)} characters are no canonical statement of {FORMAT}"
        raise ValueError(msg)
    return Seal(statement, text, signature)


def read_line(line: str) -> Seal:
    """A seal from a line of a file.

    :raises ValueError: as :func:`read`
    """
    signature, _, text = line.rstrip("\n").partition(" ")
    return read(text, bytes.fromhex(signature))


def sign(signer: Signer, statement: Statement) -> Seal:
    """The statement with its signature."""
    text = statement.text()
    return Seal(statement, text, signer.sign(text.encode()))


def span(some: Iterable[Range]) -> str:
    """Ranges as text: ``120,122-130``."""
    return ",".join(str(start) if start == end else f"{start}-{end}" for start, end in some)


def ranges(text: str) -> list[Range]:
    """The ranges of :func:`span`.

    :raises ValueError: it is not one
    """
    pairs = [each.partition("-") for each in text.split(",") if each]
    return [(int(start), int(end or start)) for start, _, end in pairs]
