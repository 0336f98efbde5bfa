"""Working days (工作日) in local civil days of UTC+8. Every answer says by which version it was found and whether it is provisional."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Generic, Self, TypeVar

from govbus.clocks import notices
from govbus.clocks.notices import TURN_OF_YEAR

Value = TypeVar("Value")
FILE = Path(__file__).with_name("calendar.yaml")
DAY_MS = 86_400_000
_UTC_8_MS = 28_800_000  # one offset all year round: China has had no summer time since 1991
_EPOCH = date(1970, 1, 1).toordinal()
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Answer(Generic[Value]):
    """What the calendar says. It has no truth value of its own, so that a guess cannot be taken for knowledge by oversight."""

    value: Value
    provisional: bool
    """Whether a day that mattered has no notice yet: there only Saturdays and Sundays are off, and the answer changes with the notice."""
    calendar: str
    """Version of the calendar."""

    def __bool__(self) -> bool:
        """:raises TypeError: always; ask ``.value``, and look at ``.provisional``"""
        msg = "an answer of the calendar is neither true nor false: ask .value, and look at .provisional"
        raise TypeError(msg)


def local_day(ms: int) -> date:
    """The civil day (UTC+8) of a log time in milliseconds since 1970; it begins at 16:00 UTC."""
    return date.fromordinal(_EPOCH + (ms + _UTC_8_MS) // DAY_MS)


def end_of(day: date) -> int:
    """The first millisecond after ``day``'s 24:00 at UTC+8 (Civil Code Art 203: the last day ends at 24:00)."""
    return (day.toordinal() - _EPOCH + 1) * DAY_MS - _UTC_8_MS


class Calendar:
    """Which days are worked. Counting takes two look-ups, however far apart the days are."""

    def __init__(self, version: str, years: frozenset[int], named: Mapping[date, bool]) -> None:
        """:param years: those that have a notice; :param named: each day that a notice names, and whether it is worked."""
        self.version, self._years, self._named = version, years, named
        self._off = sorted(day.toordinal() for day, worked in named.items() if not worked and day.weekday() < 5)
        self._extra = sorted(day.toordinal() for day, worked in named.items() if worked and day.weekday() >= 5)

    @classmethod
    def load(cls, path: Path = FILE, known: date | None = None) -> Self:
        """The calendar of ``path``, or as it was ``known`` at the end of an earlier day, to explain an answer of that day.

        :raises SetupError: naming every fault of the file
        """
        book = notices.read(path)
        issued = [notice for notice in book.notices if known is None or notice.issued <= known]
        named = {day: worked for notice in issued for day, worked in notice.days.items()}
        return cls(book.version + (f" as known on {known}" if known else ""), frozenset(notice.year for notice in issued), named)

    def is_working(self, day: date) -> Answer[bool]:
        """Whether ``day`` is worked."""
        return self._answer(self._named.get(day, day.weekday() < 5), day, day)

    def add(self, day: date, working_days: int) -> Answer[date]:
        """The last of ``working_days`` (1 or more) that begin the day after ``day``: the day of receipt does not count.

        :raises ValueError: fewer than one
        """
        if working_days < 1:
            msg = "a term has one working day at least"
            raise ValueError(msg)
        start = day.toordinal()
        rest = range(start + 1, date.max.toordinal())
        found = date.fromordinal(rest[bisect_left(rest, self._count(start) + working_days, key=self._count)])
        return self._answer(found, day + _DAY, found)

    def on_or_after(self, day: date) -> Answer[date]:
        """``day``, or the first working day after it (Civil Code Art 203: a term does not end on a day off)."""
        return self.add(day - _DAY, 1)

    def between(self, day: date, until: date) -> Answer[int]:
        """How many working days lie after ``day`` and up to ``until``, that one included; negative when ``until`` lies before ``day``."""
        return self._answer(self._count(until.toordinal()) - self._count(day.toordinal()), min(day, until) + _DAY, max(day, until))

    def _answer(self, value: Value, first: date, last: date) -> Answer[Value]:
        return Answer(value, not self._settled(first, last), self.version)

    def _settled(self, first: date, last: date) -> bool:
        """Whether every day from ``first`` to ``last`` stands in a notice's year, and the turn of the year in both years' notices."""
        end = last.year + ((last.month, last.day) >= TURN_OF_YEAR)
        return first > last or self._years.issuperset(range(first.year, end + 1))

    def _count(self, day: int) -> int:
        """Working days from the first Monday (0001-01-01) up to the ordinal ``day``."""
        weeks, rest = divmod(day, 7)
        return weeks * 5 + min(rest, 5) - bisect_right(self._off, day) + bisect_right(self._extra, day)
