"""A standing from the log: decided again it is what the agents hold, at any moment; what left the log is never made up."""

from collections.abc import Callable
from typing import Any

import pytest

from agents.runtime.store import state_key
from agents.runtime.work import Work
from agents.shapes import standing
from audit import code_view
from audit.code import Found, decided_again, exchange_of
from audit.code_log import Log, Told
from govbus.errors import SetupError
from tests.unit.runtime.test_engine import CODEC, Raw
from tests.unit.runtime.test_standings import Bus
from tests.unit.shapes import world
from tests.unit.shapes.standing_cases import CASES, day_of, events_of
from tests.unit.shapes.standing_world import HEALTH, key_of, moment
from topics.broker import Record

OWN = {each.topic for each in HEALTH.spec.inputs.values() if each.role not in ("order", "presence")}
NAMES = {"health": "市卫生健康局"}


class Kept(Bus):
    """The bench with its log: what the agents write to readers stands there a moment later."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[Raw] = []

    def feed(self, record: Raw) -> Any:
        self.read.append(record)
        return super().feed(record)

    def records(self, who: str, until_ms: int) -> list[Record]:
        """The person's own, as a reader of the log has them."""
        mine = [each for each in self.read if each.key == key_of(who).encode() and each.topic in OWN and each.timestamp <= until_ms]
        mine.sort(key=lambda each: (each.timestamp, each.topic, each.offset))
        return [Record(each.topic, 0, each.offset, each.timestamp, each.key, each.value, list(each.headers)) for each in mine]

    def found(self, who: str, at_ms: int, cut: tuple[str, ...] = (), lost: int = 0, **more: Any) -> Found:
        """What a reader finds; ``lost``: so many of the person's records have left by age."""
        records = self.records(who, at_ms)[lost:]
        told = [
            Told(data["decided_at"] + 5, topic.split(".")[0], f"{topic}/0@{data['revision']}", data)
            for topic in HEALTH.spec.readers
            for data in self.told(who, topic)
            if data["decided_at"] <= at_ms
        ]
        told.sort(key=lambda each: each.log_ms)
        state = decided_again(Work(world.make_desk(), CODEC), HEALTH.meta.id, key_of(who).encode(), records, at_ms)
        return Found(HEALTH, state, Log(tuple(records), tuple(told), cut=cut, **more), at_ms)


@pytest.fixture
def contact() -> Kept:
    """Known; negative at 07:00; a contact from 08:00 to 10:00, when the order is cancelled."""
    bus = Kept()
    bus.happen("D1 00:00", "person")
    bus.happen("D1 07:30", "lab.result", sampled_at="D1 07:00", result="negative")
    order = {"class": "close", "issued_at": "D1 08:00", "exposed_at": "D1 07:00"}
    bus.happen("D1 08:00", "contact.order", **order)
    bus.happen("D1 10:00", "contact.order", **order, version=2, action="cancelled")
    bus.until("D1 11:00")
    return bus


