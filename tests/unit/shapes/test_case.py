"""Edges of the shape ``case``: false senders, drawn lots, wrong declarations, names of posts."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.case_declaration import CaseExchange, Move
from agents.desk import Desk
from agents.loading import load_exchanges
from agents.shapes import case_rules
from agents.shapes.duty import Duties, Lateness, addressee
from govbus.clocks.declared import load_clocks
from govbus.errors import Poison, SetupError
from govbus.reasons import Reason
from tests.unit.shapes import case_world as world

ROOM = Path(__file__).parents[3] / "agents" / "exchanges"
COMMITMENT = yaml.safe_load((ROOM / "commitment.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"topic": "education.case"}, Reason.SOURCE_MISMATCH),
        ({"source": "/education/test"}, Reason.SOURCE_MISMATCH),
        ({"source": "/nobody/test"}, Reason.UNKNOWN_DEPARTMENT),
        ({"key": b"0" * 64}, Reason.BAD_KEY),
    ],
)
def test_a_false_sender_is_poison(parts: dict[str, Any], reason: Reason) -> None:
    scene = world.Play()
    with pytest.raises(Poison) as caught:
        scene.take(world.move("apply", world.world.START_MS, parts=parts), world.world.START_MS)
    assert caught.value.reason is reason


def test_only_the_bus_tells_what_checks_came_to() -> None:
    scene = world.Play()
    with pytest.raises(Poison, match="SOURCE_MISMATCH"):
        scene.take(world.checked("match", world.world.START_MS)._replace(source="/housing/test"), world.world.START_MS)


@pytest.mark.parametrize("first", ["taken", "refused", "check", "stray check"])
def test_an_id_that_comes_again_with_other_bytes_is_a_conflict(first: str) -> None:
    scene = world.Play()
    made = world.move("apply" if first != "refused" else "inform", scene.next_ms(), id="e1")
    scene.tell(made)
    if "check" in first:
        made = world.checked("match", scene.next_ms(), item="proof-01" if first == "check" else "proof-05")
        scene.tell(made)
    said = len(scene.said)
    assert scene.take(made, scene.next_ms()).ignored
    with pytest.raises(Poison, match="ID_CONFLICT"):
        scene.take(made._replace(value=made.value + b" "), scene.next_ms())
    assert len(scene.said) == said


def drawn(risk: str, cases: range) -> set[int]:
    spec = world.DESK.exchanges["commitment"].spec
    return {number for number in cases if case_rules.drawn(spec, f"commitment.{number}", {"risk": risk, "rule_version": "1"})}


def test_lots_are_fair_the_same_each_time_and_a_higher_risk_is_never_checked_less() -> None:
    cases = range(4000)
    low, medium, high = (drawn(risk, cases) for risk in ("low", "medium", "high"))
    assert 0.04 < len(low) / 4000 < 0.06
    assert 0.28 < len(medium) / 4000 < 0.32
    assert len(high) == 4000
    assert low < medium
    assert low == drawn("low", cases)


def without(path: str) -> dict[str, Any]:
    """The commitment's file with one thing changed."""
    file = yaml.safe_load(yaml.safe_dump(COMMITMENT, allow_unicode=True))
    exec(path, {"spec": file["spec"], "moves": {each["name"]: each for each in file["spec"]["moves"]}})  # noqa: S102 - words of this table
    return file


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("moves['hear']['to'] = 'nowhere'", "move hear: no state nowhere is declared"),
        ("moves['propose-credit']['not_same_as'] = ['nobody']", "move propose-credit: no move nobody is declared"),
        ("moves['rate']['needs'] = ['mood']", "move rate: no field mood is declared"),
        ("moves['rate']['clock'] = 'sundial'", "clock sundial is not in govbus/clocks/declared.yaml"),
        ("del spec['terms']['after-check']", "clock after-check: terms gives a length to clocks that have none of their own"),
        ("spec['terms']['correction'] = spec['terms']['proof-check']", "clock correction: terms gives a length"),
        ("moves['check-passed']['human'] = True", "move check-passed: the bus is no human"),
        ("moves['check-open']['when'] = ['timeout']", "state rated awaits a check and says nothing of ambiguous, no_record, refused"),
        ("spec['states']['checked'].pop('waits')", "state checked is neither final nor has it waits"),
        ("spec['lifts'] = []", "from find-false an end is reached without lifts"),
        ("spec['after_check']['days'].pop('field')", "after_check: no days for field"),
        ("spec['after_check']['rates']['high'] = 101", "a rate is 0 to 100 percent"),
        ("spec['moves'].append(dict(moves['hear']))", "move hear is there twice"),
        ("moves['decide']['when'] = ['match']", "move decide: when and over belong to moves of the bus"),
        ("moves['find-false']['human'] = False; moves['propose-credit']['human'] = False", "not_same_as belongs to human moves"),
    ],
)
def test_a_fault_of_a_declaration_is_told(change: str, told: str) -> None:
    with pytest.raises(ValueError, match="spec") as caught:
        CaseExchange.model_validate(without(change))
    assert told in str(caught.value)


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    broken = without("moves['hear']['to'] = 'nowhere'; spec['lifts'] = []; moves['rate']['needs'] = ['mood']")
    tmp_path.joinpath("commitment.yaml").write_text(yaml.safe_dump(broken, allow_unicode=True), encoding="utf-8")
    for name in ("proof-01-marital-status", "proof-04-death"):
        text = ROOM.joinpath(f"{name}.yaml").read_text(encoding="utf-8")
        tmp_path.joinpath(f"{name}.yaml").write_text(text.replace("holder:", "keeper:", 1), encoding="utf-8")
    with pytest.raises(SetupError) as caught:
        load_exchanges(tmp_path)
    for told in ("no state nowhere", "without lifts", "no field mood", "proof-01-marital-status.yaml: spec.holder"):
        assert told in str(caught.value)


