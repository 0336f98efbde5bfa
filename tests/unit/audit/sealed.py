"""A sealed log in memory, as a sealer would have left it: for tests that then break it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from audit import leaf
from audit.pending import Pending, Raw, Watched
from audit.seal import Seal
from audit.signing import ALGORITHMS, DEFAULT, Signer, signer
from audit.verify import Log, Told, checked, judge

PRIVATE = ALGORITHMS[DEFAULT].generate()
SIGNER = signer(PRIVATE)
KEYS = {SIGNER.key_id: ALGORITHMS[DEFAULT].public(PRIVATE)}
DAY_MS = 86_400_000
BORN_MS = 1_700_000_000_000
PLACE = Watched("housing.verdict", 0, 1096 * DAY_MS, True)
HEADERS = [("ce_id", b"1f"), ("ce_type", b"gov_data.ProofVerdict"), ("traceparent", None)]


def record(offset: int, time: int | None = None, key: bytes | None = None, value: bytes | None = b"") -> Raw:
    """A record that differs from all others; ``value`` b"" lets the offset make one."""
    made = b"verdict %d" % offset if value == b"" else value
    return offset, BORN_MS + offset if time is None else time, key or b"k%d" % (offset % 9), made, HEADERS


def packed(records: Iterable[Raw]) -> list[bytes]:
    return [leaf.pack(*one) for one in records]


class Kept:
    """Leaf hashes and key digests in memory."""

    def __init__(self) -> None:
        self.all_leaves: list[bytes] = []
        self.all_keys: list[bytes] = []

    def leaves(self, before: int, count: int) -> list[bytes] | None:
        return self.all_leaves[before : before + count] or None

    def keys(self, before: int, count: int) -> list[bytes] | None:
        return self.all_keys[before : before + count] or None


class Sealed(NamedTuple):
    seals: list[Seal]
    kept: Kept


def seal_all(records: Sequence[Raw], every: int, watched: Watched = PLACE, start: int = 0, by: Signer = SIGNER) -> Sealed:
    """Seals over ``records``, one for each ``every`` of them.

    :param start: where the log began when the sealer came
    """
    pending, out = Pending(watched, None, by.algorithm), Sealed([], Kept())
    pending.lost(start, BORN_MS)
    for at in range(0, len(records), every):
        pending.take(records[at : at + every])
        seal = pending.seal(by, "2026-11-29T00:00:00.000Z")
        out.seals.append(seal)
        out.kept.all_leaves += pending.leaves
        out.kept.all_keys += pending.keys
        pending.sealed(seal)
    return out


def told(
    sealed: Sealed, there: Iterable[bytes], start: int = 0, now_ms: int = BORN_MS, kept: Kept | None = None, keys: Mapping[str, str] = KEYS
) -> Told:
    """What the verifier says about ``there``."""
    first = sealed.seals[0].statement
    out = Told(first.topic, first.partition)
    judge(checked(sealed.seals, keys, out), Log(lambda _: there, start), kept or sealed.kept, now_ms, out)
    return out


def verdict(out: Told) -> tuple[str, int] | None:
    """Kind and offset of the first finding; None where there is none."""
    return (out.findings[0].kind, out.findings[0].offset) if out.findings else None
