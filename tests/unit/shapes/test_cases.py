"""The shape against the case table: a request, what the holder has or says, and what the verdict must be."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.desk import Desk
from agents.shapes.decision import Decision, Output, State, Tick
from govbus.envelope import Envelope
from tests.unit.shapes.world import KEYS, START_MS, answer, landed, make_desk, request

CASES = yaml.safe_load(Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8"))
DESK = make_desk()


def play(desk: Desk, events: list[Envelope]) -> tuple[list[Output], State]:
    """Run events of one subject through the desk, then let all time pass."""
    state: State = None
    outputs: list[Output] = []
    for event in events:
        decision = desk.decide(desk.route(event), state, event, event.recorded_ms)
        state, outputs = decision.state, outputs + list(decision.outputs)
    exchange = desk.route(events[-1])
    last = decision
    while last.due_ms is not None:
        last = desk.decide(exchange, state, Tick(last.due_ms), last.due_ms)
        state, outputs = last.state, outputs + list(last.outputs)
    return outputs, state


def events_of(case: dict[str, Any]) -> list[Envelope]:
    asked = request(case["item"], subject=case.get("subject"), **case.get("request", {}))
    if "key_of" in case:
        asked = asked._replace(key=KEYS.key(case.get("key_type", "111"), case["key_of"]))
    before = [landed(**case["landed"])._replace(key=asked.key)] if case.get("landed") is not None else []
    after = [answer(case["item"], **case["answer"])._replace(key=asked.key)] if "answer" in case else []
    return [*before, asked, *after]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_verdict(case: dict[str, Any]) -> None:
    outputs, state = play(DESK, events_of(case))
    verdicts = [output for output in outputs if output.topic.endswith(".verdict")]
    assert [output.topic for output in verdicts] == ["housing.verdict"]
    assert {name: verdicts[0].data[name] for name in case["verdict"]} == case["verdict"]
    if "decided_after_ms" in case:
        assert verdicts[0].data["decided_at"] == START_MS + case["decided_after_ms"]
    assert state is None or state["checks"] == {}, "once its time has passed, a request is forgotten"


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_nothing_but_the_question_carries_personal_data(case: dict[str, Any]) -> None:
    person = {**request(case["item"], subject=case.get("subject")).data["subject"]}  # type: ignore[index]
    outputs, _ = play(DESK, events_of(case))
    for output in outputs:
        if output.record != "gov_data.ProofQuestion":
            told = " ".join(str(value) for value in output.data.values())
            assert person["id_no"] not in told
            assert not person["name"].strip() or person["name"] not in told


def test_a_question_carries_what_the_holder_needs() -> None:
    question = decide([request("proof-01")]).outputs[0]
    assert question.topic == "civil-affairs.question"
    assert question.data["asker"] == "housing"
    assert question.data["due"] == START_MS + 30_000
    assert question.data["claims"] == {"marital_status": "20"}


def decide(events: list[Envelope]) -> Decision:
    state: State = None
    for event in events:
        decision = DESK.decide(DESK.route(event), state, event, event.recorded_ms)
        state = decision.state
    return decision


def test_a_later_version_of_the_landed_record_replaces_an_earlier_one_whatever_comes_first() -> None:
    old, new = landed(version="2026-11-01", category="1"), landed(version="2026-11-02", category="4")
    for order in ([old, new], [new, old], [new, old, new]):
        verdict = decide([*order, request("proof-17")]).outputs[0]
        assert (verdict.data["outcome"], verdict.data["source_version"]) == ("match", "2026-11-02")


def test_state_keeps_only_declared_fields_of_a_landed_record() -> None:
    state = decide([landed()]).state
    assert state is not None
    assert set(state["landed"]) == {"name", "category", "grade", "status"}
