"""Avro's variable-length numbers, and what says that a value is not the plain case: what all lines of :mod:`schemas.lines` lean on."""

from functools import lru_cache
from typing import Final


class Unsure(Exception):
    """Not the plain case: ask fastavro."""


@lru_cache(8192)  # a few times of the clock stand in thousands of records
def number(value: int) -> bytes:
    """Zigzag, then seven bits a byte, the lowest first."""
    rest, out = (value << 1) ^ (value >> 63), list[int]()
    while rest > 127:
        out.append(rest & 127 | 128)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def read_number(value: bytes, at: int) -> tuple[int, int]:
    """The number that begins ``at``, and where what follows it begins.

    :raises Unsure: more than 64 bits; :raises IndexError: the value ends before it
    """
    found = shift = 0
    while True:
        byte = value[at]
        at += 1
        found |= (byte & 127) << shift
        if byte < 128:
            return (found >> 1) ^ -(found & 1), at
        shift += 7
        if shift > 63:
            raise Unsure


SHORT: Final[tuple[bytes, ...]] = tuple(map(number, range(4096)))
"""The first numbers as bytes."""
