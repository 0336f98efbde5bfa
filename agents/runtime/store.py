"""Keyed state of the owned partitions: in memory, restored from its changelog, written in the same transaction as the outputs.

One :class:`Partition` an owned partition number. Whatever a batch changes is staged and becomes the standing only when its transaction has
committed, so state, outputs and position cannot disagree. Values stay encoded: decoding on touch costs microseconds, keeping 100,000
decoded dictionaries costs gigabytes.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from agents.runtime.rdkafka import Outgoing

DUE, OPEN = "bus.due", "bus.open"


class Entry(NamedTuple):
    """One key's standing: encoded state, earliest timer (log-time ms, 0 = none) and how many dialogues are open in it."""

    value: bytes
    due_ms: int
    open: int


@dataclass(slots=True)
class Partition:
    """State of one partition number in one generation."""

    number: int
    entries: dict[bytes, Entry]
    timers: list[tuple[int, bytes]]
    open: dict[str, int]
    staged: dict[bytes, Entry | None]

    @classmethod
    def empty(cls, number: int) -> "Partition":
        """A partition before its restore."""
        return cls(number, {}, [], {}, {})

    def get(self, key: bytes) -> Entry | None:
        """The standing of ``key``, changes of the running batch included."""
        if key in self.staged:
            return self.staged[key]
        return self.entries.get(key)

    def put(self, key: bytes, entry: Entry | None) -> None:
        """Stage a change; None removes the key (a tombstone in the changelog).

        Its timer counts at once: a later record of the same batch may stand behind the due time.
        """
        if entry is not None:
            self._remind(key, entry)
        self.staged[key] = entry

    def changes(self, topic: str) -> Iterator[Outgoing]:
        """The staged changes as changelog records of this very partition."""
        for key, entry in self.staged.items():
            if entry is None:
                yield Outgoing(topic, key, None, [], self.number)
            else:
                headers = [(DUE, b"%d" % entry.due_ms), (OPEN, b"%d" % entry.open)]
                yield Outgoing(topic, key, entry.value, headers, self.number)

    def settle(self) -> None:
        """The transaction has committed: what was staged stands."""
        for key, entry in self.staged.items():
            self._stand(key, entry)
        self.staged.clear()

    def drop(self) -> None:
        """The transaction has not committed: what was staged never was."""
        self.staged.clear()

    def restore(self, key: bytes, value: bytes | None, headers: dict[str, bytes]) -> None:
        """Take one changelog record, in log order."""
        entry = None if value is None else Entry(value, int(headers[DUE]), int(headers[OPEN]))
        if entry is not None:
            self._remind(key, entry)
        self._stand(key, entry)

    def _stand(self, key: bytes, entry: Entry | None) -> None:
        old = self.entries.pop(key, None) if entry is None else self.entries.get(key)
        exchange = exchange_of(key)
        gained = (entry.open if entry else 0) - (old.open if old else 0)
        if gained:
            self.open[exchange] = self.open.get(exchange, 0) + gained
        if entry is not None:
            self.entries[key] = entry

    def _remind(self, key: bytes, entry: Entry) -> None:
        old = self.get(key)
        if entry.due_ms and (old is None or old.due_ms != entry.due_ms):
            heapq.heappush(self.timers, (entry.due_ms, key))

    def due(self, now_ms: int) -> Iterator[tuple[int, bytes]]:
        """Timers with due time before ``now_ms``, in order of due time; stale ones (moved or fired since) are passed over.

        A timer leaves the heap when it is handed out: its key's next standing puts the next one in.
        """
        while self.timers and self.timers[0][0] < now_ms:
            due_ms, key = heapq.heappop(self.timers)
            entry = self.get(key)
            if entry is not None and entry.due_ms == due_ms:
                yield due_ms, key

    def earliest(self) -> int:
        """Due time of the next timer (may be stale), 0 when there is none."""
        return self.timers[0][0] if self.timers else 0


def state_key(exchange: str, subject: bytes) -> bytes:
    """Key of one subject's standing in one exchange: ``<exchange>|<pseudonym>``."""
    return exchange.encode() + b"|" + subject


def exchange_of(key: bytes) -> str:
    """The exchange in a state key."""
    return key.split(b"|", 1)[0].decode()


def subject_of(key: bytes) -> bytes:
    """The pseudonym in a state key."""
    return key.split(b"|", 1)[1]
