"""A small bus in memory for the health code: real declarations, real Avro, log time, timers; states are read back before each decision."""

import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from agents.loading import standings
from agents.shapes.crowd import STATE as CROWD_STATE
from agents.shapes.crowd import Crowd
from agents.shapes.decision import Decision, Output, Tick
from agents.shapes.encounter import STATE as MEETING_STATE
from agents.shapes.encounter import Encounter
from agents.shapes.standing import STATE, StandingShape
from agents.shapes.standing_view import View, view
from agents.standing_declaration import StandingExchange
from agents.standing_inputs import sender
from govbus import buckets
from govbus.envelope import Envelope, event_id
from govbus.pseudonym import SubjectKeys
from schemas.codec import Codec
from tests.unit import purpose_keys
from tests.unit.shapes.world import EXCHANGES
from topics.load import load

KEYS = SubjectKeys("5a" * 32)
HEALTH = standings(EXCHANGES)["health-code"]
RECORDS = load().records
CODEC = Codec.load(RECORDS, keys=purpose_keys.KEYS)
ROUND = "round"
DAY_1 = datetime(2022, 8, 31, 16, tzinfo=UTC)  # 1 September 2022, 00:00 in 吴川
PEOPLE = {
    "A": ("111", "449999199003070015"), "A15": ("111", "449999900307001"), "B": ("111", "449999198506152229"),
    "passport": ("414", "E00000001"), "neighbour": ("111", "44999920001231999X"),
}  # fmt: skip
_TIME = re.compile(r"D(-?\d+) (\d\d):(\d\d)(?::(\d\d))?")
_ORDERED = {"order_no": "O1", "operator": "CDC01", "approver": "CDC02", "action": "ordered"}
_HERE = "440883000000"
DEFAULTS: dict[str, dict[str, Any]] = {
    "person": {"person_id": "P", "action": "known", "known_from": 0},
    "person.link": {"link_id": "L1", "action": "merged"},
    "lab.result": {"sample_id": "S1", "tube_id": "T1", "pool_size": 1, "division": _HERE},
    "lab.correction": {"sample_id": "S1", "version": 2, "tube_id": "T1", "pool_size": 1, "result": "invalid", "division": _HERE},
    "lab.identity-correction": {"sample_id": "S1", "version": 2, "tube_id": "T1", "pool_size": 1, "division": _HERE},
    "pool.positive": {"tube_id": "T1", "action": "positive", "pool_size": 10, "division": _HERE},
    "contact.order": {**_ORDERED, "until": None, "division": _HERE},
    "place.order": {**_ORDERED, "place_code": "CS0001", "level": "time-place", "division": _HERE},
    "place.scan": {"scan_id": "K1", "place_code": "CS0001", "place_area": "440883107201", "declared_area": "440883"},
    "region.risk": {**_ORDERED, "effective_to": None, "level": "high", "confirmed_by": "", "division": _HERE},
    "stay": {"stay_id": "Y1", "action": "stays", "kind": "visit", "stay_to": None},
    "stay.area": {"stay_id": "Y1", "action": "stays", "kind": "residence", "stay_to": None},
    "border.entry": {"entry_id": "E1", "action": "entered", "origin": "overseas", "division": _HERE},
    "quarantine": {**_ORDERED, "action": "start", "quarantine_to": None, "division": _HERE},
    "vaccination": {"dose_id": "V1", "product": "X", "division": _HERE},
    "vaccination.correction": {"dose_id": "V1", "version": 2, "product": "X", "division": _HERE},
    "symptom": {"visit_id": "F1", "action": "visited", "kind": "fever_clinic", "division": _HERE},
    "foreign.code": {
        "code_id": "45.1", "action": "recognised", "issue_region": "45", "way": "shared", "raw_level": "3", "raw_reason": "密接",
        "until": None, "division": _HERE,
    },
    "release": {**_ORDERED, "action": "released"},
    "override": {
        "order_id": "M1", "target": "", "level": "", "reason_class": "", "reason": "核实", "operator": "GA01", "approver": "GA02",
        "valid_to": None, "division": _HERE,
    },
    "appeal": {"appeal_id": "A1"},
    "appeal.decision": {"appeal_id": "A1", "outcome": "approved", "operator": "CDC01", "approver": "CDC02", "reason": "核实"},
}  # fmt: skip


def key_of(who: str) -> str:
    return KEYS.key(*PEOPLE[who]).decode()


def moment(text: str) -> int:
    """``D3 08:00`` or ``D3 08:00:00``: day and time in 吴川; milliseconds since 1970."""
    found = _TIME.fullmatch(text)
    assert found, text
    day, hour, minute, second = (int(part or 0) for part in found.groups())
    return int((DAY_1 + timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second)).timestamp() * 1000)


