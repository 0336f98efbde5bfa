"""The golden cases of domain notes E4 as data, for every test that plays them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.shapes import standing_world as world

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("standing_cases.yaml").read_text(encoding="utf-8"))
NAMES = [f"{case['case']} {case['name']}" for case in CASES]


def events_of(case: dict[str, Any]) -> list[dict[str, Any]]:
    """What happens in a case; everybody in it is known from the start, unless it says otherwise."""
    people = {event.get("who", "A") for event in case["events"]}
    known = [] if case.get("unknown") else [{"arrives": "D1 00:00", "what": "person", "who": who} for who in sorted(people | {"A"})]
    return [*known, *case["events"]]


def day_of(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the first day to that of the case."""
    monkeypatch.setattr(world, "DAY_1", world.DAY_1 + timedelta(days=case.get("shift_days", 0)))
