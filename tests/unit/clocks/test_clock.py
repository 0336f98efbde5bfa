"""Clocks: who is late, since when, and what takes an alarm back. Days by hand, from the notices that vectors.yaml names."""

from datetime import date

import pytest

from govbus.clocks.calendar import Calendar
from govbus.clocks.clock import Alarm, Standing, State, standing
from govbus.clocks.terms import Pause
from tests.unit.clocks.events_of import events, ms, term

CALENDAR = Calendar.load()
TEN = term("10 working_days", 10)


def at(now: str, *texts: str, length: str = "10 working_days", calendar: Calendar = CALENDAR) -> Standing:
    found = standing(term(length, 10), events(*texts), ms(now), calendar)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("length", "start", "due"),
    [
        ("10 working_days", "2026-09-18", date(2026, 10, 9)),  # Sun 20, 21-24, 28-30, Thu 8, Fri 9
        ("10 working_days", "2026-09-18 23:59", date(2026, 10, 9)),
        ("10 working_days", "2026-09-19 00:00", date(2026, 10, 9)),  # a day off: the first day that counts is the same
        ("10 working_days", "2026-09-20 00:00", date(2026, 10, 10)),  # a make-up Sunday: 16:00 UTC is the border
        ("30 days", "2026-09-01", date(2026, 10, 8)),  # the thirtieth is 1 October
        ("30 days", "2026-01-15", date(2026, 2, 14)),  # a make-up Saturday is no day off
        ("5 days", "2026-11-25", date(2026, 11, 30)),
        ("1 months", "2026-01-31", date(2026, 2, 28)),  # no 31 February; its last day is a make-up Saturday
        ("1 months", "2024-01-31", date(2024, 2, 29)),
        ("1 months", "2025-12-15", date(2026, 1, 15)),
        ("1 months", "2026-09-03", date(2026, 10, 8)),
        ("2 hours", "2026-10-01 23:30", date(2026, 10, 2)),
        ("24 hours", "2026-10-01 23:30", date(2026, 10, 2)),  # hours run through days off
    ],
)
def test_due(length: str, start: str, due: date) -> None:
    assert at(start, f"started {start}", length=length).due == due


@pytest.mark.parametrize(
    ("length", "now", "state", "left"),
    [
        ("10 working_days", "2026-09-18", State.RUNNING, 10),
        ("10 working_days", "2026-09-25", State.RUNNING, 5),
        ("10 working_days", "2026-10-09 23:59", State.RUNNING, 0),
        ("10 working_days", "2026-10-10 00:00", State.OVERDUE, -1),  # 16:00 UTC of the ninth; a make-up Saturday
        ("10 working_days", "2026-10-11", State.OVERDUE, -1),
        ("1 months", "2026-10-16", State.RUNNING, 3),  # 18 October is a Sunday, so Monday 19
        ("2 hours", "2026-09-18 13:30", State.RUNNING, 0),
        ("2 hours", "2026-09-18 14:00", State.RUNNING, 0),
        ("2 hours", "2026-09-18 14:01", State.OVERDUE, -1),
    ],
)
def test_left(length: str, now: str, state: State, left: int) -> None:
    found = at(now, "started 2026-09-18", length=length)
    assert (found.state, found.left) == (state, left)
    assert (found.alarm is Alarm.RAISED) == (state is State.OVERDUE)


