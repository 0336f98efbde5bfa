"""What data cannot answer goes to people: one task, a clock in working days, a reminder, an escalation, and one verdict at the end."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.declaration import Spec
from agents.shapes.decision import Decision, Tick
from govbus.envelope import Envelope
from tests.unit.shapes import world
from tests.unit.shapes.test_corrections import Dialogue, desk

ITEM = "proof-01"
ASSIST = {"when": ["no_record", "timeout"], "working_days": 5, "remind_before": 1, "role": "协查联络员", "escalate_to": "gov-data"}
LOCAL = timezone(timedelta(hours=8))


def day(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(LOCAL).isoformat()


class Case(Dialogue):
    """A dialogue whose other outputs are kept too."""

    def __init__(self, **changed: Any) -> None:
        super().__init__(desk(assist={**ASSIST, **changed}))
        self.told: list[tuple[str, dict[str, Any]]] = []

    def take(self, event: Envelope | Tick) -> Decision:
        decision = super().take(event)
        self.verdicts = [each for each in self.verdicts if "outcome" in each]
        self.told += [(each.record.rpartition("Proof")[2], dict(each.data)) for each in decision.outputs]
        return decision

    def steps(self) -> list[str]:
        return [data.get("step", record) for record, data in self.told if record != "Question"]

    def let_time_pass(self) -> None:
        while self.in_flight():
            self.take(Tick(self.decision.due_ms or 0))


def said(outcome: str, *flags: str) -> Envelope:
    version = "" if outcome == "no_record" else "v"
    made = world.answer(ITEM, outcome=outcome, flags=list(flags), source_version=version)
    return made._replace(id=f"{made.id}-{len(flags)}")


def test_no_record_goes_to_people_and_their_answer_is_the_verdict() -> None:
    case = Case()
    case.take(world.request(ITEM))
    case.take(said("no_record"))
    task = next(data for record, data in case.told if record == "Task")
    assert (task["why"], task["subject"]["name"], task["claims"]) == ("no_record", "叶安", {"marital_status": "20"})
    assert day(task["due"]) == "2026-12-02T00:00:00+08:00", "five working days after Tuesday the 24th, to the end of the day"
    assert case.verdicts == []
    case.take(said("no_record"))
    assert case.steps() == ["Task", "assisted"], "the data said so before"
    case.take(said("match", "assisted"))
    assert [(each["outcome"], each["flags"]) for each in case.verdicts] == [("match", ["assisted"])]
    assert case.even()


def test_people_may_say_that_there_is_no_record() -> None:
    case = Case()
    for event in (world.request(ITEM), said("no_record"), said("no_record", "assisted")):
        case.take(event)
    assert [each["outcome"] for each in case.verdicts] == ["no_record"]


def test_silence_is_reminded_escalated_and_never_a_no() -> None:
    case = Case()
    case.take(world.request(ITEM))
    case.let_time_pass()
    assert case.steps() == ["Task", "assisted", "reminded", "escalated", "escalate", "Verdict"]
    duty = next(data for _, data in case.told if data.get("step") == "escalate")
    assert (duty["clock"], duty["late"], duty["department"], duty["role"]) == ("assisted-check", "civil-affairs", "gov-data", "liaison")
    assert (duty["post"], duty["request_id"]) == ("信息股协查联络岗", "r1")
    at = {data["step"]: (day(data["decided_at"]), data["role"]) for record, data in case.told if record == "Progress"}
    assert at["reminded"] == ("2026-12-01T00:00:00+08:00", "协查联络员")
    assert at["escalated"] == ("2026-12-02T00:00:00+08:00", "gov-data")
    assert [(each["outcome"], each["reason"], each["owner"]) for each in case.verdicts] == [("timeout", "ASSIST_OVERDUE", "civil-affairs")]
    assert case.even()


def test_an_answer_of_the_data_that_comes_late_but_decides_is_taken() -> None:
    case = Case()
    case.take(world.request(ITEM))
    case.take(Tick(case.decision.due_ms or 0))
    assert case.steps() == ["Task", "assisted"]
    case.take(said("mismatch"))
    assert [each["outcome"] for each in case.verdicts] == ["mismatch"]


def test_a_due_day_in_a_year_without_a_notice_says_so() -> None:
    case, late = Case(), world.START_MS + 45 * 86_400_000
    case.at_ms = late
    case.take(world.request(ITEM, at_ms=late))
    case.take(said("no_record"))
    assert [data["provisional"] for record, data in case.told if record == "Task"] == [True]


EVENTS = st.lists(
    st.sampled_from(["no_record", "match", "mismatch", "ambiguous", "assisted", "assisted no_record", "time"]), max_size=12,
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(EVENTS, st.booleans())
def test_each_request_has_one_verdict_or_a_running_clock(events: list[str], to_the_end: bool) -> None:
    case = Case()
    case.take(world.request(ITEM))
    for event in events:
        if event == "time":
            if case.in_flight():
                case.take(Tick(case.decision.due_ms or 0))
        else:
            flags = ["assisted"] if event.startswith("assisted") else []
            outcome = "match" if event == "assisted" else event.removeprefix("assisted ")
            case.take(said(outcome, *flags))
        assert len(case.verdicts) + case.in_flight() == 1
        assert not case.in_flight() or case.decision.due_ms
        assert case.even()
        assert case.steps().count("Task") <= 1
    if to_the_end:
        case.let_time_pass()
        assert len(case.verdicts) == 1


@pytest.mark.parametrize(
    ("changed", "told"), [({"remind_before": 5}, "shorter"), ({"when": []}, "at least 1 item"), ({"working_days": 0}, "greater")]
)
def test_a_declaration_that_cannot_be_is_told(changed: dict[str, Any], told: str) -> None:
    spec = {"shape": "verify", "item": ITEM, "rule_version": "1", "mode": "ask", "holder": "civil-affairs", "claims": {}}
    with pytest.raises(ValidationError, match=told):
        Spec.model_validate({**spec, "assist": {**ASSIST, **changed}})
