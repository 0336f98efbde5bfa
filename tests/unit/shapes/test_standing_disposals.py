"""What became of an assertion is told to its source: once, by whose order, and nothing of anybody else's."""

from typing import Any

import pytest

from agents.standing_declaration import StandingExchange
from tests.unit.shapes.standing_world import HEALTH, Bus, moment

CONTACT = {"class": "close", "issued_at": "D1 08:00", "exposed_at": "D1 07:00", "until": "D6 07:00"}
NAME = "contact.order:O1/contact-close"


@pytest.fixture
def bus() -> Bus:
    """Known, and a close contact from D1 07:00 to D6 07:00."""
    made = Bus()
    made.happen(moment("D1 00:00"), "person")
    made.happen(moment("D1 08:00"), "contact.order", **CONTACT)
    return made


def told(bus: Bus, who: str = "A", topic: str = "health.standing-disposal") -> list[tuple[str, str, str]]:
    return [(each["assertion"], each["what"], each["order"]) for each in bus.told(who, topic)]


def test_an_assertion_that_ends_is_told_once_at_its_time(bus: Bus) -> None:
    bus.pass_time(moment("D6 06:59:59"))
    assert told(bus) == []
    bus.pass_time(moment("D20 00:00"))
    assert told(bus) == [(NAME, "ended", "")]
    (record,) = bus.told(topic="health.standing-disposal")
    assert (record["fact"], record["number"], record["version"]) == ("contact.order:O1", "O1", 1)
    assert record["decided_at"] == moment("D6 07:00")
    assert record["position"].startswith("health.contact-order/0@")


def test_an_order_that_releases_is_named(bus: Bus) -> None:
    bus.happen(moment("D2 10:00"), "release", order_no="R1", issued_at="D2 09:00", releases=["contact.order:O1"])
    bus.happen(moment("D2 11:00"), "release", order_no="R2", issued_at="D2 11:00", releases=["contact.order:O1"])
    bus.pass_time(moment("D20 00:00"))
    assert told(bus) == [(NAME, "released", "release:R1")]


def test_tests_that_release_are_told_as_such() -> None:
    bus = Bus()
    bus.happen(moment("D1 08:00"), "symptom", visited_at="D1 08:00")
    for day in (1, 2):
        bus.happen(moment(f"D{day} 12:00"), "lab.result", sample_id=f"S{day}", sampled_at=f"D{day} 09:00", result="negative")
    assert told(bus) == [("symptom:F1/fever-clinic", "released", "tests")]


def test_what_its_source_takes_back_or_changes(bus: Bus) -> None:
    bus.happen(moment("D1 09:00"), "lab.result", sampled_at="D1 08:30", result="positive")
    bus.happen(moment("D1 10:00"), "lab.correction", sampled_at="D1 08:30", action="corrected", result="negative")
    bus.happen(moment("D1 11:00"), "contact.order", **CONTACT, version=2, action="cancelled")
    assert told(bus) == [("lab.result:S1/lab-positive", "changed", ""), (NAME, "retracted", "")]
    assert [each["version"] for each in bus.told(topic="health.standing-disposal")] == [2, 2]


def test_an_appeal_suppresses_and_an_override_does_for_its_time(bus: Bus) -> None:
    override = {"action": "suppress", "target": NAME, "issued_at": "D2 08:00", "valid_from": "D2 08:00", "valid_to": "D3 08:00"}
    bus.happen(moment("D2 08:00"), "override", **override)
    bus.happen(moment("D2 12:00"), "lab.result", sampled_at="D2 09:00", result="negative")
    bus.pass_time(moment("D3 09:00"))
    bus.happen(moment("D4 08:00"), "appeal.decision", assertion_id=NAME, decided_at="D4 08:00")
    bus.pass_time(moment("D20 00:00"))
    assert told(bus) == [
        (NAME, "suppressed", "override:M1"), (NAME, "resumed", ""), (NAME, "suppressed", "appeal.decision:A1"), (NAME, "ended", ""),
    ]  # fmt: skip


def test_what_timers_suppress_twice_is_told_in_two_records(bus: Bus) -> None:
    for day in (3, 5):
        fields = {"valid_from": f"D{day} 08:00", "valid_to": f"D{day} 20:00"}
        bus.happen(moment(f"D2 0{day}:00"), "override", order_id=f"M{day}", action="suppress", target=NAME, issued_at="D2 00:00", **fields)
    bus.pass_time(moment("D6 00:00"))
    assert [what for _, what, _ in told(bus)] == ["suppressed", "resumed"] * 2
    steps = [out.step for _, _, out in bus.outputs if out.record == "gov_data.StandingDisposal"]
    assert len(set(steps)) == 4, "an id is made of the step: two of one name would be one record"


def test_each_source_is_told_of_its_own_and_of_no_level(bus: Bus) -> None:
    bus.happen(moment("D1 09:00"), "border.entry", entered_at="D1 09:00")
    bus.pass_time(moment("D20 00:00"))
    assert told(bus, topic="customs-border.standing-disposal") == [("border.entry:E1/entry", "ended", "")]
    assert told(bus) == [(NAME, "ended", "")]
    everything = str([*bus.told(topic="customs-border.standing-disposal"), *bus.told(topic="health.standing-disposal")])
    assert not any(level.id in everything for level in HEALTH.spec.worse)
    assert "contact" not in str(bus.told(topic="customs-border.standing-disposal"))


def test_whoever_ordered_a_place_is_told_of_those_it_met() -> None:
    bus = Bus()
    bus.happen(moment("D1 12:00"), "place.scan", scanned_at="D1 10:30")
    order = {"issued_at": "D2 12:00", "window_from": "D1 09:00", "window_to": "D1 11:00"}
    bus.happen(moment("D2 12:00"), "place.order", **order)
    bus.happen(moment("D2 13:00"), "place.order", **{**order, "issued_at": "D2 13:00"}, version=2, action="cancelled")
    assert [each[1:] for each in told(bus)] == [("retracted", "")]
    assert [each["number"] for each in bus.told(topic="health.standing-disposal")] == ["O1"], "the order that the department gave"


def test_a_merged_persons_assertion_is_told_under_the_key_it_was_reported_under() -> None:
    bus = Bus()
    bus.happen(moment("D1 08:00"), "person.link", "passport", target="A", linked_at="D1 08:00")
    bus.happen(moment("D1 09:00"), "contact.order", "passport", **CONTACT)
    assert [each.id for each in bus.view().active] == [NAME], "it counts for the other key"
    bus.pass_time(moment("D20 00:00"))
    assert (told(bus, "passport"), told(bus)) == ([(NAME, "ended", "")], [])


def test_what_was_over_before_it_was_known_is_told_to_nobody() -> None:
    bus = Bus()
    bus.happen(moment("D8 08:00"), "contact.order", **CONTACT)
    bus.pass_time(moment("D20 00:00"))
    assert told(bus) == []


def test_an_exchange_that_does_not_declare_it_tells_nobody() -> None:
    spec: Any = HEALTH.spec.model_copy(update={"disposals": ()})
    bus = Bus(StandingExchange(meta=HEALTH.meta, spec=spec, rules=HEALTH.rules))
    bus.happen(moment("D1 08:00"), "contact.order", **CONTACT)
    bus.pass_time(moment("D20 00:00"))
    assert (told(bus), bus.state()["counting"]) == ([], {})