def records(what: str, who: str = "A", **fields: Any) -> list[tuple[str, bytes, dict[str, Any]]]:
    """The records of one happening as (topic, key, data): several where an order is spread over buckets."""
    given = {name: moment(value) if isinstance(value, str) and _TIME.fullmatch(value) else value for name, value in fields.items()}
    data = {"version": 1, "person_key": key_of(who), **DEFAULTS[what], **given}
    topic = HEALTH.spec.inputs[what].topic
    if what == "person.link":
        data["target"] = key_of(data["target"])
    if what in ("place.order", "region.risk"):
        del data["person_key"]
        towns = data.pop("towns", [data.get("area", "")[:9]])
        people = {key_of(name)[:2] for name in PEOPLE}  # shards in which nobody of these tests lives stay empty anyway
        spread = [f"{town}-{first}" for town in towns for first in sorted(people)]
        if what == "place.order":
            spread = list(buckets.hours(data["window_from"], data["window_to"]))
        return [(topic, _bucket_key(what, data, each), {**data, "bucket": each}) for each in spread]
    if what in ("place.scan", "stay.area"):
        bucket = buckets.hour(data["scanned_at"]) if what == "place.scan" else buckets.shard(data["area"], data["person_key"])
        return [(topic, _bucket_key(what, data, bucket), {**data, "bucket": bucket})]
    if what == "stay":
        data["bucket"] = buckets.shard(data["area"], data["person_key"])
    return [(topic, data["person_key"].encode(), data)]


def _bucket_key(what: str, data: dict[str, Any], bucket: str) -> bytes:
    return buckets.place_key(KEYS, data["place_code"], bucket) if what.startswith("place.") else buckets.town_key(KEYS, bucket)


def _state_type(shape: str) -> str:
    return CROWD_STATE if shape == ROUND else MEETING_STATE if shape else STATE


class Bus:
    """Log, states, timers and what readers were told."""

    def __init__(self, exchange: StandingExchange = HEALTH) -> None:
        self.exchange, self.now_ms = exchange, 0
        self.shapes: dict[str, StandingShape | Encounter | Crowd] = {"": StandingShape(exchange), ROUND: Crowd(exchange)}
        self.shapes |= {name: Encounter(exchange, name, KEYS) for name in exchange.spec.meetings}
        self.states: dict[tuple[str, bytes], bytes] = {}
        self.due: dict[tuple[str, bytes], int] = {}
        self.outputs: list[tuple[int, bytes, Output]] = []
        self.ignored = self.offset = 0
        self.partitions: dict[str, int] = defaultdict(int)

    def happen(self, at_ms: int, what: str, who: str = "A", **fields: Any) -> None:
        """One happening arrives at log time ``at_ms``."""
        for topic, key, data in records(what, who, **fields):
            self.send(at_ms, topic, key, data)

    def send(self, at_ms: int, topic: str, key: bytes, data: dict[str, Any]) -> None:
        self.pass_time(at_ms - 1)
        self.now_ms = at_ms
        name = self.exchange.spec.by_topic[topic][0] if topic in self.exchange.spec.by_topic else ROUND
        shape = next((each for each, one in self.exchange.spec.meetings.items() if name in (one.orders, one.presences)), "")
        shape = ROUND if name == ROUND else shape
        event = self._envelope(at_ms, topic, key, data)
        self._take(shape, key, self.shapes[shape].decide(self._state(shape, key), event, at_ms), at_ms)

    def pass_time(self, until_ms: int) -> None:
        """Let every timer fire that is due by ``until_ms``, in order."""
        while self.due and (first := min(self.due.items(), key=lambda each: (each[1], each[0])))[1] <= until_ms:
            (shape, key), due_ms = first
            del self.due[shape, key]
            self.now_ms = due_ms
            self._take(shape, key, self.shapes[shape].decide(self._state(shape, key), Tick(due_ms), due_ms), due_ms)
        self.now_ms = max(self.now_ms, until_ms)

    def state(self, who: str = "A") -> dict[str, Any]:
        return self._state("", key_of(who).encode()) or {"facts": {}, "told": {}, "history": []}

    def view(self, who: str = "A") -> View:
        return view(self.exchange, self.state(who)["facts"], self.now_ms)

    def told(self, who: str = "A", topic: str = "health.code-change") -> list[dict[str, Any]]:
        """What one reader was told about a person, in order."""
        return [dict(out.data) for _, key, out in self.outputs if out.topic == topic and key == key_of(who).encode()]

    def _envelope(self, at_ms: int, topic: str, key: bytes, data: dict[str, Any]) -> Envelope:
        record = RECORDS[topic]
        value = CODEC.encode(record, data)
        self.offset += 1
        source = f"/{sender(topic)}/test"
        decoded = CODEC.decode(topic, value)[1]
        ident = event_id(topic, key.decode(), value.hex())
        time = datetime.fromtimestamp(at_ms / 1000, UTC)
        return Envelope(ident, source, record, time, topic, key, value, offset=self.offset, partition=0, recorded_ms=at_ms, data=decoded)

    def _state(self, shape: str, key: bytes) -> dict[str, Any] | None:
        value = self.states.get((shape, key))
        return CODEC.read(_state_type(shape), value) if value else None

    def _take(self, shape: str, key: bytes, decision: Decision, at_ms: int) -> None:
        self.ignored += decision.ignored
        self.states.pop((shape, key), None)
        self.due.pop((shape, key), None)
        if decision.state is not None:
            self.states[shape, key] = CODEC.encode(_state_type(shape), decision.state)
        if decision.due_ms is not None:
            assert decision.due_ms >= at_ms, "a timer is never set into the past"
            self.due[shape, key] = decision.due_ms
        for output in decision.outputs:
            CODEC.encode(output.record, output.data)
            self.outputs.append((at_ms, output.key or key, output))
            if output.topic.startswith("bus."):
                self.send(at_ms, output.topic, output.key, dict(output.data))
