"""Whose turn it is: batches wait by topic, and each topic that has any gets its share of the next transaction.

A mass round of one asker fills its own topic; a single check of another stands in the first place of its own. Without this it would stand
behind everything that was fetched before it. Order within a topic is kept, and so is order per key.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar


class Waiting(Protocol):
    """A batch in the queue."""

    @property
    def topic(self) -> str:
        """Where it was read."""

    @property
    def size(self) -> int:
        """Its number of records."""


T = TypeVar("T", bound=Waiting)


class Turns(Generic[T]):
    """A queue of batches by topic."""

    def __init__(self) -> None:
        self._lines: OrderedDict[str, deque[T]] = OrderedDict()

    def add(self, batches: Iterable[T]) -> None:
        """They wait, each behind those of its topic."""
        for batch in batches:
            self._lines.setdefault(batch.topic, deque()).append(batch)

    def take(self, records: int) -> list[T]:
        """The next batches: one of each topic in turn, until they have ``records`` records or more; at least one where one waits.

        Where it stops, the next call goes on.
        """
        taken: list[T] = []
        while self._lines and records > 0:
            topic, line = next(iter(self._lines.items()))
            batch = line.popleft()
            taken.append(batch)
            records -= batch.size
            self._lines.move_to_end(topic)
            if not line:
                del self._lines[topic]
        return taken

    def __len__(self) -> int:
        """Batches that wait."""
        return sum(map(len, self._lines.values()))
