"""The golden cases of domain notes E4: in the order of their file, and in every other order of arrival (or 500 of them)."""

import itertools
import math
import random
from typing import Any

import pytest

from agents.standing_declaration import StandingExchange
from govbus.errors import Poison
from tests.unit.shapes.standing_cases import CASES, NAMES, day_of, events_of
from tests.unit.shapes.standing_world import HEALTH, Bus, moment

READERS = ("health.code-change", "public-security.code-change", "service-center.code-change")
AT_MOST = 500


def exchange_of(case: dict[str, Any]) -> StandingExchange:
    if not case.get("rules_without_migration"):
        return HEALTH
    rules = tuple(each.model_copy(update={"migrate": False}) for each in HEALTH.rules)
    return StandingExchange(meta=HEALTH.meta, spec=HEALTH.spec, rules=rules)


@pytest.fixture(autouse=True)
def day_one(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    day_of(request.getfixturevalue("case"), monkeypatch)


def happen(bus: Bus, event: dict[str, Any], at_ms: int) -> None:
    fields = {name: value for name, value in event.items() if name not in ("arrives", "refused")}
    if "refused" not in event:
        bus.happen(at_ms, **fields)
        return
    with pytest.raises(Poison) as refused:
        bus.happen(at_ms, **fields)
    assert refused.value.reason.value == event["refused"]


def holds(bus: Bus, expected: dict[str, Any]) -> None:
    bus.pass_time(moment(expected["at"]))
    found = bus.view(expected.get("who", "A"))
    assert found.level == expected["colour"]
    if "active" in expected:
        assert [each.id for each in found.active] == expected["active"]
    if "versions" in expected:
        assert list(found.versions) == expected["versions"]
    if "count" in expected:
        assert len(found.active) == expected["count"]
    if "meetings" in expected:
        assert sum(bool(shape) for shape, _ in bus.states) == expected["meetings"]
    for who, colour in expected.get("others", {}).items():
        assert bus.view(who).level == colour
    for who, since in expected.get("since", {}).items():
        assert bus.view(who).active[0].start == moment(since)
    told = bus.told(expected.get("who", "A"))
    assert (told[-1]["level"] if told else "none") == found.level, "readers were told what holds"


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_as_told(case: dict[str, Any]) -> None:
    bus, checks = Bus(exchange_of(case)), list(case.get("checks", []))
    for event in events_of(case):
        while checks and moment(checks[0]["at"]) < moment(event["arrives"]):
            holds(bus, checks.pop(0))
        happen(bus, event, moment(event["arrives"]))
    for check in (*checks, case["finally"]):
        holds(bus, check)
    if "told" in case:
        for reader in READERS:
            told = bus.told(topic=reader)
            levels = [each["level"] for each in told]
            assert [level for place, level in enumerate(levels) if not place or level != levels[place - 1]] == case["told"]
            assert [each["revision"] for each in told] == list(range(1, len(told) + 1))


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_in_any_order(case: dict[str, Any]) -> None:
    events = events_of(case)
    start = max(moment(event["arrives"]) for event in events)
    orders = list(itertools.permutations(events)) if math.factorial(len(events)) <= AT_MOST else _some(events)
    for order in orders:
        bus = Bus(exchange_of(case))
        for place, event in enumerate(order):
            happen(bus, event, start + place)
        holds(bus, case["finally"])


def _some(events: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    chance = random.Random(14)  # noqa: S311 - an order of arrival, not a secret
    return [chance.sample(events, len(events)) for _ in range(AT_MOST)]
