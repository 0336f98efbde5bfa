"""Clocks against an oracle that walks day by day, and what order, repetition and time must not change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from govbus.clocks.calendar import Calendar, end_of, local_day
from govbus.clocks.clock import Alarm, State, standing
from govbus.clocks.events import Done, Event, Extended, Paused, Resumed, Started
from govbus.clocks.terms import Pause
from tests.unit.clocks.events_of import VERSION, ms, term

CALENDAR = Calendar.load()
ONE = timedelta(days=1)
HOUR = 3_600_000
STARTS = st.integers(ms("2019-01-01"), ms("2027-06-30"))
GAPS = st.lists(st.one_of(st.integers(1, 30 * HOUR), st.integers(1, 40 * 24 * HOUR)), max_size=7)
FOREVER = date.max
LATER = ms("2035-01-01")


def history(start: int, gaps: Sequence[int]) -> list[Event]:
    """A start, and then in turn a pause and a resumption, each after a gap."""
    found: list[Event] = [Started(id="0", at=start, known=start, calendar=VERSION)]
    at = start
    for turn, gap in enumerate(gaps):
        at += gap
        one: Event = Resumed(id=f"r{turn}", at=at, known=at) if turn % 2 else Paused(id=f"p{turn}", at=at, known=at, kind=Pause.HEARING)
        found.append(one)
    return found


def walked(start: date, days: int, working: bool, pauses: Sequence[tuple[date, date]]) -> date | None:
    """Day by day: a day counts unless it lies in a pause; the end waits for a working day on which the clock runs at midnight."""
    day, counted = start, 0
    while counted < days or not CALENDAR.is_working(day).value or any(first <= day < last for first, last in pauses):
        day += ONE
        if any(last == FOREVER and day > first for first, last in pauses):
            return None
        stands = any(first < day <= last for first, last in pauses)
        counted += not stands and (not working or CALENDAR.is_working(day).value)
    return day


@given(STARTS, GAPS, st.integers(1, 45), st.sampled_from(["working_days", "days"]))
@settings(max_examples=300)
def test_due_is_where_a_walk_day_by_day_ends(start: int, gaps: list[int], number: int, unit: str) -> None:
    events = history(start, gaps)
    times = [local_day(event.at) for event in events[1:]] + [FOREVER]
    pauses = [(first, last) for first, last in list(pairwise(times))[::2] if first != last]
    found = standing(term(f"{number} {unit}"), events, events[-1].at, CALENDAR)
    assert found is not None
    assert found.due == walked(local_day(start), number, unit == "working_days", pauses)
    assert found.late_from == (None if found.due is None else end_of(found.due))


@given(STARTS, GAPS, st.integers(1, 2000))
def test_hours_are_exact(start: int, gaps: list[int], number: int) -> None:
    events = history(start, gaps)
    due: int | None = start + min(number, 1000) * HOUR
    for stopped, resumed in zip(events[1::2], [*events[2::2], None], strict=False):
        if due is not None and stopped.at <= due:
            due = None if resumed is None else due + resumed.at - stopped.at
    found = standing(term(f"{min(number, 1000)} hours"), events, events[-1].at, CALENDAR)
    assert found is not None
    assert found.late_from == (None if due is None else due + 1)


@st.composite
def muddle(draw: st.DrawFn) -> list[Event]:
    """Events as they may come: of any kind, at any time, known late, with ids that are used twice."""
    found: list[Event] = []
    for _ in range(draw(st.integers(0, 8))):
        at = ms("2026-01-05") + draw(st.integers(0, 60)) * 12 * HOUR
        times: dict[str, Any] = {"id": draw(st.sampled_from("abcdef")), "at": at, "known": at + draw(st.integers(-2, 20)) * 12 * HOUR}
        made: list[Event] = [
            Started(**times, calendar=VERSION),
            Paused(**times, kind=draw(st.sampled_from(list(Pause)))),
            Resumed(**times),
            Extended(**times, consent="gov-data 12"),
            Done(**times),
        ]
        found.append(draw(st.sampled_from(made)))
    return found


@given(muddle(), st.data())
@settings(max_examples=300)
def test_order_and_repetition_change_nothing(events: list[Event], data: st.DataObject) -> None:
    now = ms("2026-01-05") + data.draw(st.integers(0, 90)) * 12 * HOUR
    again = [replace(event, known=event.known + HOUR) for event in events if data.draw(st.booleans())]
    shuffled = data.draw(st.permutations([*events, *again]))
    assert standing(term("10 working_days", 5), shuffled, now, CALENDAR) == standing(term("10 working_days", 5), events, now, CALENDAR)


@given(muddle(), st.integers(0, 90))
def test_what_becomes_known_later_changes_nothing_before(events: list[Event], half_days: int) -> None:
    now = ms("2026-01-05") + half_days * 12 * HOUR
    seen = [event for event in events if event.known <= now]
    assert standing(term("10 working_days", 5), events, now, CALENDAR) == standing(term("10 working_days", 5), seen, now, CALENDAR)


@given(muddle())
def test_an_alarm_is_what_an_onlooker_saw(events: list[Event]) -> None:
    """Somebody who asks every half day since the beginning, and believes what he was told last."""
    seen, withdrawn = False, False
    for half_days in range(180):
        found = standing(term("10 working_days", 5), events, ms("2026-01-04 00:00") + half_days * 12 * HOUR, CALENDAR)
        if found is None:
            continue
        late = found.state in {State.OVERDUE, State.DONE_LATE}
        withdrawn = (seen or withdrawn) and not late
        seen = late
        assert found.alarm is (Alarm.RAISED if late else Alarm.WITHDRAWN if withdrawn else Alarm.NONE)
        assert bool(found.withdrawn_by) == (found.alarm is Alarm.WITHDRAWN)