@pytest.mark.parametrize("case", CASES, ids=[each["name"] for each in CASES])
def test_the_log_gives_what_the_agents_hold(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    day_of(case, monkeypatch)
    bus = Kept()
    for event in events_of(case):
        bus.happen(event["arrives"], **{name: value for name, value in event.items() if name not in ("arrives", "refused")})
    bus.until(case["finally"]["at"])
    for who in {event.get("who", "A") for event in case["events"]} | {"A"}:
        held = bus.part.get(state_key(HEALTH.meta.id, key_of(who).encode()))
        assert bus.found(who, moment(case["finally"]["at"])).state == (
            CODEC.read(standing.STATE, held.value) if held else Found(HEALTH, None, Log(), 0).state
        )


def test_a_past_moment_is_shown_as_it_was(contact: Kept) -> None:
    levels = {at: code_view.shown(contact.found("A", moment(at)))[0] for at in ("D1 07:59:59", "D1 09:00", "D1 10:30")}
    assert [(row["shows"], row["as_of"]) for row in levels.values()] == [
        ("green", "2022-08-31T16:00:00.000Z"), ("red", "2022-09-01T00:00:00.000Z"), ("green", "2022-09-01T02:00:00.000Z"),
    ]  # fmt: skip
    assert "密切接触" in "".join(code_view.lines(contact.found("A", moment("D1 09:00")), NAMES))
    assert "密切接触" not in "".join(code_view.lines(contact.found("A", moment("D1 10:30")), NAMES))


def test_badges_say_when_their_source_was_heard(contact: Kept) -> None:
    heard = {"health.lab-round": moment("D1 09:00")}
    found = contact.found("A", moment("D1 10:30"), heard=heard, round_ms=moment("D1 08:30"))
    (nucleic,) = [row for row in code_view.shown(found) if row["what"] == "nucleic"]
    assert nucleic == {
        "what": "nucleic", "shows": "24h", "as_of": "2022-09-01T00:30:00.000Z", "heard": "2022-09-01T01:00:00.000Z", "stale": False,
    }  # fmt: skip
    assert "核酸：24h（2022-09-01 08:30:00）。" in code_view.lines(found, NAMES)
    silent = code_view.shown(contact.found("A", moment("D1 10:30")))
    assert [(row["heard"], row["stale"]) for row in silent if row["what"] == "nucleic"] == [("", True)]


def test_history_has_times_rules_reasons_and_the_record_that_caused_it(contact: Kept) -> None:
    rows = code_view.history(contact.found("A", moment("D1 11:00")))
    assert [(row["replaces"], row["level"], row["reasons"], row["rules"]) for row in rows] == [
        ("none", "green", [], ["gd-2022-06"]),
        ("green", "green", [], ["gd-2022-06"]),
        ("green", "red", ["contact.order:O1/contact-close"], ["gd-2022-06"]),
        ("red", "green", [], ["gd-2022-06"]),
    ]
    assert rows[2]["cause"] == contact.records("A", moment("D1 11:00"))[2].place
    assert rows[2]["when"] == "2022-09-01T00:00:00.000Z"


def test_told_has_a_row_for_each_department_and_no_reason(contact: Kept) -> None:
    rows = code_view.told(contact.found("A", moment("D1 11:00")))
    assert [(row["department"], row["level"], row["reversal"]) for row in rows][-3:] == [
        (department, "green", True) for department in ("health", "public-security", "service-center")
    ]
    assert "contact" not in str(rows)
    assert len(code_view.told(contact.found("A", moment("D1 09:00")))) == 9


def test_nobody_knows_the_person() -> None:
    found = Kept().found("B", moment("D1 09:00"))
    assert code_view.shown(found)[0]["shows"] == "none"
    assert not found.there
    assert "不是绿码" in code_view.lines(found, NAMES)[0]
    assert code_view.checkpoint(found)["level"] == "none"


def test_what_readers_were_told_otherwise_is_said(contact: Kept) -> None:
    found = contact.found("A", moment("D1 09:00"))
    assert list(code_view.remarks(found)) == []
    behind = Found(HEALTH, found.state, found.log._replace(told=found.log.told[:3]), found.at_ms)
    assert "readers were told green last, the log gives red" in next(code_view.remarks(behind))


FOR: list[Callable[[Found], Any]] = [lambda found: code_view.lines(found, NAMES), code_view.checkpoint, code_view.auditor]


@pytest.mark.parametrize("explain", FOR)
def test_a_log_that_lost_the_order_gives_no_colour_and_no_reason(contact: Kept, explain: Callable[[Found], Any]) -> None:
    found = contact.found("A", moment("D1 09:00"), cut=("health.contact-order",), lost=3)
    assert found.view.level == "none", "what is left would say so"
    assert code_view.shown(found)[0]["shows"] == "red", "as readers were told"
    assert "have left the log by age" in next(code_view.remarks(found))
    with pytest.raises(SetupError, match="readers were told red last"):
        explain(found)
    nothing = Found(HEALTH, None, Log(cut=("public-security.person",)), moment("D1 09:00"))
    with pytest.raises(SetupError, match="neither colour nor reasons"):
        code_view.shown(nothing)


def test_a_log_that_lost_others_records_still_gives_this_persons(contact: Kept) -> None:
    found = contact.found("A", moment("D1 09:00"), cut=("health.contact-order",))
    assert code_view.shown(found)[0]["shows"] == "red"
    assert len(code_view.lines(found, NAMES)) == 4


def test_an_auditor_gets_positions_and_sources(contact: Kept) -> None:
    told = code_view.auditor(contact.found("A", moment("D1 09:00"), heard={"health.lab-result": 5}))
    assert [(each["id"], each["position"].split("/")[0]) for each in told["assertions"]] == [
        ("contact.order:O1/contact-close", "health.contact-order")
    ]
    assert (told["heard"], told["cut"]) == ({"health.lab-result": 5}, [])


def test_only_standings_are_asked_for() -> None:
    assert exchange_of("").meta.id == exchange_of("health-code").meta.id == "health-code"
    with pytest.raises(SetupError, match="takes one of: health-code"):
        exchange_of("commitment")
