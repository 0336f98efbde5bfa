"""The health code through the worker's own lines: routed, encoded, keyed to the right person, timers set again, refused into quarantine."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from agents.runtime.work import QUARANTINE, Result
from govbus.envelope import Envelope, event_id
from tests.unit.runtime.test_cases import Bench
from tests.unit.runtime.test_engine import CODEC, raw
from tests.unit.shapes.standing_world import HEALTH, key_of, moment, records


class Bus(Bench):
    """The bench of one partition, with log times of the test's own."""

    def happen(self, at: str, what: str, who: str = "A", **fields: Any) -> None:
        self.at_ms = moment(at)
        for topic, key, data in records(what, who, **fields):
            declared = HEALTH.spec.by_topic[topic][1]
            self.offset += 1
            made = Envelope(
                event_id(topic, key.decode(), str(data)), f"/{declared.sender}/test", declared.record, datetime.now(UTC), topic, key, b"",
                data=data,
            )  # fmt: skip
            self.feed(raw(made, self.offset, self.at_ms))

    def until(self, at: str) -> None:
        """Nothing comes until then, and this moment is past."""
        result = Result()
        self.work.fire(self.part, moment(at) + 1, result)
        for change in self.part.changes("bus.verify.state"):
            self.log[change.key or b""] = change
        self.written += result.records
        if self.restarts:
            self.restart()

    def told(self, who: str = "A", topic: str = "health.code-change") -> Iterator[dict[str, Any]]:
        for each in self.written:
            if each.topic == topic and each.key == key_of(who).encode():
                yield CODEC.read("gov_data.CodeChanged", each.value or b"")

    def levels(self, who: str = "A", topic: str = "health.code-change") -> list[str]:
        return [each["level"] for each in self.told(who, topic)]

    def refusals(self) -> list[str]:
        return [CODEC.read("gov_data.Quarantined", each.value or b"")["reason"] for each in self.written if each.topic == QUARANTINE]


@pytest.fixture(params=[False, True], ids=["without restarts", "restarted after every record"])
def bus(request: pytest.FixtureRequest) -> Bus:
    made = Bus(restarts=request.param)
    for who in ("A", "B", "passport"):
        made.happen("D1 00:00", "person", who)
    return made


def test_expiries_come_by_themselves_and_each_of_the_three_readers_hears_of_them(bus: Bus) -> None:
    bus.happen("D1 08:00", "quarantine", issued_at="D1 08:00", quarantine_from="D1 08:00", quarantine_to="D8 12:00")
    for at, levels in (
        ("D8 11:59:59", ["green", "red"]),
        ("D8 12:00", ["green", "red", "yellow"]),
        ("D11 12:00", ["green", "red", "yellow", "green"]),
    ):
        bus.until(at)
        for topic in HEALTH.spec.readers:
            assert bus.levels(topic=topic) == levels
    assert [each["as_of"] for each in bus.told()][2:] == [moment("D8 12:00"), moment("D11 12:00")]
    ids = [dict(each.headers)["ce_id"] for each in bus.written]
    assert len(set(ids)) == len(ids), "each change has an id of its own, those that time made too"


def test_a_timer_that_changes_nothing_sets_the_next_one(bus: Bus) -> None:
    for order, days in (("O1", 3), ("O2", 5)):
        times = {"issued_at": "D1 08:00", "exposed_at": "D1 08:00", "until": f"D{1 + days} 08:00"}
        bus.happen("D1 09:00", "contact.order", **{"order_no": order, "class": "close", **times})
    bus.until("D5 00:00")
    assert bus.levels() == ["green", "red"]
    bus.until("D6 08:00")
    assert bus.levels() == ["green", "red", "green"]


def test_a_place_answers_under_the_key_of_the_person(bus: Bus) -> None:
    bus.happen("D2 12:00", "place.order", issued_at="D2 12:00", window_from="D1 09:00", window_to="D1 11:00")
    bus.happen("D2 15:00", "place.scan", who="B", scanned_at="D1 10:30")
    assert (bus.levels("A"), bus.levels("B")) == (["green"], ["green", "yellow"])
    met = [each for each in bus.written if each.topic == "bus.encounter"]
    assert [each.key for each in met] == [key_of("B").encode()]


def test_merged_persons_meet_under_one_key_and_part_again(bus: Bus) -> None:
    bus.happen("D1 08:00", "lab.result", who="passport", sampled_at="D1 06:00", result="positive")
    bus.happen("D1 09:00", "person.link", who="passport", target="A", linked_at="D1 09:00")
    assert (bus.levels("A"), bus.levels("passport")) == (["green", "red"], ["green", "red", "none"])
    bus.happen("D1 10:00", "person.link", version=2, who="passport", target="A", action="unmerged", linked_at="D1 10:00")
    assert (bus.levels("A"), bus.levels("passport")) == (["green", "red", "green"], ["green", "red", "none", "red"])


def test_what_may_move_nobody_is_in_quarantine_with_its_reason_and_is_counted(bus: Bus) -> None:
    times = {"issued_at": "D1 09:00", "valid_from": "D1 09:00", "valid_to": "D2 09:00"}
    bus.happen("D1 09:00", "override", action="add", level="red", reason_class="depositor", **times)
    bus.happen("D1 09:01", "place.scan", scanned_at="D1 08:00", declared_area="410100")
    bus.happen("D1 09:02", "lab.result", sampled_at="D1 06:00", result="positive", division="990000000000")
    assert bus.refusals() == ["NO_REASON_CLASS", "REMOTE_SCAN", "NO_RULE"]
    assert bus.levels() == ["green"]


def test_a_reversal_is_told_to_all_three(bus: Bus) -> None:
    bus.happen("D1 08:00", "lab.result", sampled_at="D1 06:00", result="positive")
    bus.happen("D1 08:00", "lab.result", sampled_at="D1 06:00", result="positive")
    bus.happen("D1 11:00", "lab.correction", sampled_at="D1 06:00", action="retracted")
    for topic in HEALTH.spec.readers:
        assert [(each["level"], each["reversal"]) for each in bus.told(topic=topic)][1:] == [("red", False), ("green", True)]
