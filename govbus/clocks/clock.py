"""Where a clock stands, reckoned anew from its events each time: start, calendar version and pauses are stored, never a due day alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from govbus.clocks.calendar import Calendar, local_day
from govbus.clocks.course import Course, Refusal, once, run
from govbus.clocks.events import Event
from govbus.clocks.reckon import left
from govbus.clocks.terms import Term, Unit


class State(StrEnum):
    """What a clock does."""

    RUNNING = "running"
    PAUSED = "paused"
    OVERDUE = "overdue"
    DONE_IN_TIME = "done_in_time"
    DONE_LATE = "done_late"


_LATE = {State.OVERDUE, State.DONE_LATE}


class Alarm(StrEnum):
    """Whether somebody was, or had to be, told that it is late."""

    NONE = "none"
    RAISED = "raised"
    WITHDRAWN = "withdrawn"  # it was raised on what was known then, and is wrong by what is known now


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a clock stands, by what is known."""

    state: State
    started: date
    """Local day (UTC+8) of the start; it does not count."""
    due: date | None
    """Last day in time; None while it stands still with time left."""
    late_from: int | None
    """First millisecond that is late: when to set a timer."""
    left: int
    """Whole units, now or when the work was done: 0 on the last day, below zero when late. Paused: what has yet to run."""
    unit: Unit
    """Of ``left``; months count in days."""
    provisional: bool
    """The due day may move: it hangs on a day whose year has no notice yet."""
    calendar: str
    """Version of the calendar that this was reckoned by."""
    recalculated: bool
    """The start promised a due day by another version."""
    extended: bool
    alarm: Alarm
    withdrawn_by: tuple[str, ...]
    """Ids of the events that showed an alarm to be wrong."""
    refused: tuple[tuple[str, Refusal], ...]
    """Events that do not count, by id, and why."""


def standing(term: Term, events: Iterable[Event], now: int, calendar: Calendar) -> Standing | None:
    """Where the clock of ``events`` stands at ``now`` (milliseconds), by what was known until then; None while no start is known.

    The order of ``events`` and their repetition change nothing.
    """
    seen, conflicts = once(event for event in events if event.known <= now)
    course = run(term, seen, calendar)
    if course is None:
        return None
    found = course.due()
    alarm, withdrawn_by = _alarm(term, seen, now, calendar)
    return Standing(
        state=_state(course, now),
        started=local_day(course.start.at),
        due=found.day,
        late_from=found.late_from,
        left=left(term, found, now if course.done is None else course.done, calendar),
        unit="days" if term.length.unit == "months" else term.length.unit,
        provisional=found.provisional,
        calendar=calendar.version,
        recalculated=course.start.calendar != calendar.version,
        extended=course.extended,
        alarm=alarm,
        withdrawn_by=withdrawn_by,
        refused=tuple(conflicts + course.refused),
    )


def _state(course: Course, now: int) -> State:
    late_from = course.due().late_from
    late = late_from is not None and (now if course.done is None else course.done) >= late_from
    if course.done is not None:
        return State.DONE_LATE if late else State.DONE_IN_TIME
    if late:
        return State.OVERDUE
    return State.PAUSED if course.paused else State.RUNNING


def _alarm(term: Term, seen: list[Event], now: int, calendar: Calendar) -> tuple[Alarm, tuple[str, ...]]:
    """Lives through what was known from when to when: late at the end of a stretch of knowledge raises, not late any more withdraws."""
    alarm = Alarm.NONE
    withdrawn_by: tuple[str, ...] = ()
    moments = sorted({event.known for event in seen})
    for known, until in pairwise([*moments, now + 1]):
        course = run(term, [event for event in seen if event.known <= known], calendar)
        if course is None:
            continue
        if alarm is Alarm.RAISED and _state(course, known) not in _LATE:
            alarm = Alarm.WITHDRAWN
            withdrawn_by = tuple(sorted(event.id for event in seen if event.known == known))
        if _state(course, until - 1) in _LATE:
            alarm, withdrawn_by = Alarm.RAISED, ()
    return alarm, withdrawn_by
