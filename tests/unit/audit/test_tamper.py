"""A log of 1,000 records, every single one changed, removed, inserted, swapped, and the tail cut, one at a time: all found, at their place.

Each is judged by the seal it is in and the next, as an auditor does who goes on from the last seal that he has verified.
"""

from collections.abc import Callable

import pytest

from audit import leaf
from tests.unit.audit import sealed
from tests.unit.audit.sealed import Sealed, record, verdict

COUNT, EVERY = 1_000, 20
RECORDS = [record(offset) for offset in range(COUNT)]
LOG = sealed.packed(RECORDS)
WHOLE = sealed.seal_all(RECORDS, EVERY)


def at(packed: bytes, offset: int) -> bytes:
    """The record as a forger would renumber it."""
    return leaf.moved(packed, offset, leaf.place(packed)[1])


def flipped(log: list[bytes], n: int) -> list[bytes]:
    return [*log[:n], log[n][:-1] + bytes([log[n][-1] ^ 1]), *log[n + 1 :]]


def stamped(log: list[bytes], n: int) -> list[bytes]:
    offset, time = leaf.place(log[n])
    return [*log[:n], leaf.moved(log[n], offset, time - 1), *log[n + 1 :]]


def removed(log: list[bytes], n: int) -> list[bytes]:
    return [*log[:n], *log[n + 1 :]]


def removed_and_closed(log: list[bytes], n: int) -> list[bytes]:
    return [*log[:n], *(at(one, place) for place, one in enumerate(log[n + 1 :], n))]


def doubled(log: list[bytes], n: int) -> list[bytes]:
    return [*log[: n + 1], *log[n:]]


def inserted(log: list[bytes], n: int) -> list[bytes]:
    return [*log[:n], leaf.pack(*record(n, value=b"forged")), *(at(one, place) for place, one in enumerate(log[n:], n + 1))]


def swapped_in_order(log: list[bytes], n: int) -> list[bytes]:
    return [*log[:n], *reversed(log[n : n + 2]), *log[n + 2 :]]


def swapped_in_content(log: list[bytes], n: int) -> list[bytes]:
    return [*log[:n], at(log[n + 1], n), at(log[n], n + 1), *log[n + 2 :]]


def cut(log: list[bytes], n: int) -> list[bytes]:
    return log[:n]


BREAKS = {
    flipped: "changed", stamped: "changed", removed: "missing", removed_and_closed: "missing", doubled: "inserted", inserted: "inserted",
    swapped_in_order: "swapped", swapped_in_content: "swapped", cut: "cut",
}  # fmt: skip


@pytest.mark.parametrize("breaking", BREAKS, ids=lambda one: one.__name__)
def test_each_of_1000_records(breaking: Callable[[list[bytes], int], list[bytes]]) -> None:
    pairs = 2 if breaking in (swapped_in_order, swapped_in_content) else 1
    found = {}
    for n in range(COUNT - pairs + 1):
        low = n // EVERY
        broken = breaking(LOG[: (low + 2) * EVERY], n)[low * EVERY :]
        found[n] = verdict(sealed.told(Sealed(WHOLE.seals[low : low + 2], WHOLE.kept), broken))
    assert [n for n, one in found.items() if one is None or one[1] != n] == [], "all found, each at its place"
    # A change that reaches over the edge of a seal, or the end of the log, has another name there: half of it is out of sight.
    inside = {n: one for n, one in found.items() if (n + 1) % EVERY}
    assert {one[0] for one in inside.values() if one} == {BREAKS[breaking]}


def test_the_untouched_log_raises_no_alarm() -> None:
    out = sealed.told(WHOLE, LOG)
    assert (verdict(out), out.seals, out.verified, out.unsealed) == (None, COUNT // EVERY, COUNT, 0)


@pytest.mark.parametrize("breaking", BREAKS, ids=lambda one: one.__name__)
def test_without_leaf_hashes_the_seal_is_named_and_gaps_are_still_placed(breaking: Callable[[list[bytes], int], list[bytes]]) -> None:
    for n in range(3, 60, 7):
        kind, offset = verdict(sealed.told(WHOLE, breaking(LOG, n), kept=sealed.Kept())) or ("", -1)
        assert offset == n if breaking in (removed, doubled, cut) else n // EVERY * EVERY <= offset < (n // EVERY + 1) * EVERY + 1, kind
