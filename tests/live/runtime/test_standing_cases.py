"""The golden cases of domain notes E4 through Kafka and a real worker, from the very file that the pure tests play (standing_cases.yaml).

A check of the file is a play of its own, with people, places and towns of its own: its events are shifted so that its moment is now, those
that have arrived by then are sent, and what readers were told by that moment is compared with the file; so is what counts by the log. Where
the next check stands a second later, it must come by itself, as a timer, to the millisecond.

Not here, because the broker stamps each record with its own clock, and nobody can send into the past: the rules' change at a midnight of
2022 (case 12) and that a scan is forgotten (14) are in test_standing_rules.py; a visitor's days by the rules of then (the first check of
10's second) are in no live test. Between two events lie seconds of this machine, not the file's hours: what is
told in which order is seen where it needs no hours (1, 5, 11); 4's comes in parts, by the checks that stand a second apart.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from agents.runtime.work import Work
from agents.shapes.standing_view import view
from agents.wiring import make_desk
from audit.code import decided_again
from govbus.envelope import Envelope, event_id
from govbus.errors import BusError
from govbus.identity.citizen_id import to_18
from tests.live.runtime.test_worker import Bus, outside, until
from tests.unit.shapes import standing_world as world
from tests.unit.shapes.standing_cases import CASES, events_of
from tests.unit.shapes.standing_world import HEALTH, moment
from topics.broker import Producer, Record, scan

__all__ = ["outside"]
pytestmark = pytest.mark.kafka
READERS = tuple(topic.split(".")[0] for topic in HEALTH.spec.readers)
OWN = [each.topic for each in HEALTH.spec.inputs.values() if each.role not in ("order", "presence")]
HOUR, AHEAD_MS = 3_600_000, 30_000
"""The plays' moment is so far ahead when sending begins: all must be there before it."""


class Sent(NamedTuple):
    """One record of a play, and why it must be refused; empty: it is taken."""

    made: Envelope
    refused: str


class Play(NamedTuple):
    """One check of a case at ``at_ms``.

    :param keys: by person of the case; :param then: the colour that comes by itself a second later; empty: the file does not say
    """

    name: str
    expected: Mapping[str, Any]
    then: str
    at_ms: int
    keys: Mapping[str, bytes]
    sent: tuple[tuple[Sent, ...], ...]