@pytest.mark.parametrize(
    ("history", "state", "due", "left"),
    [
        # Stands still 23 to 28 September: three of ten days were used (20, 21, 22) and the day on which it stopped is the fourth.
        (["paused.hearing 2026-09-23"], State.PAUSED, None, 6),
        (["paused.hearing 2026-09-23", "resumed 2026-09-28"], State.RUNNING, date(2026, 10, 12), 6),
        # Stopped and on again within a day: nothing is won.
        (["paused.hearing 2026-09-23 09:00", "resumed 2026-09-23 17:00"], State.RUNNING, date(2026, 10, 9), 6),
        # Stopped on the day of receipt: the day on which the supplement comes is the day of receipt.
        (["paused.supplement 2026-09-18 13:00", "resumed 2026-09-22"], State.RUNNING, date(2026, 10, 13), 10),
        # Stopped on the last day: that day is kept, and a day off passes it on.
        (["paused.appraisal 2026-10-09"], State.PAUSED, None, 0),
        (["paused.appraisal 2026-10-09", "resumed 2026-10-11"], State.RUNNING, date(2026, 10, 12), 1),
        # Stopped when it was over: nothing comes back.
        (["paused.hearing 2026-10-10", "resumed 2026-10-20"], State.OVERDUE, date(2026, 10, 9), -8),
        (["extended 2026-10-09"], State.RUNNING, date(2026, 10, 22), 10),
        (["paused.hearing 2026-09-23", "extended 2026-10-09"], State.PAUSED, None, 16),
        (["done 2026-10-09 23:59"], State.DONE_IN_TIME, date(2026, 10, 9), 0),
        (["done 2026-10-10 00:00"], State.DONE_LATE, date(2026, 10, 9), -1),
        (["paused.hearing 2026-09-23", "done 2026-12-24"], State.DONE_IN_TIME, None, 6),
        # The holder's clock runs behind the asker's: done all the same.
        (["done 2026-09-17 23:59"], State.DONE_IN_TIME, date(2026, 10, 9), 10),
        # Within one millisecond consent comes first, whatever the ids are.
        (["done 2026-09-22", "extended 2026-09-22"], State.DONE_IN_TIME, date(2026, 10, 22), 17),
    ],
)
def test_course(history: list[str], state: State, due: date | None, left: int) -> None:
    now = max([ms("2026-09-22"), *(each.at for each in events(*history))])
    found = standing(TEN, events("started 2026-09-18", *history), now, CALENDAR)
    assert found is not None
    assert (found.state, found.due, found.left, found.refused) == (state, due, left, ())


@pytest.mark.parametrize(
    ("history", "due"),
    [
        (["started 2026-01-31", "extended 2026-02-28"], date(2026, 3, 31)),  # two months from the start, not one from 28 February
        (["started 2026-03-10", "paused.hearing 2026-03-20", "resumed 2026-03-25"], date(2026, 4, 15)),  # 10 April, five days later
    ],
)
def test_months_with_more_time_and_with_a_pause(history: list[str], due: date) -> None:
    found = standing(term("1 months", 1), events(*history), ms("2026-03-25"), CALENDAR)
    assert found is not None
    assert (found.due, found.refused) == (due, ())


def test_a_pause_on_days_off_after_the_last_day_keeps_that_day() -> None:
    """Five days from Monday 9 November end on Saturday 14, so on Monday 16; stopped on Sunday, it is due on the day it goes on."""
    found = at("2026-11-18", "started 2026-11-09", "paused.hearing 2026-11-15", "resumed 2026-11-18", length="5 days")
    assert (found.due, found.left) == (date(2026, 11, 18), 0)


def test_what_ran_before_a_pause_can_be_provisional_too() -> None:
    found = at("2019-01-08", "started 2018-12-20", "paused.hearing 2018-12-28", "resumed 2019-01-03")
    assert (found.due, found.provisional) == (date(2019, 1, 9), True)  # 21, 24-28 (6); 4, 7, 8, 9 January


def test_a_pause_over_the_turn_of_the_year() -> None:
    """Wed 24 Dec is the first day; Mon 5 Jan does not count; 6-9 Jan are two to five, 12-16 six to ten."""
    found = at("2026-01-05", "started 2025-12-23", "paused.special_procedure 2025-12-24", "resumed 2026-01-05")
    assert (found.due, found.left, found.provisional) == (date(2026, 1, 16), 9, False)


def test_a_late_word_that_the_work_was_done_in_time_takes_the_alarm_back_and_says_so() -> None:
    history = ["started 2026-09-18", "done 2026-10-09 17:00 known 2026-10-12 09:00"]
    before, after = at("2026-10-12 08:59", *history), at("2026-10-12 09:00", *history)
    assert (before.state, before.alarm, before.withdrawn_by) == (State.OVERDUE, Alarm.RAISED, ())
    assert (after.state, after.alarm, after.withdrawn_by) == (State.DONE_IN_TIME, Alarm.WITHDRAWN, ("done",))


