"""Records that cannot be used and cannot be answered are poison, with their reason; they change nothing."""

import pytest

from agents.shapes.decision import State
from govbus.envelope import Envelope
from govbus.errors import Poison
from tests.unit.shapes.world import answer, envelope, landed, make_desk, request

DESK = make_desk()
ASKED = request("proof-01")
ANSWERED = answer("proof-01")


def foreign_answer() -> Envelope:
    data = {**dict(ANSWERED.data or {}), "holder": "public-security"}
    return envelope("public-security.answer", "gov_data.ProofAnswer", data, ANSWERED.recorded_ms, id="a-x")


CASES: list[tuple[str, list[Envelope], Envelope]] = [
    ("SOURCE_MISMATCH", [], ASKED._replace(source="/education/test")),
    ("SOURCE_MISMATCH", [], request("proof-01", department="education")),
    ("UNKNOWN_DEPARTMENT", [], ASKED._replace(source="/atlantis/test")),
    ("UNKNOWN_DEPARTMENT", [], request("proof-01", department="atlantis")),
    ("BAD_HEADER", [], ASKED._replace(id="another")),
    ("BAD_KEY", [], ASKED._replace(key=b"0" * 32)),
    ("ID_CONFLICT", [ASKED], request("proof-01", officer="ZJ0002")),
    ("ID_CONFLICT", [ASKED, ANSWERED], request("proof-01", officer="ZJ0002")),
    ("UNASKED_ANSWER", [], ANSWERED),
    ("UNASKED_ANSWER", [ASKED], answer("proof-01", exchange="proof-77-nothing")),
    ("SOURCE_MISMATCH", [ASKED], foreign_answer()),
    ("SOURCE_MISMATCH", [ASKED], ANSWERED._replace(source="/public-security/test")),
    ("SOURCE_MISMATCH", [], landed()._replace(source="/housing/test")),
    ("ID_CONFLICT", [landed()], landed(category="1")),
]


@pytest.mark.parametrize(("reason", "before", "bad"), CASES)
def test_poison(reason: str, before: list[Envelope], bad: Envelope) -> None:
    state: State = None
    for event in before:
        state = DESK.decide(DESK.route(event), state, event, event.recorded_ms).state
    with pytest.raises(Poison) as caught:
        DESK.decide(DESK.route(bad), state, bad, bad.recorded_ms)
    assert caught.value.reason == reason
    assert caught.value.place == bad.place
    assert "449999199003070015" not in str(caught.value)
    assert "叶安" not in str(caught.value)


def test_an_item_the_department_has_no_right_to_is_refused() -> None:
    data = {**dict(ASKED.data or {}), "department": "education"}
    asked = envelope("education.request", "gov_data.ProofRequest", data, ASKED.recorded_ms)
    output = DESK.decide(DESK.route(asked), None, asked, asked.recorded_ms).outputs[0]
    assert (output.topic, output.data["reason"]) == ("education.verdict", "NO_GRANT")
