"""Millions of timers, cheaply: far ones wait unsorted, a second's worth at a time is put in order.

A heap of all would hold a tuple and an integer a timer, about 120 bytes; most timers are days away, and are moved or dropped before they
are due. Here a far timer is one reference in the list of its second, and setting it sorts nothing.
"""

import heapq
from collections.abc import Callable, Iterator

BUCKET_MS = 1_000
DueOf = Callable[[bytes], int]


class Timers:
    """Due times of keys, log time in milliseconds. Which due time of a key counts, its standing says: moving or dropping a timer leaves
    the old one here, and it is passed over when it comes."""

    __slots__ = ("_far", "_near", "_opened", "_seconds")

    def __init__(self) -> None:
        self._near: list[tuple[int, bytes]] = []  # heap: everything in the seconds that were opened
        self._far: dict[int, list[bytes]] = {}
        self._seconds: list[int] = []  # heap of the keys of _far
        self._opened = -1

    def set(self, due_ms: int, key: bytes) -> None:
        """``key`` is due at ``due_ms``."""
        second = due_ms // BUCKET_MS
        if second <= self._opened:
            heapq.heappush(self._near, (due_ms, key))
        elif second in self._far:
            self._far[second].append(key)
        else:
            self._far[second] = [key]
            heapq.heappush(self._seconds, second)

    def due(self, now_ms: int, due_of: DueOf) -> Iterator[tuple[int, bytes]]:
        """Timers before ``now_ms``, in order of due time and then of key; one that is set meanwhile takes its place among them.

        :param due_of: the due time that counts for a key, 0 where none does
        """
        while self._before(now_ms, due_of):
            due_ms, key = heapq.heappop(self._near)
            if due_of(key) == due_ms:
                yield due_ms, key

    def _before(self, now_ms: int, due_of: DueOf) -> bool:
        while self._seconds and self._seconds[0] * BUCKET_MS < now_ms:
            self._open(heapq.heappop(self._seconds), due_of)
        return bool(self._near) and self._near[0][0] < now_ms

    def _open(self, second: int, due_of: DueOf) -> None:
        self._opened = max(self._opened, second)
        for key in self._far.pop(second):
            due_ms = due_of(key)
            if due_ms and due_ms // BUCKET_MS == second:
                heapq.heappush(self._near, (due_ms, key))

    def may_be_due(self, now_ms: int) -> bool:
        """False: certainly none is due before ``now_ms``. Cheap enough to be asked before each record."""
        return bool(self._near and self._near[0][0] < now_ms) or bool(self._seconds and self._seconds[0] * BUCKET_MS < now_ms)
