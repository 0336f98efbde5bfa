"""Records against the leaf hashes of one seal: the first one that is wrong, and what was done to it. Pure."""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from audit import leaf
from audit.tree import Digest

Kind = Literal["changed", "missing", "inserted", "swapped", "cut", "early", "gap", "forged", "broken", "leaves"]


class Wrong(NamedTuple):
    """The first bad record of a seal."""

    offset: int
    kind: Kind
    detail: str


class Found(NamedTuple):
    """A record as it was found: its packed bytes and their digest."""

    offset: int
    packed: bytes
    hash: bytes


Excused = Callable[[int, int], bool]  # (offset, number of the record in the seal): whether it may be missing


def found(packed: Sequence[bytes], digest: Digest) -> list[Found]:
    """Packed records with offset and hash."""
    return [Found(leaf.place(one)[0], one, digest(one)) for one in packed]


def first_wrong(offsets: Sequence[int], hashes: Sequence[bytes], there: Sequence[Found], excused: Excused, digest: Digest) -> Wrong | None:
    """Walk what was sealed and what is there side by side.

    :param offsets, hashes: of each sealed record, in order
    :param there: in the order in which they were found
    :param excused: says of a missing record whether it left honestly
    """
    at, places = 0, {one.hash: place for place, one in enumerate(there)}
    for number, (offset, sealed) in enumerate(zip(offsets, hashes, strict=True)):
        here = there[at] if at < len(there) else None
        if here is not None and here.hash == sealed:
            at += 1
        elif here is not None and here.offset == offset:
            return _changed(number, at, offsets, hashes, there, digest)
        elif here is not None and here.offset < offset:
            return _stranger(here, hashes)
        elif places.get(sealed, -1) >= at:
            return Wrong(offset, "swapped", "it stands further on, out of order")
        elif not excused(offset, number):
            return Wrong(offset, "missing", "it was sealed and is not there")
    if at < len(there):
        return _stranger(there[at], hashes)
    return None


def first_misplaced(offsets: Sequence[int], there: Sequence[Found], excused: Excused) -> Wrong | None:
    """What can be said without leaf hashes: which offsets are missing, doubled, out of order or too many."""
    wanted, at = set(offsets), -1
    for one in there:
        if one.offset == at or one.offset not in wanted:
            return Wrong(one.offset, "inserted", "no record was sealed at this place")
        if one.offset < at:
            return Wrong(one.offset, "swapped", f"it stands behind {at}, out of order")
        at = one.offset
    have = {one.offset for one in there}
    for number, offset in enumerate(offsets):
        if offset not in have and not excused(offset, number):
            return Wrong(offset, "missing", "it was sealed and is not there")
    return None


def _stranger(here: Found, hashes: Sequence[bytes]) -> Wrong:
    if here.hash in hashes:
        return Wrong(here.offset, "inserted", "this record is there twice, or out of order")
    return Wrong(here.offset, "inserted", "no record was sealed at this place")


def _changed(number: int, at: int, offsets: Sequence[int], hashes: Sequence[bytes], there: Sequence[Found], digest: Digest) -> Wrong:
    """Another content at a sealed offset: is it that of another offset?"""
    here, offset, sealed = there[at], offsets[number], hashes[number]
    if number + 1 < len(offsets) and _fits(here, here, offsets[number + 1], hashes[number + 1], digest):
        other = next((one for one in there if one.offset == offsets[number + 1]), None)
        if other is None or not _fits(other, here, offset, sealed, digest):
            return Wrong(offset, "missing", "it was taken out, and those behind it moved up")
    for one in there[at + 1 :]:
        if _fits(one, here, offset, sealed, digest):
            place = offsets.index(one.offset) if one.offset in offsets else -1
            if place >= 0 and _fits(here, one, one.offset, hashes[place], digest):
                return Wrong(offset, "swapped", f"its content and that of {one.offset} changed places")
            return Wrong(offset, "inserted", f"another record stands here, and this one moved on to {one.offset}")
    return Wrong(offset, "changed", "its bytes are not those that were sealed")


def _fits(content: Found, beside: Found, offset: int, sealed: bytes, digest: Digest) -> bool:
    """Whether the content, put at this offset with its own log time or with that of the record beside it, is what was sealed there."""
    times = {leaf.place(content.packed)[1], leaf.place(beside.packed)[1]}
    return any(digest(leaf.moved(content.packed, offset, time)) == sealed for time in times)
