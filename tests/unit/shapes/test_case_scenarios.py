"""The paths of domain notes D2 and of a review, as data that a clerk can read: ``case_scenarios.yaml``."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.shapes import case_world as world

SCENARIOS = yaml.safe_load(Path(__file__).with_name("case_scenarios.yaml").read_text(encoding="utf-8"))
MOVES = ("by", "staff", "risk", "without", "data", "item")
WORDS = ("request", "revision", "conflict", "item", "department")


def play(line: dict[str, Any], scene: world.Play, case: str) -> None:
    if "wait" in line:
        scene.until(world.local_ms(line["wait"].isoformat()))
        return
    at_ms = scene.next_ms()
    if "check" in line:
        scene.tell(world.checked(line["check"], at_ms, case, **{name: line[name] for name in WORDS if name in line}))
        return
    told = {"at": world.local_ms(line["at"].isoformat())} if isinstance(line.get("at"), date) else {}
    scene.tell(world.move(line["do"], at_ms, case, **{name: line[name] for name in MOVES if name in line}, **told))


def said(each: world.Output) -> str:
    data = each.data
    if each.topic == "bus.duty":
        return f"bus.duty {data['step']}/{data['department']} {data['role']} {data['post']}"
    return f"{each.topic} {data['step']}/{data['move']}"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each["name"])
def test_scenario(scenario: dict[str, Any]) -> None:
    scene = world.Play(scenario.get("exchange", "commitment"))
    for number, line in enumerate(scenario["lines"]):
        before, case = len(scene.said), line.get("case", f"{scene.exchange}.A1")
        play(line, scene, case)
        new = scene.said[before:]
        where = f"line {number + 1}: {line}"
        if "then" in line:
            assert scene.case(case).get("state", "") == line["then"], where
        if "says" in line:
            assert [said(each) for each in new] == line["says"], where
        refused = [each.data["reason"] for each in new if each.data.get("reason")]
        assert refused == ([line["refused"]] if "refused" in line else []), where
        if "excluded" in line:
            assert bool((scene.state or {})["excluded_by"]) == line["excluded"], where
        if "method" in line:
            assert new[-1].data["method"] == line["method"], where
    assert scene.booked["in"] == scene.booked["delivered"] + scene.booked["refused"] + scene.booked["duplicate"]


def test_every_move_and_every_state_of_both_exchanges_is_played() -> None:
    for name in ("commitment", "review"):
        spec = world.DESK.exchanges[name].spec
        played = [scenario for scenario in SCENARIOS if scenario.get("exchange", "commitment") == name]
        told, states = set(), set()
        for scenario in played:
            scene = world.Play(name)
            for line in scenario["lines"]:
                play(line, scene, line.get("case", f"{name}.A1"))
                files = (scene.state or {"cases": {}})["cases"].values()
                told |= {each["move"] for file in files for each in file["moves"]}
                states |= {file["state"] for file in files}
        assert states - {""} == set(spec.states)
        assert told >= {move.name for move in spec.moves}
