"""Assisted check (协查): what the holder's data cannot answer goes to its people, with a clock in working days. Pure.

The same request stays open; people answer through the same topic, with the flag :data:`govbus.ports.BY_PEOPLE`. Silence to the end is a
timeout with its own reason and an escalation to a named role, and never a "no".
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from agents.declaration import Assist
from agents.shapes import checks
from agents.shapes.decision import Output
from agents.shapes.duty import Lateness
from govbus.clocks.calendar import Answer, Calendar, end_of, local_day
from govbus.clocks.declared import Clock, load_clocks
from govbus.ports import BY_PEOPLE

TASK, PROGRESS = "gov_data.ProofTask", "gov_data.ProofProgress"
Check = Mapping[str, Any]


@cache
def _calendar() -> Calendar:
    return Calendar.load()


@cache
def _clock() -> Clock:
    return load_clocks()["assisted-check"]


def wanted(assist: Assist | None, check: Check, outcome: str, flags: list[str]) -> bool:
    """Whether this outcome goes to people: not twice, and not what people have said."""
    return assist is not None and outcome in assist.when and not check["assist_ms"] and BY_PEOPLE not in flags


def due(assist: Assist, at_ms: int) -> Answer[int]:
    """When their time is over: the end of the last working day, log time in milliseconds."""
    found = _calendar().add(local_day(at_ms), assist.working_days)
    return Answer(end_of(found.value), found.provisional, found.calendar)


def reminder(assist: Assist, at_ms: int) -> int:
    """When they are reminded, as :func:`due`; 0: never."""
    if not assist.remind_before:
        return 0
    return end_of(_calendar().add(local_day(at_ms), assist.working_days - assist.remind_before).value)


def provisional(due_ms: int) -> bool:
    """Whether the due day may still move, with the State Council's notice."""
    return _calendar().is_working(local_day(due_ms - 1)).provisional


def task(question: Mapping[str, Any], holder: str, why: str, found: Answer[int], at_ms: int) -> Output:
    """The check as the holder's people get it."""
    asked = {name: value for name, value in question.items() if name not in ("rule_version", "due")}
    told = {**asked, "why": why, "due": found.value, "provisional": found.provisional, "decided_at": at_ms}
    return Output(f"{holder}.task", TASK, told, "task")


def overdue(check: Check, exchange: str, holder: str) -> Lateness:
    """The clock of people who have not answered in time."""
    due_ms = check["assist_ms"]
    return Lateness(
        _clock(), exchange, holder, check["department"], due_ms, _calendar().version, provisional(due_ms), request_id=check["cause"],
    )  # fmt: skip


def progress(check: Check, place: Mapping[str, str], step: str, role: str, at_ms: int) -> Output:
    """What the asker is told meanwhile.

    :param place: item, exchange and holder
    """
    told = {
        "request_id": check["cause"], "department": check["department"], **place, "step": step, "role": role, "due": check["assist_ms"],
        "provisional": provisional(check["assist_ms"]), "decided_at": at_ms,
    }  # fmt: skip
    return Output(f"{check['department']}.progress", PROGRESS, told, checks.step(step, check))
