"""From a term and the stretches in which its clock ran to the day when it is due."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from govbus.clocks.calendar import Answer, Calendar, end_of, local_day
from govbus.clocks.terms import Term, Unit

HOUR_MS = 3_600_000
Stretch = tuple[int, int | None]
"""From when to when a clock ran, in milliseconds; None: it still runs."""


@dataclass(frozen=True, slots=True)
class Due:
    """How far a clock has come."""

    day: date | None
    """Last day in time, at UTC+8; None: the clock stands still with time left."""
    late_from: int | None
    """First millisecond that is late."""
    rest: int
    """What is left where the last stretch ended: working days, days, or milliseconds of an hour clock."""
    provisional: bool
    """Whether a day that mattered has no notice yet."""


def due(term: Term, extended: bool, stretches: Sequence[Stretch], calendar: Calendar) -> Due:
    """When ``term`` is due after it ran for ``stretches``, the first of which begins with the start.

    A stretch counts the days after its first day up to its last: the day on which a clock starts or goes on does not count, the day on
    which it stops does (Civil Code Art 201, for both). A clock that stops on its very last day keeps it: it is due on the day it goes on.
    """
    unit, rest, provisional = term.length.unit, _total(term, extended, stretches[0][0]), False
    for begin, end in stretches:
        found = _end(unit, begin, rest, calendar)
        if end is None or (found.late_from is not None and found.late_from <= end):
            return replace(found, provisional=found.provisional or provisional)
        spent = _between(unit, begin, end, calendar)
        rest, provisional = max(rest - spent.value, 0), provisional or spent.provisional
    return Due(None, None, rest, provisional)


def left(term: Term, found: Due, now: int, calendar: Calendar) -> int:
    """What is left at ``now``, in the term's own unit (months: in days; hours: whole ones); below zero when it is over."""
    unit = term.length.unit
    if found.late_from is None:
        return found.rest // HOUR_MS if unit == "hours" else found.rest
    rest = _between(unit, now, found.late_from - 1, calendar).value
    return rest // HOUR_MS if unit == "hours" else rest


def _total(term: Term, extended: bool, start: int) -> int:
    number, day = term.number(extended), local_day(start)
    match term.length.unit:
        case "months":
            return (_months_later(day, number) - day).days
        case "hours":
            return number * HOUR_MS
        case _:
            return number


def _end(unit: Unit, begin: int, rest: int, calendar: Calendar) -> Due:
    """Where ``rest`` is used up when the clock runs on from ``begin``."""
    if unit == "hours":
        return Due(local_day(begin + rest), begin + rest + 1, rest, False)
    day = local_day(begin)
    found = calendar.add(day, rest) if unit == "working_days" and rest else calendar.on_or_after(day + timedelta(days=rest))
    return Due(found.value, end_of(found.value), rest, found.provisional)


def _between(unit: Unit, begin: int, end: int, calendar: Calendar) -> Answer[int]:
    if unit == "hours":
        return Answer(end - begin, False, calendar.version)
    if unit == "working_days":
        return calendar.between(local_day(begin), local_day(end))
    return Answer((local_day(end) - local_day(begin)).days, False, calendar.version)


def _months_later(day: date, months: int) -> date:
    """The day of the same number, or the month's last (Civil Code Art 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
