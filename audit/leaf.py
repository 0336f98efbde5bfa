"""A record as a leaf: the exact bytes that are hashed, and back. Written down in docs/audit.md; never changed, only followed by another.

    0x00 | offset int64 | log time int64 ms | key length int32 | value length int32 | headers int32
         | length of each header's name int32 | length of each header's value int32 | key | value | names | values

All big-endian; a length of -1 is null. The 0x00 is RFC 6962's mark of a leaf, so the leaf hash is the digest of just these bytes. All
lengths stand before all contents: no two records give the same bytes. Topic and partition are in the seal's statement.
"""

import struct
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

Headers = Sequence[tuple[str, bytes | None]]
_HEAD = struct.Struct(">Bqqiii")
_PLACE = struct.Struct(">qq")
LEAST = _HEAD.size
"""No leaf has fewer bytes."""


class Leaf(NamedTuple):
    """One record. ``time`` is LogAppendTime in milliseconds."""

    offset: int
    time: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


def pack(offset: int, time: int, key: bytes | None, value: bytes | None, headers: Headers) -> bytes:
    """The bytes whose digest is the leaf hash."""
    names, values = zip(*headers, strict=True) if headers else ((), ())
    try:
        form, lengths, text = _named(names)
        table = form.pack(0, offset, time, len(key), len(value), len(names), *lengths, *map(len, values))  # type: ignore[arg-type]
        return b"".join((table, key, value, text, *values))  # type: ignore[arg-type]
    except TypeError:
        return _with_nulls(offset, time, key, value, headers)


def place(packed: bytes) -> tuple[int, int]:
    """Offset and log time of packed bytes."""
    found: tuple[int, int] = _PLACE.unpack_from(packed, 1)
    return found


def moved(packed: bytes, offset: int, time: int) -> bytes:
    """The same record as it would be packed at another place: to tell a swap or a shift from a change."""
    return b"\x00" + _PLACE.pack(offset, time) + packed[1 + _PLACE.size :]


def unpack(packed: bytes) -> Leaf:
    """The record again.

    :raises ValueError: these bytes are no leaf
    """
    try:
        zero, offset, time, key, value, count = _HEAD.unpack_from(packed)
        lengths = struct.unpack_from(f">{2 * count}i", packed, _HEAD.size)
        sizes = (key, value, *lengths)
        ends = [_HEAD.size + 8 * count]
        for size in sizes:
            ends.append(ends[-1] + max(size, 0))
        parts = [packed[start:end] if size >= 0 else None for size, (start, end) in zip(sizes, pairwise(ends), strict=True)]
        names = [(part or b"").decode() for part in parts[2 : 2 + count]]
    except (struct.error, UnicodeDecodeError) as error:
        msg = f"{len(packed)} bytes are no leaf: {type(error).__name__}"
        raise ValueError(msg) from None
    if zero or ends[-1] != len(packed):
        msg = f"{len(packed)} bytes are no leaf: they say {ends[-1]}"
        raise ValueError(msg)
    return Leaf(offset, time, parts[0], parts[1], list(zip(names, parts[2 + count :], strict=True)))


@lru_cache(1024)  # a sender's records have the same headers, in the same order
def _named(names: tuple[str, ...]) -> tuple[struct.Struct, tuple[int, ...], bytes]:
    texts = [name.encode() for name in names]
    return struct.Struct(f"{_HEAD.format}{2 * len(names)}i"), tuple(map(len, texts)), b"".join(texts)


def _with_nulls(offset: int, time: int, key: bytes | None, value: bytes | None, headers: Headers) -> bytes:
    names, values = [name.encode() for name, _ in headers], [raw for _, raw in headers]
    head = _HEAD.pack(0, offset, time, _length(key), _length(value), len(headers))
    lengths = struct.pack(f">{2 * len(headers)}i", *map(len, names), *map(_length, values))
    return b"".join((head, lengths, key or b"", value or b"", *names, *(raw or b"" for raw in values)))


def _length(raw: bytes | None) -> int:
    return -1 if raw is None else len(raw)