def test_a_late_word_of_a_pause_takes_the_alarm_back_until_the_term_is_over_again() -> None:
    history = ["started 2026-09-18", "paused.hearing 2026-10-09 known 2026-10-12", "resumed 2026-10-13"]
    states = [at(now, *history) for now in ("2026-10-10", "2026-10-12", "2026-10-13", "2026-10-14")]
    assert [each.alarm for each in states] == [Alarm.RAISED, Alarm.WITHDRAWN, Alarm.WITHDRAWN, Alarm.RAISED]
    assert [each.withdrawn_by for each in states] == [(), ("paused.hearing",), ("paused.hearing",), ()]


def test_a_late_word_that_the_work_was_done_late_leaves_the_alarm() -> None:
    found = at("2026-10-14", "started 2026-09-18", "done 2026-10-10 known 2026-10-12")
    assert (found.state, found.alarm, found.withdrawn_by) == (State.DONE_LATE, Alarm.RAISED, ())


def test_a_source_is_not_believed_about_the_future() -> None:
    found = at("2026-12-30", "started 2026-09-18", "paused.hearing 2026-12-20 known 2026-10-09", "done 2026-12-24")
    assert (found.state, found.left) == (State.DONE_IN_TIME, 0)


@pytest.mark.parametrize(
    ("history", "refused"),
    [
        (["started.other 2026-09-19"], "started_already"),
        (["paused.hearing 2026-09-17"], "before_start"),
        (["done 2026-09-20", "done.again 2026-09-21"], "after_done"),
        (["paused.hearing 2026-09-20", "paused.appraisal 2026-09-21"], "paused_already"),
        (["paused.supplement 2026-09-20", "resumed 2026-09-21", "paused.supplement2 2026-09-22"], "second_supplement"),
        (["resumed 2026-09-20"], "not_paused"),
        (["extended 2026-09-20", "extended.again 2026-09-21"], "extended_already"),
        (["extended.nobody 2026-09-20"], "no_consent"),
        (["extended 2026-10-10 00:00"], "too_late"),
        (["done 2026-09-20", "done 2026-09-21"], "id_conflict"),
    ],
)
def test_what_does_not_count_is_told(history: list[str], refused: str) -> None:
    found = at("2026-12-01", "started 2026-09-18", *history)
    assert found.refused == ((history[-1].split(" ", maxsplit=1)[0], refused),)


def test_a_term_may_admit_nothing() -> None:
    strict = term("10 working_days", pauses=(Pause.SUPPLEMENT,))
    found = standing(strict, events("started 2026-09-18", "paused.hearing 2026-09-21", "extended 2026-09-22"), ms("2026-09-22"), CALENDAR)
    assert found is not None
    assert found.refused == (("paused.hearing", "no_such_pause"), ("extended", "no_extension"))
    assert (found.state, found.due) == (State.RUNNING, date(2026, 10, 9))


def test_without_a_start_there_is_no_clock() -> None:
    history = events("done 2026-09-20", "started 2026-09-18 known 2026-09-22")
    assert standing(TEN, history, ms("2026-09-21"), CALENDAR) is None
    assert standing(TEN, history, ms("2026-09-22"), CALENDAR) is not None


def test_a_year_without_a_notice_is_provisional_and_moves_when_the_notice_comes() -> None:
    """24-27 Dec (4), 30-31 (6), 2-3 Jan (8), 6-10 (13), 13-17 (18), Mon 20, Tue 21; without the notice 1 January counts too."""
    before, after = (
        at("2024-12-23", "started.2024-11-01.1 2024-12-23", length="20 working_days", calendar=Calendar.load(known=date(2024, 11, day)))
        for day in (11, 12)
    )
    assert (before.due, before.provisional) == (date(2025, 1, 20), True)
    assert (after.due, after.provisional) == (date(2025, 1, 21), False)
    assert before.calendar != after.calendar
    assert after.recalculated
    assert not at("2026-09-20", "started 2026-09-18").recalculated


def test_days_and_hours_are_provisional_only_where_the_calendar_decides() -> None:
    assert not at("2026-12-20", "started 2026-12-20", length="30 hours").provisional
    assert at("2026-12-20", "started 2026-12-20", length="30 days").provisional
    assert not at("2026-11-20", "started 2026-11-20", length="30 days").provisional
