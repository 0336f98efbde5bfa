"""Whose turn it is: batches wait by topic, and each topic that has any gets its share of the next transaction.

A mass round of one asker fills its own topic; a single check of another stands in the first place of its own. Without this it would stand
behind everything that was fetched before it. Order within a topic is kept, and so is order per key.
"""

from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import Generic, Protocol, TypeVar


class Waiting(Protocol):
    """A batch in the queue."""

    @property
    def topic(self) -> str:
        """Where it was read."""

    @property
    def size(self) -> int:
        """Its number of records; a large record counts as several."""


T = TypeVar("T", bound=Waiting)


class Turns(Generic[T]):
    """A queue of batches by topic."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[T]] = {}

    def add(self, batches: Iterable[T]) -> None:
        """They wait, each behind those of its topic."""
        for batch in batches:
            self._lines.setdefault(batch.topic, deque()).append(batch)

    def take(self, records: int) -> list[T]:
        """The next batches: one of each topic that waits, and more until they have ``records`` records.

        Next is always the topic that would have the fewest records of those taken, not the fewest batches: single checks come in batches
        of one, a mass in batches of hundreds, and all of the one fit in beside one of the other.
        """
        taken: list[T] = []
        share = dict.fromkeys(self._lines, 0)
        left_out = set(share)
        while share and (records > 0 or left_out):
            topic = min(share, key=lambda each: share[each] + self._lines[each][0].size)
            batch = self._lines[topic].popleft()
            taken.append(batch)
            records -= batch.size
            share[topic] += batch.size
            left_out.discard(topic)
            if not self._lines[topic]:
                del self._lines[topic], share[topic]
        return taken

    def fewer_than(self, records: int) -> bool:
        """Fewer records than that wait, in all."""
        return sum(batch.size for line in self._lines.values() for batch in islice(line, records)) < records

    def topics(self) -> int:
        """How many topics have anything that waits."""
        return len(self._lines)

    def __len__(self) -> int:
        """Batches that wait."""
        return sum(map(len, self._lines.values()))
