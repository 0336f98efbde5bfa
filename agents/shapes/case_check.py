"""What a check means for the case that named it: a move of the bus, an outcome corrected, or nothing that the case awaits. Pure.

A mismatch goes to a hearing and never further by itself (domain notes D2). An outcome that comes anew, by a holder's correction or by
another check where the state allows one, undoes what rested on the old one where it leads elsewhere.
"""

from collections.abc import Mapping
from typing import Any

from agents.case_words import BUS
from agents.shapes import case_rules
from agents.shapes.admission import Refusal
from agents.shapes.case_course import Course
from agents.shapes.case_rules import File
from govbus.reasons import Reason


def taken(course: Course, data: Mapping[str, Any], event_id: str, digest: bytes) -> Refusal | None:
    """Enter the check of ``data`` (``gov_data.CaseChecked``); why not, where the case does not await it."""
    file = course.file
    if data["item"] != file["item"] or (data["department"] != file["department"] and not data["conflict"]):
        return Refusal(Reason.CASE_OTHER_ITEM, "the check does not count for the case")
    before = next((each for each in file["checks"] if each["request_id"] == data["request_id"]), None)
    if before and before["revision"] >= data["revision"]:
        return None  # an older word than the last
    check = {"request_id": data["request_id"], "event_id": event_id, "digest": digest, "used": True}
    check |= {name: data[name] for name in ("revision", "outcome", "mismatched_fields")}
    file["checks"] = [*(each for each in file["checks"] if each is not before), check]
    if data["conflict"]:
        _disputed(course, data["request_id"])
    elif (rests := _resting(course, data["request_id"], known=before is not None)) is not None:
        _anew(course, rests, check)
    elif not course.use(check):
        if before is None and _checked_before(file):
            return Refusal(Reason.CASE_WRONG_STATE, f"it is {file['state']}, which awaits no check")
        file["checks"][-1]["used"] = before["used"] if before else False  # it came before the move that makes the case await it
    return None


def _disputed(course: Course, request_id: str) -> None:
    """Holders disagree: the review is opened, or opened again."""
    if move := case_rules.bus_move(course.exchange.spec, course.file["state"], "conflict"):
        course.by_bus(move, request_id)


def _resting(course: Course, request_id: str, known: bool) -> int | None:
    """The move that rests on this check; where another may take its place, the last one that a check, or a hand for it, made."""
    file = course.file
    again = bool(file["moves"]) and not known and course.exchange.spec.states[file["state"]].rechecks
    for number in reversed(range(len(file["moves"]))):
        each = file["moves"][number]
        if _awaited(course, each) if again else _by_check(each) and each["request_id"] == request_id:
            return number
    return None


def _anew(course: Course, index: int, check: Mapping[str, Any]) -> None:
    """The outcome came anew. Where it leads the same way, the case goes on; else all that rested on the old one is undone."""
    moves = course.file["moves"]
    move = case_rules.bus_move(course.exchange.spec, moves[index]["before"], check["outcome"])
    if move and move.name == moves[index]["move"]:
        if course.exchange.spec.states[course.file["state"]].rechecks:
            course.use(check)
        return
    root = next((number for number in reversed(range(index + 1)) if _awaited(course, moves[number])), index)
    course.rests_on = check["request_id"]
    course.undo(root, "reopened")
    course.use(check)


def _awaited(course: Course, move: Mapping[str, Any]) -> bool:
    """Whether it was made where a check was awaited, by the check or by hand, and counts."""
    return not move["undone"] and case_rules.bus_move(course.exchange.spec, move["before"], "match") is not None


def _by_check(move: Mapping[str, Any]) -> bool:
    return move["department"] == BUS and move["request_id"] is not None and not move["undone"]


def _checked_before(file: File) -> bool:
    return any(_by_check(each) for each in file["moves"])
