"""What departments are told of a case: where it stands, or why a move was not taken. Pure."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from agents.shapes.admission import Refusal
from agents.shapes.case_rules import File
from agents.shapes.decision import Output
from govbus.envelope import Envelope
from govbus.reasons import Reason

if TYPE_CHECKING:
    from agents.shapes.case_course import Course

PROGRESS = "gov_data.CaseProgress"
_NOTHING: Mapping[str, Any] = {
    "reason": None, "reason_text": None, "owner": None, "request_id": None, "mismatched_fields": [], "clock": None, "due": None,
    "provisional": False, "role": None, "method": None,
}  # fmt: skip


def progress(course: "Course", department: str, move: str, step: str) -> Output:
    """Where the case stands now, for one department."""
    file, spec = course.file, course.exchange.spec
    if department not in file["told"]:
        file["told"] = [*file["told"], department]
    last = file["moves"][-1]
    rests_on = course.rests_on or last["request_id"]
    check = next((each for each in file["checks"] if each["request_id"] == rests_on), None)
    clock, found = next(iter(course.running()), (None, None))
    sampled = spec.after_check and "sampled" in (spec.by_name[move].when if move in spec.by_name else ())
    data = {
        **_NOTHING, "case_id": course.case_id, "exchange": course.exchange.meta.id, "department": department, "item": file["item"],
        "state": file["state"], "move": move, "step": step, "request_id": rests_on,
        "mismatched_fields": list(check["mismatched_fields"]) if check else [], "clock": clock and clock["clock"],
        "due": found and found.late_from, "provisional": bool(found and found.provisional),
        "role": spec.states[file["state"]].role or None, "decided_at": course.now_ms,
        "method": spec.after_check.methods.get(file["risk"] or "") if spec.after_check and sampled else None,
    }  # fmt: skip
    return Output(f"{department}.case-progress", PROGRESS, data, f"{step}-{move}-{course.now_ms}", course.case_id)


def refused(data: Mapping[str, Any], file: File | None, refusal: Refusal, event: Envelope) -> Output:
    """The answer to a move, or to a check, that was not taken; the case stands where it stood.

    :param data: of the move or the check
    """
    department = data["department"]
    # what is no case's id and no move's name may be a person's number: it is not said again; the answer is found by its cause
    case_id = "" if refusal.reason is Reason.CASE_BAD_ID else data["case_id"]
    move = "" if refusal.reason is Reason.CASE_NO_SUCH_MOVE else data.get("move", "check")
    told = {
        **_NOTHING, "case_id": case_id, "exchange": data["exchange"], "department": department,
        "item": file["item"] if file else None, "state": file["state"] if file else None, "move": move,
        "step": "refused", "reason": refusal.reason.value, "reason_text": refusal.text(event.place), "owner": department,
        "request_id": data["request_id"], "decided_at": event.recorded_ms,
    }  # fmt: skip
    return Output(f"{department}.case-progress", PROGRESS, told, "refused", case_id or event.id)
