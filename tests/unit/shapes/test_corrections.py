"""Corrections: whatever crosses what on its way, the last verdict rests on what the holder holds now, and all who were told are told."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.declaration import Exchange
from agents.desk import Desk
from agents.shapes.decision import Decision, State, Tick
from govbus.envelope import Envelope
from govbus.errors import Poison
from tests.unit.shapes import world

ID, ITEM, HOLDER = "proof-01-marital-status", "proof-01", "civil-affairs"


def desk(**changed: Any) -> Desk:
    plain = world.make_desk()
    kept = plain.exchanges[ID]
    spec = {**kept.spec.model_dump(by_alias=True), "recheck": "90d", "remember": "7d", "deadline": "30s", **changed}
    exchange = Exchange.model_validate({"meta": kept.meta.model_dump(), "spec": spec})
    return Desk({ID: exchange}, plain.gate, plain.records, ("housing", "education"), plain.duties)


def correction(versions: list[str], name: str = "c1", **changed: Any) -> Envelope:
    data = {
        "correction_id": name, "holder": HOLDER, "item": ITEM, "kind": "corrected", "old_versions": versions,
        "corrected_at": world.START_MS, **changed,
    }  # fmt: skip
    made = world.envelope(f"{HOLDER}.correction", "gov_data.ProofCorrection", data, world.START_MS + 5000, id=name)
    return made._replace(key=world.request(ITEM).key)


@dataclass
class Dialogue:
    """The agent, and a holder whose record has versions; what either says may wait on its way."""

    desk: Desk = field(default_factory=desk)
    state: State = None
    version: int = 0
    at_ms: int = world.START_MS
    questions: list[dict[str, Any]] = field(default_factory=list)
    on_its_way: list[Envelope] = field(default_factory=list)
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    booked: Counter[str] = field(default_factory=Counter)
    decision: Decision = field(default_factory=lambda: Decision(None))

    def take(self, event: Envelope | Tick) -> Decision:
        self.at_ms += 1
        now_ms = event.due_ms if isinstance(event, Tick) else self.at_ms
        self.decision = self.desk.decide(ID, self.state, event, now_ms)
        self.state = self.decision.state
        self.booked.update(self.decision.account)
        for each in self.decision.outputs:
            (self.questions if each.record.endswith("Question") else self.verdicts).append(dict(each.data))
        return self.decision

    def answer(self) -> None:
        """The holder answers the oldest question by what it holds now."""
        if self.questions:
            asked = self.questions.pop(0)
            outcome = "match" if self.version % 2 else "mismatch"
            made = world.answer(ITEM, request_id=asked["request_id"], source_version=f"v{self.version}", outcome=outcome)
            self.on_its_way.append(made)

    def correct(self) -> None:
        self.on_its_way.append(correction([f"v{self.version}"], f"c{self.version}"))
        self.version += 1

    def arrive(self, number: int) -> None:
        if self.on_its_way:
            self.take(self.on_its_way.pop(number % len(self.on_its_way)))

    def in_flight(self) -> int:
        return self.desk.open_dialogues(ID, self.state)

    def even(self) -> bool:
        return 2 * self.booked["in"] - sum(self.booked.values()) == self.in_flight()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.integers(1, 3)), st.tuples(st.sampled_from(["answer", "correct"]), st.just(0)),
        st.tuples(st.sampled_from(["arrive", "arrive twice"]), st.integers(0, 9)),
    ),
    max_size=40,
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(STEPS, st.randoms(use_true_random=False))
def test_the_last_verdict_rests_on_what_the_holder_holds_now(steps: list[tuple[str, int]], chance: Any) -> None:
    talk = Dialogue()
    for what, number in steps:
        if what == "ask":
            talk.take(world.request(ITEM, request_id=f"r{number}", at_ms=world.START_MS))
        elif what in ("answer", "correct"):
            getattr(talk, what)()
        else:
            if what == "arrive twice" and talk.on_its_way:
                talk.on_its_way.append(talk.on_its_way[number % len(talk.on_its_way)])
            talk.arrive(number)
        assert talk.even()
    while talk.questions or talk.on_its_way:
        talk.answer()
        talk.arrive(chance.randrange(9))
        assert talk.even()
    for name in {each["request_id"] for each in talk.verdicts}:
        told = [each for each in talk.verdicts if each["request_id"] == name]
        assert [each["revision"] for each in told] == list(range(len(told))), "each revision once, in order"
        if not talk.in_flight():
            assert told[-1]["source_version"] == f"v{talk.version}"
            assert told[-1]["outcome"] == ("match" if talk.version % 2 else "mismatch")
        assert all(each["corrected_by"] for each in told[1:])
    while talk.decision.due_ms is not None:
        talk.take(Tick(talk.decision.due_ms))
    assert talk.state is None
    assert talk.even()


def test_every_department_that_was_told_is_told_again() -> None:
    talk = Dialogue()
    talk.take(world.request(ITEM, request_id="r1"))
    talk.take(world.request(ITEM, request_id="r2"))
    for _ in range(2):
        talk.answer()
        talk.arrive(0)
    talk.correct()
    talk.arrive(0)
    assert len(talk.questions) == 2
    assert talk.questions[0]["claims"] == {"marital_status": "20"}
    assert talk.questions[0]["subject"]["name"] == "叶安"
    for _ in range(2):
        talk.answer()
        talk.arrive(0)
    told = [(each["request_id"], each["revision"], each["outcome"], each["corrected_by"]) for each in talk.verdicts]
    assert sorted(told) == [
        ("r1", 0, "mismatch", None), ("r1", 1, "match", "c0"), ("r2", 0, "mismatch", None), ("r2", 1, "match", "c0"),
    ]  # fmt: skip


def test_a_check_that_rests_on_another_version_is_left_alone() -> None:
    talk = Dialogue()
    talk.take(world.request(ITEM))
    talk.answer()
    talk.arrive(0)
    assert talk.take(correction(["v77"])).outputs == ()


def test_without_recheck_nothing_is_kept_of_what_was_declared() -> None:
    talk = Dialogue(desk(recheck="0s"))
    talk.take(world.request(ITEM))
    assert "叶安" not in str(talk.state)
    talk.answer()
    talk.arrive(0)
    assert talk.take(correction(["v0"])).ignored


def test_a_holder_that_goes_on_answering_from_a_withdrawn_record_counts_as_silent() -> None:
    talk = Dialogue()
    talk.take(world.request(ITEM))
    talk.answer()
    talk.arrive(0)
    talk.take(correction(["v0"]))
    for _ in range(9):
        talk.answer()
        talk.arrive(0)
    assert [each["outcome"] for each in talk.verdicts] == ["mismatch"]
    talk.take(Tick(talk.decision.due_ms or 0))
    assert [(each["outcome"], each["revision"]) for each in talk.verdicts] == [("mismatch", 0), ("timeout", 1)]


def test_only_the_holder_corrects() -> None:
    with pytest.raises(Poison, match="SOURCE_MISMATCH"):
        Dialogue().take(correction(["v0"], holder="health"))


def declared(number: int, status: str, **changed: Any) -> Envelope:
    return world.request(ITEM, request_id=f"t{number}", claims={"marital_status": status}, **changed)


def test_trying_values_until_one_matches_is_stopped_and_the_same_declaration_again_is_no_try() -> None:
    talk = Dialogue(desk(tries=3))
    for number, status in enumerate(["10", "20", "20", "30", "20"]):
        talk.take(declared(number, status))
    assert talk.verdicts == []
    talk.take(declared(5, "40"))
    assert [(each["outcome"], each["reason"], each["owner"]) for each in talk.verdicts] == [("refused", "TOO_MANY_TRIES", "housing")]
    talk.take(declared(6, "30"))
    assert len(talk.questions) == 6, "what was declared before may be asked again"
    talk.at_ms += 86_400_000
    talk.take(declared(7, "40", at_ms=talk.at_ms))
    assert len(talk.questions) == 7, "the next day is another day"
