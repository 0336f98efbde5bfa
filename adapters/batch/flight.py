"""Who is under way, and who is next: bounded, however long the file is. Pure.

A verdict may come back before this run has sent its request: the run before had sent it, and broke off. Hence :data:`MOST` people are
read ahead. Requests leave in the order of the file and at most :data:`MOST` are out at once, so whoever was out at a break is among them.
"""

from collections.abc import Iterator
from itertools import islice
from math import exp

from adapters.batch.people import Person

LEAST, MOST, AHEAD_S, MEMORY_S = 200, 5_000, 1.0, 2.0
"""Requests under way: as many as come back in ``AHEAD_S`` seconds, by the rate of the last ``MEMORY_S``. More would only wait: at the
holder until their time is over, and an officer's single check behind them."""


class Flight:
    """The people of a file that have no result yet."""

    def __init__(self, people: Iterator[Person]) -> None:
        """:param people: in the order of the file, without those that have a result"""
        self._people, self._rate = people, 0.0
        self._ahead: dict[str, Person] = {}
        self._out: dict[str, Person] = {}
        self._fill()

    def next(self) -> list[Person]:
        """Whom to send now; they count as under way until they are back."""
        room = int(min(max(self._rate * AHEAD_S, LEAST), MOST)) - len(self._out)
        chosen = {name: self._ahead[name] for name in islice(self._ahead, max(room, 0))}
        for name in chosen:
            del self._ahead[name]
        self._out |= chosen
        self._fill()
        return list(chosen.values())

    def back(self, request_id: str) -> Person | None:
        """Whose result this is; None: nobody's of this file, or somebody's who has one."""
        return self._out.pop(request_id, None) or self._ahead.pop(request_id, None)

    def pace(self, came: int, seconds: float) -> None:
        """So many came back in the last ``seconds``: it decides how many may be under way."""
        self._rate += (1 - exp(-seconds / MEMORY_S)) * (came / max(seconds, 0.001) - self._rate)

    def __bool__(self) -> bool:
        """Whether somebody has no result yet."""
        return bool(self._out or self._ahead)

    def _fill(self) -> None:
        for person in islice(self._people, MOST - len(self._ahead)):
            self._ahead[person.request_id] = person