def test_a_move_of_a_department_that_is_not_on_the_bus_is_a_fault() -> None:
    file = CaseExchange.model_validate(without("moves['repair']['by'] = 'ministry'"))
    plain = world.DESK
    with pytest.raises(SetupError, match=r"ministry\.case-progress"):
        Desk({**plain.exchanges, "commitment": file}, plain.gate, plain.records, plain.askers, plain.duties, plain.parties)


PAGE = ROOM.parents[1].joinpath("docs", "commitments.md").read_text(encoding="utf-8")


def test_the_page_names_every_state_every_reason_and_every_option() -> None:
    reasons = {each.value for each in Reason if each.value.startswith("CASE_")} - {"CASE_NO_SUCH_MOVE"} | {"SUBJECT_EXCLUDED"}
    options = {field.alias or name for name, field in Move.model_fields.items()} - {"name", "source", "from", "to", "needs", "tells"}
    states = set(world.DESK.exchanges["commitment"].spec.states)
    assert {name for name in states | reasons | options if f"`{name}`" not in PAGE} == set()


CLOCKS = load_clocks()


@pytest.mark.parametrize("clock", CLOCKS)
def test_every_step_of_every_clock_reaches_a_department_of_the_catalogue(clock: str) -> None:
    known = world.DESK.gate.departments
    assert {addressee(step.to, clock, "civil-affairs", "housing")[0] for step in CLOCKS[clock].expiry} <= known


def test_an_escalation_names_the_post_and_is_taken_back_by_the_same_way() -> None:
    found = Lateness(CLOCKS["statement-hearing"], "commitment", "housing", "housing", 99, "v1", False, "commitment.A1")
    duties = Duties({"housing": {"leader": "分管领导岗"}})
    raised, back = duties.over(found, 100), duties.withdrawn(found, ["e9"], 200)
    assert [(each.data["step"], each.data["role"], each.data["post"]) for each in raised] == [
        ("remind", "liaison", None), ("escalate", "leader", "分管领导岗"),
    ]  # fmt: skip
    assert {(each.data["department"], each.data["role"]) for each in back} == {
        (each.data["department"], each.data["role"]) for each in raised
    }
    assert {tuple(each.data["withdrawn_by"]) for each in back} == {("e9",)}
    assert len({each.step for each in (*raised, *back)}) == 4
