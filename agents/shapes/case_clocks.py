"""The clocks of a case: started and stopped by moves, kept as events, reckoned anew each time (domain notes D4). Pure."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from govbus.clocks.calendar import Calendar
from govbus.clocks.clock import Alarm, Standing, standing
from govbus.clocks.events import Done, Event, Started
from govbus.clocks.terms import Term

CaseClock = dict[str, Any]


@cache
def calendar() -> Calendar:
    """The calendar of this process."""
    return Calendar.load()


def started(clocks: Sequence[CaseClock], clock: str, owners: Sequence[str], cause: tuple[str, int, int]) -> list[CaseClock]:
    """The clocks with this one begun for each owner; one that runs already goes on.

    :param cause: id of the event, when it happened, when it was known
    """
    running = {each["owner"] for each in clocks if each["clock"] == clock and runs(each)}
    event = _event(cause, "started", calendar().version)
    return [*clocks, *({"clock": clock, "owner": name, "events": [event], "told": 0} for name in owners if name not in running)]


def stopped(clocks: Sequence[CaseClock], clock: str, owner: str, cause: tuple[str, int, int]) -> list[CaseClock]:
    """The clocks with this one done.

    :param clock: empty for every clock
    :param owner: empty for every owner
    """

    def hit(each: CaseClock) -> bool:
        return runs(each) and clock in (each["clock"], "") and owner in (each["owner"], "")

    return [{**each, "events": [*each["events"], _event(cause, "done")]} if hit(each) else each for each in clocks]


def runs(clock: CaseClock) -> bool:
    """Whether its work is still to be done."""
    return all(event["kind"] != "done" for event in clock["events"])


def stands(clock: CaseClock, term: Term, now_ms: int) -> Standing:
    """Where it stands at log time ``now_ms``."""
    found = standing(term, map(_typed, clock["events"]), now_ms, calendar())
    if found is None:
        raise ValueError(clock["clock"])
    return found


def wrong_alarm(clock: CaseClock, found: Standing) -> bool:
    """Whether an alarm was raised that what is known now shows to be wrong."""
    return bool(clock["told"]) and found.alarm is Alarm.WITHDRAWN


def running(clocks: Sequence[CaseClock], terms: Mapping[str, Term], now_ms: int) -> Iterator[tuple[CaseClock, Standing]]:
    """The clocks that run, and where each stands."""
    yield from ((each, stands(each, terms[each["clock"]], now_ms)) for each in clocks if runs(each))


def _event(cause: tuple[str, int, int], kind: str, detail: str = "") -> dict[str, Any]:
    name, at, known = cause
    return {"id": f"{name}-{kind}", "kind": kind, "at": at, "known": known, "detail": detail}


def _typed(event: Mapping[str, Any]) -> Event:
    parts = {name: event[name] for name in ("id", "at", "known")}
    return Started(**parts, calendar=event["detail"]) if event["kind"] == "started" else Done(**parts)
