"""Keyed state of the owned partitions: restored from its changelog, written in the same transaction as the outputs.

One :class:`Partition` an owned partition number. A change stands at once, so that the next batch can be worked while the transaction of
the one before is on its way; nothing of it is told to anybody before its transaction has committed, and after one that fails the
process ends: memory is never the truth, the changelog is. Values stay encoded: decoding on touch costs microseconds, keeping 100,000
decoded dictionaries costs gigabytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from agents.runtime.entries import Entries, Entry, Memory
from agents.runtime.rdkafka import Outgoing, Pairs, outgoing
from agents.runtime.timers import Timers

DUE, OPEN = "bus.due", "bus.open"
RESTING = [(DUE, b"0"), (OPEN, b"0")]
"""Headers of a standing that waits for nothing."""
MARK = b"!"
"""First letter of what is no subject's standing but a pause's (``pause.py``); a pseudonym is hexadecimal."""
MARKED = b"|" + MARK
"""To be looked for with ``find``: ``in`` takes it for a number first, and makes and drops an error each time."""


@dataclass(slots=True)
class Partition:
    """State of one partition number in one generation."""

    number: int
    entries: Entries
    timers: Timers
    open: dict[str, int]
    changed: dict[bytes, Entry | None]  # the last standing of each, in the order in which they first changed
    held: dict[str, set[bytes]] = field(default_factory=dict)  # keys of what waits, by paused exchange

    @classmethod
    def empty(cls, number: int, entries: Entries | None = None) -> "Partition":
        """A partition before its restore; in memory unless told where else."""
        return cls(number, entries or Memory(), Timers(), {}, {})

    def get(self, key: bytes) -> Entry | None:
        """The standing of ``key``, changes of the running batch included."""
        return self.entries.get(key)

    def put(self, key: bytes, entry: Entry | None) -> None:
        """As :meth:`replace`, whatever the standing is now."""
        self.replace(key, self.entries.get(key), entry)

    def changes(self, topic: str) -> Iterator[Outgoing]:
        """What changed since the last call, as changelog records of this very partition: the last standing of each key."""
        number = self.number
        for key, entry in self.changed.items():
            if entry is None:
                yield outgoing((topic, key, None, [], number))
            else:
                value, due_ms, opened = entry
                headers = [(DUE, b"%d" % due_ms), (OPEN, b"%d" % opened)] if due_ms or opened else RESTING
                yield outgoing((topic, key, value, headers, number))
        self.changed.clear()

    def restore(self, key: bytes, value: bytes | None, headers: Pairs) -> None:
        """Take one changelog record, in log order; after the last one, :meth:`restored`."""
        if value is None:
            self.entries.drop(key)
        else:
            found = dict(headers)
            self.entries.put(key, Entry(value, int(found[DUE]), int(found[OPEN])))

    def restored(self) -> None:
        """All is read: count what is open and set the timers, once for each key that is left."""
        for key, entry in self.entries.items():
            if entry.due_ms:
                self.timers.set(entry.due_ms, key)
            if entry.open:
                exchange = exchange_of(key)
                self.open[exchange] = self.open.get(exchange, 0) + entry.open
            if key.find(MARKED) >= 0:
                self._pause(key, there=True)

    def replace(self, key: bytes, old: Entry | None, entry: Entry | None) -> None:
        """Change the standing of ``key`` from ``old``; None removes it (a tombstone in the changelog).

        Its timer counts at once: a later record of the same batch may stand behind the due time.
        """
        self.changed[key] = entry
        due_ms, opened = (entry.due_ms, entry.open) if entry else (0, 0)
        if due_ms and (old is None or old.due_ms != due_ms):
            self.timers.set(due_ms, key)
        if opened != (old.open if old else 0):
            exchange = exchange_of(key)
            self.open[exchange] = self.open.get(exchange, 0) + opened - (old.open if old else 0)
        if key.find(MARKED) >= 0:
            self._pause(key, entry is not None)
        if entry is not None:
            self.entries.put(key, entry)
        elif old is not None:
            self.entries.drop(key)

    def _pause(self, key: bytes, there: bool) -> None:
        exchange, waits = exchange_of(key), subject_of(key) != MARK
        if there:
            self.held.setdefault(exchange, set()).update((key,) * waits)
        elif waits:
            self.held[exchange].discard(key)
        else:
            del self.held[exchange]

    def due(self, now_ms: int) -> Iterator[tuple[int, bytes]]:
        """Timers with due time before ``now_ms``, in order of due time; those that have moved or gone since are passed over.

        A timer leaves when it is handed out: its key's next standing puts the next one in.
        """
        return self.timers.due(now_ms, self._due_of)

    def _due_of(self, key: bytes) -> int:
        entry = self.entries.get(key)
        return entry.due_ms if entry else 0


def state_key(exchange: str, subject: bytes) -> bytes:
    """Key of one subject's standing in one exchange: ``<exchange>|<pseudonym>``."""
    return exchange.encode() + b"|" + subject


def exchange_of(key: bytes) -> str:
    """The exchange in a state key."""
    return key.split(b"|", 1)[0].decode()


def subject_of(key: bytes) -> bytes:
    """The pseudonym in a state key."""
    return key.split(b"|", 1)[1]
