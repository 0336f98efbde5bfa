"""Codes of other regions: what their issuer says counts here as one assertion among others, ends as he says, and has a reason of ours."""

from typing import Any

import pytest

from govbus.errors import Poison
from tests.unit.shapes.standing_world import Bus, moment


def told(bus: Bus) -> list[str]:
    return [each["level"] for each in bus.told()]


def coded(bus: Bus, at: str, level: str, reason: str = "contact", **more: Any) -> None:
    bus.happen(moment(at), "foreign.code", level=level, reason_class=reason, issued_at=at, **more)


@pytest.fixture
def bus() -> Bus:
    bus = Bus()
    bus.happen(moment("D1 08:00"), "person")
    return bus


@pytest.mark.parametrize("level", ["red", "yellow"])
def test_it_counts_until_its_issuer_changes_it(bus: Bus, level: str) -> None:
    coded(bus, "D1 09:00", level)
    assert [(each.level, each.reason_class) for each in bus.view().active] == [(level, "recognised")]
    coded(bus, "D2 09:00", "green", "none", version=2)
    assert told(bus) == ["green", level, "green"]


def test_it_ends_by_itself_and_when_it_is_taken_back(bus: Bus) -> None:
    coded(bus, "D1 09:00", "red", until="D3 09:00")
    bus.pass_time(moment("D3 09:00"))
    assert told(bus) == ["green", "red", "green"]
    coded(bus, "D4 09:00", "yellow", code_id="46.1")
    coded(bus, "D4 10:00", "yellow", code_id="46.1", version=2, action="withdrawn")
    assert told(bus)[-2:] == ["yellow", "green"]


def test_the_gravest_of_here_and_there_counts(bus: Bus) -> None:
    coded(bus, "D1 09:00", "yellow")
    bus.happen(moment("D1 10:00"), "lab.result", sampled_at="D1 08:00", result="positive")
    coded(bus, "D1 11:00", "green", "none", version=2)
    assert told(bus) == ["green", "yellow", "red"], "their green does not better ours"


def test_green_elsewhere_makes_nobody_known_here() -> None:
    bus = Bus()
    coded(bus, "D1 09:00", "green", "none")
    assert bus.view().level == "none"


def test_a_reason_of_theirs_that_is_none_of_ours_colours_nobody(bus: Bus) -> None:
    with pytest.raises(Poison, match="NO_REASON_CLASS"):
        coded(bus, "D1 09:00", "red", "其他原因")
    with pytest.raises(Poison, match="UNKNOWN_CODE"):
        coded(bus, "D1 09:00", "3")
    assert told(bus) == ["green"]
