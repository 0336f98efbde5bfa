"""The verifier: seals against each other, records against seals. Pure: it is given both and a time, and knows no Kafka and no file.

Memory is that of one seal's records. In a compacted topic also one entry a key, because an older value may be missing, the last never.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain as follow
from typing import Any, NamedTuple, Protocol

from audit import leaf, tree
from audit.compare import Excused, Found, Kind, Wrong, first_misplaced, first_wrong, found
from audit.seal import ALARMING, Seal
from audit.signing import ALGORITHMS
from audit.tree import Digest


class Finding(NamedTuple):
    """One thing that is not as it was sealed; ``offset`` is the first bad record, -1 where it is about a seal."""

    topic: str
    partition: int
    offset: int
    kind: Kind
    detail: str
    seal: int


class Kept(Protocol):
    """Leaf hashes and key digests as the sealer kept them, see :class:`audit.chain.Chain`; they prove nothing before they are checked."""

    def leaves(self, before: int, count: int) -> list[bytes] | None: ...
    def keys(self, before: int, count: int) -> list[bytes] | None: ...


class Nothing:
    """No leaf hashes at hand: a bad seal is found all the same, the record in it is not named."""

    def leaves(self, before: int, count: int) -> list[bytes] | None: ...
    def keys(self, before: int, count: int) -> list[bytes] | None: ...


class Log(NamedTuple):
    """The records to be judged: packed, in the order in which they stand, from a given offset on; ``start``: the first one still kept."""

    records: Callable[[int], Iterable[bytes]]
    start: int = 0


class Told:
    """What came out for one partition."""

    def __init__(self, topic: str, partition: int) -> None:
        self.topic, self.partition = topic, partition
        self.findings: list[Finding] = []
        self.seals = self.verified = self.by_age = self.compacted = self.unproven = self.unsealed = 0
        self.gaps: Counter[str] = Counter()
        self.head: Seal | None = None
        self.whole = True

    @property
    def row(self) -> dict[str, Any]:
        """As it is printed."""
        first = self.findings[0] if self.findings else None
        return {
            "topic": self.topic, "partition": self.partition, "seals": self.seals, "records": self.verified, "left by age": self.by_age,
            "compacted": self.compacted, "unproven": self.unproven, "gaps": dict(self.gaps), "not yet sealed": self.unsealed,
            "head": self.head.digest if self.head else "", "verdict": first.kind if first else "ok",
            "first bad offset": first.offset if first and first.offset >= 0 else None, "detail": first.detail if first else "",
        }  # fmt: skip

    def add(self, seal: Seal, kind: Kind, offset: int, detail: str) -> None:
        """One more finding."""
        told = seal.statement
        self.findings.append(Finding(self.topic, self.partition, offset, kind, detail, told.number))


def checked(seals: Iterable[Seal], keys: Mapping[str, str], told: Told, anchor: str = "") -> Iterator[Seal]:
    """The seals, each one once its signature and its link to the one before hold; ends at the first that does not.

    :param anchor: digest of the seal that was verified last time: only what follows it is handed on, and it must still be there
    """
    rest = iter(seals)
    before = next((seal for seal in rest if seal.digest == anchor), None) if anchor else None
    if anchor and before is None:
        gone = f"the seal {anchor[:16]}… that was verified before is not in the chain: its end was cut, or it is another chain"
        told.findings.append(Finding(told.topic, told.partition, -1, "broken", gone, -1))
        told.whole = False
        return
    told.head = before
    for seal in rest:
        if not seal.signed(keys):
            stranger = seal.statement.key not in keys
            told.add(seal, "forged", -1, f"its key {seal.statement.key} is not among those given" if stranger else "its signature is wrong")
            told.whole = False
            return
        if why := _unlinked(seal, before, told):
            told.add(seal, "broken", -1, why)
            told.whole = False
            return
        told.seals, told.head, before = told.seals + 1, seal, seal
        yield seal


def judge(seals: Iterable[Seal], log: Log, kept: Kept, now_ms: int, told: Told) -> None:
    """Hold the records against seals that :func:`checked` lets through; findings and counts go into ``told``.

    :param now_ms: milliseconds since 1970, to say whether what has left by age was old enough
    """
    walk, keys = Walk(log), _Keys(kept)
    for seal in seals:
        for reason, ranges in seal.statement.gaps.items():
            told.gaps[reason] += sum(end - start + 1 for start, end in ranges)
            if reason in ALARMING:
                told.add(seal, "gap", ranges[0][0], f"the sealer found it {reason}: nobody can say what stood there")
        gone = _judge_one(seal, walk, kept, now_ms, told)
        if seal.statement.kept_ms < 0:
            keys.note(seal, gone, told)
    last = told.head.statement.last + 1 if told.head else 0
    for packed in walk.rest(last) if told.whole else ():
        told.unsealed += 1
        keys.newer(packed)
    for seal, offset in keys.lost():
        told.add(seal, "missing", offset, "it was the newest of its key: compaction leaves that one")


def _judge_one(seal: Seal, walk: "Walk", kept: Kept, now_ms: int, told: Told) -> set[int]:
    """Judges one seal; returns which of its records compaction may have taken, by their number in it."""
    statement, digest = seal.statement, ALGORITHMS[seal.statement.algorithm].digest
    packed = walk.until(statement.begins, statement.last)
    if len(packed) == statement.records and tree.root([digest(one) for one in packed], digest).hex() == statement.root:
        told.verified += len(packed)
        return set()
    there, offsets, gone = found(packed, digest), list(statement.offsets()), set[int]()
    excused = _excuses(seal, walk.start, now_ms, gone)
    hashes = kept.leaves(statement.before, statement.records)
    if hashes is not None and tree.root(hashes, digest).hex() != statement.root:
        told.add(seal, "leaves", -1, "the leaf hashes kept beside the seals are not those that were sealed")
        hashes = None
    if hashes is None:
        wrong = first_misplaced(offsets, there, excused)
        if wrong is None and not gone:
            wrong = Wrong(statement.first, "changed", f"a record from here to {statement.last}; the leaf hashes would say which")
    else:
        wrong = first_wrong(offsets, hashes, there, excused, digest)
    if wrong is not None:
        told.add(seal, *_named(wrong, walk, there))
        return set()
    told.verified += len(there) if hashes is not None else 0
    told.unproven += len(there) if hashes is None else 0
    told.by_age += len(gone) if statement.kept_ms >= 0 else 0
    told.compacted += len(gone) if statement.kept_ms < 0 else 0
    return gone if statement.kept_ms < 0 else set()


def _named(wrong: Wrong, walk: "Walk", there: Sequence[Found]) -> tuple[Kind, int, str]:
    """What is missing may be a tail, or a head that was taken too soon."""
    if wrong.kind == "missing" and walk.done and all(one.offset < wrong.offset for one in there):
        return "cut", wrong.offset, "the log ends before what was sealed"
    if wrong.kind == "missing" and wrong.offset < walk.start:
        return "early", wrong.offset, f"the log begins at {walk.start}, but the topic was to keep this record longer"
    return wrong.kind, wrong.offset, wrong.detail


def _excuses(seal: Seal, start: int, now_ms: int, gone: set[int]) -> Excused:
    statement = seal.statement
    old = statement.kept_ms >= 0 and statement.first_ms + statement.kept_ms <= now_ms

    def excused(offset: int, number: int) -> bool:
        honest = statement.kept_ms < 0 or (offset < start and old)
        if honest:
            gone.add(number)
        return honest

    return excused


def _unlinked(seal: Seal, before: Seal | None, told: Told) -> str:
    """Why this seal does not follow the one before; empty when it does."""
    one = seal.statement
    if (one.topic, one.partition) != (told.topic, told.partition):
        return f"it is of {one.topic}/{one.partition}"
    if before is None:
        return "" if one.number or not one.previous else "the first seal names one before it"
    last, history = before.statement, before.next_history()
    if one.number != last.number + 1 or one.previous != before.digest:
        return f"it does not follow seal {last.number}: one was removed, added or exchanged"
    if one.history != [peak.hex() for peak in history.peaks]:
        return "its history is not that of the seals before it"
    if one.before != last.before + last.records or one.first <= last.last:
        return "it counts other records than the seals before it"
    return ""


class Walk:
    """Hands out the records up to an offset, once."""

    def __init__(self, log: Log) -> None:
        self._log, self.start, self.done = log, log.start, False
        self._records: Iterator[bytes] | None = None
        self._next: list[bytes] = []

    def until(self, first: int, last: int) -> list[bytes]:
        """Everything that stands before the first record behind ``last``; the first call says from where on."""
        taken: list[bytes] = []
        for one in self.rest(first):
            if leaf.place(one)[0] > last:
                self._next = [one]
                return taken
            taken.append(one)
        self.done = True
        return taken

    def rest(self, first: int) -> Iterator[bytes]:
        """What is left."""
        if self._records is None:
            self._records = iter(self._log.records(first))
        held, self._next = self._next, []
        return follow(held, self._records)


class _Keys:
    """Of a compacted partition: the keys whose newest record is not there."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._gone: dict[bytes, tuple[Seal, int]] = {}
        self._digest: Digest = tree.sha256

    def note(self, seal: Seal, gone: set[int], told: Told) -> None:
        """A judged seal, and which of its records are missing."""
        statement = seal.statement
        self._digest = ALGORITHMS[statement.algorithm].digest
        keys = self._kept.keys(statement.before, statement.records)
        if keys is None:
            told.unproven += len(gone)
            return
        if self._digest(b"".join(keys)).hex() != statement.keys:
            told.add(seal, "leaves", -1, "the key digests kept beside the seals are not those that were sealed")
            return
        for number, (offset, key) in enumerate(zip(statement.offsets(), keys, strict=True)):
            if number in gone and key[0]:
                self._gone[key[1:]] = (seal, offset)
            else:  # it is there, or it says that the key is over, and leaves last of all
                self._gone.pop(key[1:], None)

    def newer(self, packed: bytes) -> None:
        """A record behind the last seal."""
        if self._gone:
            self._gone.pop(self._digest(leaf.unpack(packed).key or b""), None)

    def lost(self) -> list[tuple[Seal, int]]:
        """Newest records that are not there, in order of offset."""
        return sorted(self._gone.values(), key=lambda one: one[1])
