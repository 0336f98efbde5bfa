"""Orders about a place or an area meet presences there; whoever was there is told under his own key (docs/decisions/0007).

State is :file:`schemas/avro/gov-data/encounter_state.avsc`: the orders and presences of one bucket, in whichever order they came. What
they come to is an :file:`encounter.avsc` for each pair, with a revision for each change: met, narrowed, cancelled.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agents.shapes import standing_guard
from agents.shapes.decision import Decision, Output, State, Tick
from agents.shapes.standing_facts import fits
from agents.standing_declaration import StandingExchange
from agents.standing_inputs import Input, Meeting
from govbus import buckets
from govbus.envelope import Envelope, event_id
from govbus.errors import Poison
from govbus.pseudonym import SubjectKeys
from govbus.reasons import Reason

STATE, ENCOUNTER = "gov_data.EncounterState", "gov_data.Encounter"
Part = dict[str, Any]
_DIVISION = 12


@dataclass(frozen=True, slots=True)
class Encounter:
    """The join for one meeting of an exchange.

    :param name: the meeting, e.g. ``place``
    """

    exchange: StandingExchange
    name: str
    keys: SubjectKeys

    def decide(self, state: State, event: Envelope | Tick, now_ms: int) -> Decision:
        """What follows from an order, a presence or a timer at log time ``now_ms``.

        :raises Poison: what :mod:`agents.shapes.standing_guard` refuses; WHOLE_AREA, REMOTE_SCAN, BAD_KEY, ID_CONFLICT, TOO_OLD
        """
        known = state or {"presences": {}, "orders": {}, "met": {}}
        if isinstance(event, Tick):
            return self._decision(self._forgotten(known, now_ms), ())
        name, declared = self.exchange.spec.by_topic[event.topic]
        data: Mapping[str, Any] = event.data or {}
        standing_guard.sender(event, declared)
        standing_guard.form(event, declared)
        self._key(event, declared, data)
        ordered = name == self._meeting.orders
        part = self._order(event, declared, data) if ordered else self._presence(event, declared, data)
        if part["end"] is not None and part["end"] + self._meeting.keep <= now_ms:
            raise Poison(Reason.TOO_OLD, event.place, f"over for more than {self._meeting.keep // 86_400_000} days")
        kind, ident = "orders" if ordered else "presences", str(data[declared.id])
        if not _newer(known[kind].get(ident), part, event.place):
            return self._decision(known, (), ignored=True)
        changed = {**known, kind: {**known[kind], ident: part}}
        outputs = tuple(self._pairs(changed, ident, ordered, now_ms))
        met = {output.data["order"] + "|" + output.data["presence"]: output.data["version"] for output in outputs}
        return self._decision({**changed, "met": {**known["met"], **met}}, outputs)

    @property
    def _meeting(self) -> Meeting:
        return self.exchange.spec.meetings[self.name]

    def _key(self, event: Envelope, declared: Input, data: Mapping[str, Any]) -> None:
        bucket, right = data["bucket"], ""
        if self._meeting.bucket == buckets.PLACE_HOUR:
            key = buckets.place_key(self.keys, data["place_code"], bucket)
            right = buckets.hour(data[declared.at]) if declared.role == "presence" else bucket
        else:
            key = buckets.town_key(self.keys, bucket)
            right = buckets.shard(data["area"], data["person_key"]) if declared.role == "presence" else bucket
        if event.key != key or bucket != right:
            raise Poison(Reason.BAD_KEY, event.place, "the key is not that of the record's place and bucket")

    def _order(self, event: Envelope, declared: Input, data: Mapping[str, Any]) -> Part:
        meeting = self._meeting
        area = data[meeting.area] if meeting.area else ""
        if meeting.widest and len(_prefix(area)) < meeting.widest and not data["confirmed_by"].strip():
            raise Poison(Reason.WHOLE_AREA, event.place, f"{len(_prefix(area))} digits of a division, and confirmed_by is empty")
        return {
            "version": int(data[declared.version]), "digest": _digest(event), "area": area, "level": data["level"],
            "issued_at": data[declared.at], "start": data[declared.start], "end": data[declared.end], "division": data["division"],
            "withdrawn": fits(data, declared.withdrawn),
        }  # fmt: skip

    def _presence(self, event: Envelope, declared: Input, data: Mapping[str, Any]) -> Part:
        meeting = self._meeting
        if meeting.declared:
            there, here = data[meeting.declared][: meeting.digits], data[meeting.here][: meeting.digits]
            if there != here:
                raise Poison(Reason.REMOTE_SCAN, event.place, f"the {meeting.digits}-digit divisions of person and place differ")
        start = data[declared.at]
        return {
            "version": int(data[declared.version]), "digest": _digest(event), "person": data["person_key"],
            "area": data[meeting.area] if meeting.area else "", "start": start, "end": data[declared.end] if declared.end else start,
            "withdrawn": fits(data, declared.withdrawn) if declared.withdrawn else False,
        }  # fmt: skip

    def _pairs(self, state: Mapping[str, Any], ident: str, ordered: bool, now_ms: int) -> Iterator[Output]:
        """What is new about the pairs of one order or one presence."""
        orders = [ident] if ordered else sorted(state["orders"])
        presences = sorted(state["presences"]) if ordered else [ident]
        for number in orders:
            for presence in presences:
                data = self._pair(state, number, presence, now_ms)
                before = state["met"].get(f"{number}|{presence}")
                if data["action"] == "met" or before is not None:
                    person = state["presences"][presence]["person"]
                    topic = next(each.topic for each in self.exchange.spec.inputs.values() if each.record == ENCOUNTER)
                    yield Output(topic, ENCOUNTER, data, f"met-{number}", data["encounter_id"], person.encode())

    def _pair(self, state: Mapping[str, Any], number: str, presence: str, now_ms: int) -> dict[str, Any]:
        order, there = state["orders"][number], state["presences"][presence]
        start = max(order["start"], there["start"])
        end = min((each for each in (order["end"], there["end"]) if each is not None), default=None)
        inside = there["area"].startswith(_prefix(order["area"])) and (end is None or start <= end)
        gone = order["withdrawn"] or there["withdrawn"]
        return {
            "encounter_id": event_id(self.exchange.meta.id, self.name, number, presence), "order": number, "presence": presence,
            "version": order["version"] * 1_000_000 + there["version"], "kind": self.name, "level": order["level"],
            "action": "cancelled" if gone else "met" if inside else "narrowed", "issued_at": order["issued_at"], "met_from": start,
            "met_to": end, "division": order["division"], "decided_at": now_ms,
        }  # fmt: skip

    def _decision(self, state: Mapping[str, Any], outputs: tuple[Output, ...], ignored: bool = False) -> Decision:
        ends = [each["end"] for kind in ("orders", "presences") for each in state[kind].values() if each["end"] is not None]
        empty = not state["orders"] and not state["presences"]
        due = min((end + self._meeting.keep for end in ends), default=None)
        return Decision(None if empty else dict(state), outputs, due, ignored=ignored)

    def _forgotten(self, state: Mapping[str, Any], now_ms: int) -> Mapping[str, Any]:
        """The state without what is over for longer than it is kept; what it came to stands with the persons."""
        kept = {
            kind: {ident: each for ident, each in state[kind].items() if each["end"] is None or now_ms < each["end"] + self._meeting.keep}
            for kind in ("orders", "presences")
        }
        met = {}
        for pair, version in state["met"].items():
            number, _, presence = pair.partition("|")
            if number in kept["orders"] and presence in kept["presences"]:
                met[pair] = version
        return {**kept, "met": met}


def _prefix(area: str) -> str:
    """The digits of a division that say something: 2, 4, 6, 9 or 12."""
    return next((area[:digits] for digits in (2, 4, 6, 9) if len(area) == _DIVISION and not area[digits:].strip("0")), area)


def _newer(held: Part | None, part: Part, place: str) -> bool:
    if held is None or held["version"] < part["version"]:
        return True
    if held["version"] == part["version"] and held["digest"] != part["digest"]:
        raise Poison(Reason.ID_CONFLICT, place, "this version came before with other bytes")
    return False


def _digest(event: Envelope) -> bytes:
    return hashlib.sha256(event.value).digest()