def checks_of(case: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Each check that can be live, with the colour of the one that stands a second behind it."""
    checks = [*case.get("checks", []), case["finally"]]
    for place, check in enumerate(checks):
        late = [each for each in checks[place + 1 :] if moment(each["at"]) - moment(check["at"]) == 1000 and "who" not in each]
        by_itself = late and not any(moment(check["at"]) < moment(each["arrives"]) <= moment(late[0]["at"]) for each in case["events"])
        if case["case"] != 12 and not (case["name"].startswith("a visitor") and check["at"] == "D4 23:59:59"):
            yield check, late[0]["colour"] if by_itself else ""


def play(bus: Bus, number: int, case: dict[str, Any], check: dict[str, Any], then: str, at_ms: int, patch: pytest.MonkeyPatch) -> Play:
    """The check as a play whose moment is ``at_ms``."""
    born, run = int(bus.run, 16), f"{bus.run}{number:03d}"
    resident = f"449999{50 + born % 50:02d}{1 + born // 50 % 12:02d}{1 + born // 600 % 28:02d}{number:03d}"
    others = {who: ("414", f"E{run}{place}") for place, who in enumerate(world.PEOPLE) if who not in ("A", "A15")}
    patch.setattr(world, "PEOPLE", {"A": ("111", to_18(resident)), "A15": ("111", resident), **others})
    patch.setattr(world, "DAY_1", world.DAY_1 + timedelta(milliseconds=at_ms - moment(check["at"])))
    events = [each for each in events_of(case) if moment(each["arrives"]) <= at_ms]
    sent = tuple(tuple(records(bus, f"{run}-{place}", number, event)) for place, event in enumerate(events))
    keys = {who: world.key_of(who).encode() for who in world.PEOPLE}
    return Play(f"{case['case']} {case['name']}, {check['at']}", check, then, at_ms, keys, sent)


def records(bus: Bus, name: str, number: int, event: dict[str, Any]) -> Iterator[Sent]:
    """An event's records, about a place or a town that no other play has."""
    fields = {key: value for key, value in event.items() if key not in ("arrives", "refused")}
    what, mine, town = fields["what"], name.split("-", maxsplit=1)[0], f"440883{200 + (int(bus.run, 16) + number) % 800}"
    if what.startswith("place."):
        fields["place_code"] = f"{mine}{fields.get('place_code', world.DEFAULTS[what]['place_code'])}"
    if what == "region.risk":
        fields.setdefault("order_no", f"O{mine}")
    if "area" in fields:
        fields["area"] = fields["area"].replace("440883107", town)
    if "towns" in fields:
        fields["towns"] = [town]
    for place, (topic, key, data) in enumerate(world.records(**fields)):
        declared = HEALTH.spec.by_topic[topic][1]
        value = bus.codec.encode(declared.record, data)
        ident = event_id(name, place)
        yield Sent(
            Envelope(ident, f"/{declared.sender}/test", declared.record, datetime.now(UTC), topic, key, value), event.get("refused", "")
        )


class Heard:
    """What has been told and what lies in quarantine, as it stands now."""

    def __init__(self, bus: Bus) -> None:
        self._told: dict[tuple[str, bytes], list[dict[str, Any]]] = {}
        for reader in READERS:
            for each in scan(bus.home, reader, [f"{reader}.code-change"]):
                self._told.setdefault((reader, each.key or b""), []).append(bus.codec.read("gov_data.CodeChanged", each.value or b""))

    def told(self, key: bytes, reader: str = "health") -> list[dict[str, Any]]:
        return self._told.get((reader, key), [])

    def level(self, key: bytes, at_ms: int) -> str:
        """What was told up to a moment."""
        return next((str(each["level"]) for each in reversed(self.told(key)) if each["as_of"] <= at_ms), "none")

    def levels(self, key: bytes, reader: str = "health") -> list[str]:
        """Colours in the order in which they were told, without those changes that changed a badge alone."""
        found = [each["level"] for each in self.told(key, reader)]
        return [level for place, level in enumerate(found) if not place or level != found[place - 1]]


def faults(one: Play, heard: Heard) -> Iterator[str]:
    """What readers were told otherwise than the file says."""
    expected = {one.expected.get("who", "A"): one.expected["colour"], **one.expected.get("others", {})}
    for who, colour in expected.items():
        if (found := heard.level(one.keys[who], one.at_ms)) != colour:
            yield f"{one.name}: {who} is {found}, not {colour}"
    if one.then:
        later = [
            each for each in heard.told(one.keys["A"]) if each["as_of"] == one.at_ms + 1000 and each["level"] != one.expected["colour"]
        ]
        if [(each["level"], each["change"]) for each in later] != [(one.then, "time")]:
            yield f"{one.name}: it does not become {one.then} by itself a second later"


def all_faults(plays: Iterable[Play], heard: Heard) -> Iterator[str]:
    return (fault for one in plays for fault in faults(one, heard))


def send(bus: Bus, sent: Iterable[Sent]) -> None:
    """Each by the department that may write it, in this order."""
    by_sender: dict[str, list[Envelope]] = {}
    for each in sent:
        by_sender.setdefault(each.made.department, []).append(each.made)
    for department, made in by_sender.items():
        assert not [each for each in Producer(bus.home, department).send_all(made) if isinstance(each, BusError)]


def pass_timers(bus: Bus, patch: pytest.MonkeyPatch) -> None:
    """Wait until timers fire that are due after all that has been sent, in each partition: so all of it has been read."""
    ends_ms = int(time.time() * 1000) + 3_000
    people = {f"W{place}": ("414", f"E{bus.run}{ends_ms}{place}") for place in range(24)}
    patch.setattr(world, "PEOPLE", people)
    isolated = {"issued_at": ends_ms - HOUR, "quarantine_from": ends_ms - HOUR, "quarantine_to": ends_ms}
    for what, fields in (("person", {}), ("quarantine", isolated)):
        send(bus, [sent for who in people for sent in records(bus, f"{bus.run}-{what}-{who}", 0, {"what": what, "who": who, **fields})])
    keys = [world.key_of(who).encode() for who in people]
    until("timers behind all", lambda: all(heard.level(key, ends_ms) == "yellow" for heard in [Heard(bus)] for key in keys), 90)


def test_each_check_of_the_golden_cases_holds_for_every_reader_and_by_the_log(outside: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    at_ms = int(time.time() * 1000) + AHEAD_MS
    wanted = [(case, check, then) for case in CASES for check, then in checks_of(case)]
    plays = []
    for number, (case, check, then) in enumerate(wanted):
        with monkeypatch.context() as patch:
            patch.setattr(world, "KEYS", outside.keys)
            plays.append(play(outside, number, case, check, then, at_ms, patch))
    sent = [each for one in plays for event in one.sent for each in event]
    send(outside, sent)
    assert time.time() * 1000 < at_ms, "sending took too long: their moment is over"
    with outside.worker(), monkeypatch.context() as patch:
        patch.setattr(world, "KEYS", outside.keys)
        time.sleep(max(0.0, at_ms / 1000 - time.time()) + 2)
        deadline = time.monotonic() + 90
        while [*all_faults(plays, Heard(outside))] and time.monotonic() < deadline:
            time.sleep(0.5)
        assert [*all_faults(plays, Heard(outside))] == []
        pass_timers(outside, patch)
    heard = Heard(outside)
    assert [*all_faults(plays, heard)] == [], "and it stays so when all has been read"
    for key in [key for one in plays for key in one.keys.values()]:
        assert [heard.told(key, reader) for reader in READERS] == [heard.told(key)] * len(READERS)
        assert [each["revision"] for each in heard.told(key)] == list(range(1, len(heard.told(key)) + 1))
    refused = {each["value"]: each["reason"] for each in outside.quarantined()}
    assert {each.made.value: refused.get(each.made.value, "") for each in sent} == {each.made.value: each.refused for each in sent}
    by_log(outside, plays)


def by_log(bus: Bus, plays: list[Play]) -> None:
    """What counts by the log is what the file says, and gives the colours that were told."""
    log: dict[bytes, list[Record]] = {}
    for each in scan(bus.home, "auditor", OWN):
        log.setdefault(each.key or b"", []).append(each)
    work = Work(make_desk(bus.home), bus.codec)
    for one in plays:
        for who, colour in {one.expected.get("who", "A"): one.expected["colour"], **one.expected.get("others", {})}.items():
            mine = sorted((each for each in log.get(one.keys[who], ()) if each.timestamp <= one.at_ms), key=lambda each: each.timestamp)
            state = decided_again(work, HEALTH.meta.id, one.keys[who], mine, one.at_ms)
            found = view(HEALTH, state["facts"] if state else {}, one.at_ms)
            assert (one.name, found.level) == (one.name, colour)
            if who in one.expected.get("since", {}):
                assert found.active[0].start < one.at_ms - HOUR, "from the sample's time, not from the correction's"
            if who == one.expected.get("who", "A"):
                names = [each.id for each in found.active]
                assert names == one.expected.get("active", names), one.name
                assert len(names) == one.expected.get("count", len(names)), one.name


ORDERED = [case for case in CASES if "told" in case and case["case"] in (1, 5, 11)]


def test_changes_are_told_in_the_order_of_the_file(outside: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    at_ms = int(time.time() * 1000)
    plays = []
    for number, case in enumerate(ORDERED):
        with monkeypatch.context() as patch:
            patch.setattr(world, "KEYS", outside.keys)
            plays.append(play(outside, 700 + number, case, case["finally"], "", at_ms, patch))
    expected = [case["told"] for case in ORDERED]
    with outside.worker(), monkeypatch.context() as patch:
        patch.setattr(world, "KEYS", outside.keys)
        for step in range(max(len(one.sent) for one in plays)):
            send(outside, [each for one in plays for event in one.sent[step : step + 1] for each in event])
            pass_timers(outside, patch)
    heard = Heard(outside)
    for reader in READERS:
        assert [heard.levels(one.keys["A"], reader) for one in plays] == expected
    assert all(each["reversal"] == (each["level"] == "green" != each["replaces"]) for each in heard.told(plays[0].keys["A"])[1:])
