"""Several holders: any order of arrival, sent twice, late or silent: the same verdict; and a rule restated by brute force agrees."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.declaration import Exchange, Spec
from agents.desk import Desk
from agents.shapes.decision import State, Tick
from govbus.envelope import Envelope
from tests.unit.shapes import world

HOLDERS = ("public-security", "health", "civil-affairs")
OUTCOMES = ("match", "match_variant", "mismatch", "no_record", "ambiguous", "refused", "silent")
RULES = ("each", "each/passes", "any", "precedence", "quorum")  # passes: what the absence of a record does
ID = "proof-05-household-registration"


def spec(rule: str, **changed: Any) -> dict[str, Any]:
    return {
        "shape": "verify", "item": "proof-05", "rule_version": "1", "mode": "gather", "holder": "civil-affairs", "deadline": "30s",
        "claims": {"town": {"type": "town", "required": True}, "since": {"type": "date"}},
        "holders": [{"department": HOLDERS[0]}, {"department": HOLDERS[1], "claims": ["town"]}, {"department": HOLDERS[2]}],
        "combine": dict(zip(("rule", "absence"), rule.split("/"), strict=False)), **changed,
    }  # fmt: skip


def desk(rule: str, strict: bool = False, **changed: Any) -> Desk:
    meta = {"id": ID, "title": {"zh": "试", "en": "test"}, "owner": "gov-data", "source": "test"}
    plain = world.make_desk()
    exchange = Exchange.model_validate({"meta": meta, "spec": spec(rule, **changed)})
    topics = {f"{holder}.{word}": f"gov_data.Proof{word.title()}" for holder in HOLDERS for word in ("question", "answer", "correction")}
    consented = replace(plain.gate, grant=lambda *_: (frozenset({"town", "since"}), ""))
    return Desk({ID: exchange}, plain.gate if strict else consented, {**plain.records, **topics}, ("housing",))


def said(holder: str, outcome: str) -> Envelope:
    data = {
        "request_id": "r1", "exchange": ID, "item": "proof-05", "holder": holder, "outcome": outcome,
        "mismatched_fields": ["town"] if outcome == "mismatch" else [], "flags": ["variant"] if outcome == "match_variant" else [],
        "reason": "HOLDER_UNAVAILABLE" if outcome == "refused" else None, "as_of": "2026-11-24", "source_version": f"v-{holder}",
        "rule_version": "h", "answered_at": world.START_MS,
    }  # fmt: skip
    return world.envelope(f"{holder}.answer", "gov_data.ProofAnswer", data, world.START_MS + 1000, id=f"a-{holder}-{outcome}")


def play(rule: str, answers: list[tuple[str, str]]) -> tuple[list[dict[str, Any]], State]:
    """Every verdict that comes of a request and these answers, and then of silence until the end."""
    at, state = desk(rule), None
    verdicts: list[dict[str, Any]] = []
    for event in (world.request("proof-05"), *(said(*each) for each in answers if each[1] != "silent")):
        decision = at.decide(ID, state, event, event.recorded_ms)
        state = decision.state
        verdicts += [dict(each.data) for each in decision.outputs if each.record.endswith("Verdict")]
    while decision.due_ms is not None:
        decision = at.decide(ID, state, Tick(decision.due_ms), decision.due_ms)
        state = decision.state
        verdicts += [dict(each.data) for each in decision.outputs if each.record.endswith("Verdict")]
    return verdicts, state


def restated(rule: str, said_by: dict[str, str]) -> str:
    """The rules once more, from their sentences."""
    outcomes = [said_by[holder] for holder in HOLDERS]
    yes, no = sum(o.startswith("match") for o in outcomes), outcomes.count("mismatch")
    missing = "silent" in outcomes or "refused" in outcomes
    left = "timeout" if missing else "ambiguous" if "ambiguous" in outcomes else ""
    if rule == "each":
        return "mismatch" if no else left or ("no_record" if "no_record" in outcomes else "match")
    if rule == "each/passes":
        return "mismatch" if no else left or ("match" if yes else "no_record")
    if rule == "any":
        return "match" if yes else left or ("mismatch" if no else "no_record")
    if yes and no:
        return "ambiguous"
    if rule == "quorum":
        return "match" if yes > 1 else "mismatch" if no > 1 else left or ("ambiguous" if yes + no else "no_record")
    first = next((o for o in outcomes if o != "no_record"), "no_record")
    return {"silent": "timeout", "refused": "timeout", "match_variant": "match"}.get(first, first)


@given(
    st.sampled_from(RULES), st.tuples(*[st.sampled_from(OUTCOMES)] * 3), st.permutations(range(3)), st.lists(st.integers(0, 2), max_size=3)
)
def test_order_repeats_and_silence_do_not_change_the_verdict(
    rule: str, outcomes: tuple[str, ...], order: list[int], again: list[int]
) -> None:
    answers = [(HOLDERS[number], outcomes[number]) for number in [*order, *again]]
    verdicts, state = play(rule, answers)
    plain, _ = play(rule, list(zip(HOLDERS, outcomes, strict=True)))
    assert len(verdicts) == 1
    timeless = [{name: value for name, value in each.items() if name != "decided_at"} for each in (*verdicts, *plain)]
    assert timeless[0] == timeless[1]
    assert verdicts[0]["outcome"].removesuffix("_variant") == restated(rule, dict(zip(HOLDERS, outcomes, strict=True)))
    assert [part["holder"] for part in verdicts[0]["parts"]] == list(HOLDERS)
    assert (verdicts[0]["outcome"] == "timeout") <= (verdicts[0]["reason"] is not None), "an open verdict says why"
    assert state is None, "once its time has passed, a request is forgotten"


def test_a_partial_verdict_says_who_is_silent() -> None:
    (verdict,), _ = play("each", [("public-security", "match"), ("civil-affairs", "match")])
    assert (verdict["outcome"], verdict["reason"], verdict["owner"], verdict["holder"]) == ("timeout", "HOLDER_SILENT", "health", "health")
    assert [part["outcome"] for part in verdict["parts"]] == ["match", "timeout", "match"]
    (verdict,), _ = play("any", [("public-security", "match")])
    assert (verdict["outcome"], verdict["flags"]) == ("match", ["silent:health", "silent:civil-affairs"])


def test_who_has_no_record_is_named_where_that_passes() -> None:
    (verdict,), _ = play("each/passes", [(HOLDERS[0], "no_record"), (HOLDERS[1], "match"), (HOLDERS[2], "match")])
    assert (verdict["outcome"], verdict["flags"], verdict["holder"]) == ("match", ["no_record:public-security"], "health")


def test_two_holders_that_disagree_are_a_conflict_and_never_outvoted() -> None:
    (verdict,), _ = play("precedence", [(HOLDERS[0], "match"), (HOLDERS[1], "match"), (HOLDERS[2], "mismatch")])
    assert (verdict["outcome"], verdict["flags"], verdict["reason"]) == ("ambiguous", ["conflict"], "HOLDERS_DISAGREE")
    assert all(holder in verdict["reason_text"] for holder in HOLDERS)
    assert verdict["mismatched_fields"] == ["town"]


def test_one_holder_alone_is_only_suspected() -> None:
    (verdict,), _ = play("quorum", [(HOLDERS[0], "match"), (HOLDERS[1], "no_record"), (HOLDERS[2], "no_record")])
    assert (verdict["outcome"], verdict["flags"]) == ("ambiguous", ["suspected"])


def test_each_holder_is_asked_what_it_needs_and_no_more() -> None:
    made = world.request("proof-05", claims={"town": "440883107", "since": "2020-01-01"})
    asked = {each.topic: each.data["claims"] for each in desk("each").decide(ID, None, made, made.recorded_ms).outputs}
    assert asked == {
        "public-security.question": {"town": "440883107", "since": "2020-01-01"},
        "health.question": {"town": "440883107"},
        "civil-affairs.question": {"town": "440883107", "since": "2020-01-01"},
    }


def test_who_is_not_concerned_is_not_asked_and_not_awaited() -> None:
    only = [{"department": HOLDERS[0]}, {"department": HOLDERS[1], "only_if": "since"}]
    at = desk("each", holders=only)
    for since, asked in (("2020-01-01", 2), (None, 1)):
        claims = {"town": "440883107", **({"since": since} if since else {})}
        decision = at.decide(ID, None, world.request("proof-05", claims=claims), world.START_MS)
        assert [each.topic for each in decision.outputs] == [f"{holder}.question" for holder in HOLDERS[:asked]]
    decision = at.decide(ID, decision.state, said(HOLDERS[0], "match"), world.START_MS + 1)
    (verdict,) = decision.outputs
    assert (verdict.data["outcome"], [part["holder"] for part in verdict.data["parts"]]) == ("match", [HOLDERS[0]])


def test_nobody_is_asked_unless_every_holder_has_consented() -> None:
    (refused,) = desk("each", strict=True).decide(ID, None, world.request("proof-05"), world.START_MS).outputs
    assert (refused.data["outcome"], refused.data["reason"]) == ("refused", "NO_GRANT")
    assert "health has not consented" in refused.data["reason_text"]


def test_an_answer_from_a_stranger_is_poison() -> None:
    at = desk("each")
    state = at.decide(ID, None, world.request("proof-05"), world.START_MS).state
    with pytest.raises(Exception, match="SOURCE_MISMATCH"):
        at.decide(ID, state, said("education", "match"), world.START_MS + 1)


def test_a_correction_before_the_last_answer_asks_that_holder_again_and_is_no_new_verdict() -> None:
    at, asked = desk("each", recheck="90d"), world.request("proof-05")
    state = at.decide(ID, None, asked, world.START_MS).state
    state = at.decide(ID, state, said(HOLDERS[0], "mismatch"), world.START_MS + 1).state
    data = {
        "correction_id": "c1", "holder": HOLDERS[0], "item": "proof-05", "kind": "corrected", "old_versions": [f"v-{HOLDERS[0]}"],
        "corrected_at": world.START_MS,
    }  # fmt: skip
    corrected = world.envelope(f"{HOLDERS[0]}.correction", "gov_data.ProofCorrection", data, world.START_MS + 2, id="c1")
    decision = at.decide(ID, state, corrected, world.START_MS + 2)
    assert [each.topic for each in decision.outputs] == ["public-security.question"]
    assert decision.account == {}
    state = decision.state
    mended = said(HOLDERS[0], "match")
    mended = mended._replace(data={**(mended.data or {}), "source_version": "v-new"})
    for event in (mended, said(HOLDERS[1], "match"), said(HOLDERS[2], "match")):
        decision = at.decide(ID, state, event, world.START_MS + 3)
        state = decision.state
    assert [(each.data["outcome"], each.data["revision"]) for each in decision.outputs] == [("match", 0)]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"holders": [{"department": "health"}]}, "two or more holders"),
        ({"combine": None}, "two or more holders"),
        ({"mode": "ask"}, "the others have neither"),
        ({"holders": [{"department": "health"}, {"department": "health"}]}, "twice"),
        ({"holders": [{"department": "health", "claims": ["income"]}, {"department": "education"}]}, "income"),
        ({"holders": [{"department": "health", "only_if": "income"}, {"department": "education"}]}, "income"),
        ({"holders": [{"department": name, "only_if": "since"} for name in HOLDERS]}, "nobody to answer"),
    ],
)
def test_a_declaration_that_contradicts_itself_is_told(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Spec.model_validate(spec("each", **changed))


def test_two_silences_of_one_request_are_two_records() -> None:
    """What a timer causes has the request for its cause: only the step tells the second verdict and its report from the first."""
    at, steps = desk("each", recheck="90d"), list[tuple[str, str]]()
    at = replace(at, gate=replace(at.gate, keep_cases=frozenset({"commitment"})))
    state: State = None
    data = {
        "correction_id": "c1", "holder": HOLDERS[0], "item": "proof-05", "kind": "corrected", "old_versions": [f"v-{HOLDERS[0]}"],
        "corrected_at": world.START_MS,
    }  # fmt: skip
    corrected = world.envelope(f"{HOLDERS[0]}.correction", "gov_data.ProofCorrection", data, world.START_MS + 60_000, id="c1")

    def take(event: Envelope | Tick, at_ms: int) -> int:
        nonlocal state
        decision = at.decide(ID, state, event, at_ms)
        state = decision.state
        steps.extend((each.record, each.step) for each in decision.outputs if not each.record.endswith("Question"))
        return decision.due_ms or 0

    for event in (world.request("proof-05", case_id="commitment.A1"), said(HOLDERS[0], "match"), corrected):
        due_ms = take(event, event.recorded_ms)
        if event.type != "gov_data.ProofRequest":
            take(Tick(due_ms), due_ms)
    assert len(steps) == 4
    assert len(set(steps)) == 4
