"""Merkle trees as RFC 6962 §2.1 has them: a leaf is hashed behind 0x00, a node behind 0x01, so that neither can pass for the other."""

import hashlib
from collections.abc import Callable, Iterable, Sequence

Digest = Callable[[bytes], bytes]


def sha256(data: bytes) -> bytes:
    """SHA-256 of ``data``, 32 bytes."""
    return hashlib.sha256(data).digest()


EMPTY = b""
"""What an empty tree's root is said to be hashed from (RFC 6962: MTH({}) = H())."""


def leaf(data: bytes, digest: Digest = sha256) -> bytes:
    """Hash of one leaf over its bytes."""
    return digest(b"\x00" + data)


def root(leaves: Sequence[bytes], digest: Digest = sha256) -> bytes:
    """Root over leaf hashes. Pairs level by level, an odd last one goes up as it is: the same tree as RFC 6962's split by powers of two."""
    level = list(leaves) or [digest(EMPTY)]
    while len(level) > 1:
        level = _above(level, digest)
    return level[0]


def path(leaves: Sequence[bytes], index: int, digest: Digest = sha256) -> list[bytes]:
    """The audit path of the leaf at ``index``: its neighbours on the way to the root, from below (RFC 6962 §2.1.1)."""
    found: list[bytes] = []
    level = list(leaves)
    while len(level) > 1:
        if index ^ 1 < len(level):
            found.append(level[index ^ 1])
        level, index = _above(level, digest), index >> 1
    return found


def root_by_path(one: bytes, index: int, size: int, way: Iterable[bytes], digest: Digest = sha256) -> bytes:
    """The root that the leaf hash ``one`` and its path lead to, in a tree of ``size`` leaves; an empty result fits no root."""
    at, last, steps = index, size - 1, iter(way)
    while last > 0:
        if at % 2 or at < last:  # it has a neighbour; the odd last one of a level has none
            beside = next(steps, None)
            if beside is None:
                return b""
            one = digest(b"\x01" + beside + one) if at % 2 else digest(b"\x01" + one + beside)
        at, last = at >> 1, last >> 1
    return one if 0 <= index < size and next(steps, None) is None else b""


def consistency(leaves: Sequence[bytes], old: int, digest: Digest = sha256) -> list[bytes]:
    """What shows that the tree over ``leaves`` grew from its first ``old`` leaves (RFC 6962 §2.1.2); ``0 < old <= len(leaves)``."""

    def part(some: Sequence[bytes], size: int, whole: bool) -> list[bytes]:
        if size == len(some):
            return [] if whole else [root(some, digest)]
        split = _split(len(some))
        if size <= split:
            return [*part(some[:split], size, whole), root(some[split:], digest)]
        return [*part(some[split:], size - split, False), root(some[:split], digest)]

    return part(leaves, old, True)


def consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes], digest: Digest = sha256) -> bool:
    """Whether ``proof`` leads from the old root over ``old`` leaves to the new one over ``new`` (RFC 9162 §2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    steps = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not steps:
        return False
    at, last = old - 1, new - 1
    while at % 2:
        at, last = at >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at % 2 or at == last:
            before, after = digest(b"\x01" + step + before), digest(b"\x01" + step + after)
            while at and not at % 2:
                at, last = at >> 1, last >> 1
        else:
            after = digest(b"\x01" + after + step)
        at, last = at >> 1, last >> 1
    return last == 0 and (before, after) == (old_root, new_root)


class Peaks:
    """A growing tree by the roots of its full subtrees alone, largest first: all that has to be remembered to go on."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = (), digest: Digest = sha256) -> None:
        """:param size: leaves so far; it has as many one-bits as there are peaks"""
        self.size, self.peaks, self._digest = size, list(peaks), digest

    def push(self, one: bytes) -> None:
        """Add a leaf hash."""
        rest = self.size
        while rest % 2:
            one, rest = self._digest(b"\x01" + self.peaks.pop() + one), rest >> 1
        self.peaks.append(one)
        self.size += 1

    def root(self) -> bytes:
        """Root of the whole tree."""
        if not self.peaks:
            return self._digest(EMPTY)
        found = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            found = self._digest(b"\x01" + peak + found)
        return found


def _above(level: Sequence[bytes], digest: Digest) -> list[bytes]:
    upper = [digest(b"\x01" + left + right) for left, right in zip(level[::2], level[1::2], strict=False)]
    return [*upper, level[-1]] if len(level) % 2 else upper


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << (size - 1).bit_length() - 1
