"""Shape ``case``: a case with states, moves, clocks and escalation, by its exchange's declaration (domain notes D2, D4).

State is :file:`schemas/avro/gov-data/case_state.avsc`. Departments move; the bus moves on verdicts, lots, answers and clocks, and decides
nothing that a person has to decide. An unlawful move is answered with its reason; only a false sender is poison. A check whose outcome is
corrected (条例 Art 26) undoes what rested on it, and everybody who was told is told again.
"""

import copy
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.case_declaration import CaseExchange
from agents.shapes import case_check, case_rules
from agents.shapes.admission import Gate
from agents.shapes.case_course import AFTER_CHECK, FORGET, By, Course
from agents.shapes.case_rules import File
from agents.shapes.case_told import refused
from agents.shapes.decision import Decision, Output, State, Tick
from agents.shapes.duty import Duties
from govbus.envelope import Envelope
from govbus.errors import Poison
from govbus.ports import Account
from govbus.reasons import Reason

MOVE, STATE = "gov_data.CaseMove", "gov_data.CaseState"
_REMEMBER_REFUSED = 604_800_000


@dataclass(frozen=True, slots=True)
class Case:
    """The shape for one exchange.

    :param holders: departments whose data an item is about, by item
    """

    exchange: CaseExchange
    gate: Gate
    holders: Mapping[str, tuple[str, ...]]
    duties: Duties

    def decide(self, state: State, event: Envelope | Tick, now_ms: int) -> Decision:
        """What follows from ``event``, a record with its data or a timer, at log time ``now_ms``.

        :raises Poison: the sender is false, or an id came before with other bytes
        """
        known = state or {"cases": {}, "refused": {}, "excluded_by": []}
        if isinstance(event, Tick):
            return self._tick(known, now_ms)
        if event.data is None:
            msg = f"{event.place} was not decoded"
            raise ValueError(msg)
        if event.type == MOVE:
            return self._move(known, event, event.data, now_ms)
        return self._checked(known, event, event.data, now_ms)

    def _move(self, state: dict[str, Any], event: Envelope, data: Mapping[str, Any], now_ms: int) -> Decision:
        self.gate.speaker(event, data)
        if data["subject"]:
            self.gate.subject(event, data["subject"])
        digest = hashlib.sha256(event.value).digest()
        before = _seen(state, event.id)
        if before is not None:
            _same(event, before, digest)
            return _decision(state, account={"in": 1, "duplicate": 1}, ignored=True)
        holders = self.holders.get(data["item"] or "", ())
        file = case_rules.there(state, data["case_id"])
        why = case_rules.refusal(self.exchange, state, data, holders)
        if why:
            told = (refused(data, file, why, event),)
            return _decision(_remembered(state, event.id, digest, now_ms), told, {"in": 1, "refused": 1})
        move = self.exchange.spec.by_name[data["move"]]
        opened = file or self._opened(data["department"], data["item"], holders, now_ms)
        early = state["cases"].get(data["case_id"], opened)
        if (early["department"], early["item"]) == (opened["department"], opened["item"]):
            opened = {**opened, "checks": early["checks"]}
        course = self._course(data["case_id"], opened, now_ms)
        course.file["risk"] = data["fields"].get("risk", course.file["risk"])
        course.take(move, By(event.id, digest, data["department"], data["staff"], data["at"], now_ms, data["request_id"]))
        return self._done(state, course, {"in": 1, "delivered": 1})

    def _checked(self, state: dict[str, Any], event: Envelope, data: Mapping[str, Any], now_ms: int) -> Decision:
        if event.department != "gov-data":
            raise Poison(Reason.SOURCE_MISMATCH, event.place, "checks are told by the bus alone")
        digest = hashlib.sha256(event.value).digest()
        file = state["cases"].get(data["case_id"])
        before = _seen(state, event.id)
        if before is not None:
            _same(event, before, digest)
            return _decision(state, ignored=True)
        if file is None:
            file = self._opened(data["department"], data["item"], data["conflict"], now_ms)
            file["timers"] = {FORGET: now_ms + _REMEMBER_REFUSED}  # it crossed the move that opens the case, which comes on another topic
        course = self._course(data["case_id"], file, now_ms)
        why = case_check.taken(course, data, event.id, digest)
        if why:
            course.outputs.append(refused(data, case_rules.there(state, data["case_id"]), why, event))
            state = _remembered(state, event.id, digest, now_ms)
        return self._done(state, course, {})

    def _tick(self, state: dict[str, Any], now_ms: int) -> Decision:
        due = {name for name, each in state["cases"].items() if any(at <= now_ms for at in each["timers"].values())}
        state = {**state, "refused": {name: each for name, each in state["refused"].items() if each["until"] > now_ms}}
        outputs: list[Output] = []
        for name in sorted(due):
            course = self._course(name, state["cases"][name], now_ms)
            timers = course.file["timers"]
            if timers.get(FORGET, now_ms + 1) <= now_ms:
                state = {**state, "cases": {key: each for key, each in state["cases"].items() if key != name}}
                continue
            move = case_rules.bus_move(self.exchange.spec, course.file["state"], "sampled")
            if timers.get(AFTER_CHECK, now_ms + 1) <= now_ms and move:
                course.by_bus(move)
            done = self._done(state, course, {})
            state, outputs = done.state or state, [*outputs, *done.outputs]
        return _decision(state, tuple(outputs))

    def _opened(self, department: str, item: str, holders: tuple[str, ...] | list[str], now_ms: int) -> File:
        return {
            "department": department, "item": item, "holders": list(holders), "rule_version": self.exchange.spec.rule_version, "state": "",
            "opened": now_ms, "risk": None, "moves": [], "clocks": [], "checks": [], "told": [], "timers": {},
        }  # fmt: skip

    def _course(self, case_id: str, file: File, now_ms: int) -> Course:
        return Course(self.exchange, self.duties, case_id, copy.deepcopy(file), now_ms)

    def _done(self, state: dict[str, Any], course: Course, account: Mapping[Account, int]) -> Decision:
        course.watch()
        others = [name for name in state["excluded_by"] if name != course.case_id]
        excluded = [*others, course.case_id] if case_rules.excludes(self.exchange.spec, course.file) else others
        state = {**state, "cases": {**state["cases"], course.case_id: course.file}, "excluded_by": excluded}
        return _decision(state, tuple(course.outputs), account)


def open_dialogues(state: Mapping[str, Any]) -> int:  # noqa: ARG001
    """None: each move is answered at once; a case that goes on owes the conservation ledger nothing."""
    return 0


def _seen(state: Mapping[str, Any], event_id: str) -> bytes | None:
    """Digest of the event of this id, if it came before."""
    if event_id in state["refused"]:
        return bytes(state["refused"][event_id]["digest"])
    entries = (each for file in state["cases"].values() for each in (*file["moves"], *file["checks"]))
    return next((bytes(each["digest"]) for each in entries if each["event_id"] == event_id), None)


def _remembered(state: Mapping[str, Any], event_id: str, digest: bytes, now_ms: int) -> dict[str, Any]:
    """The state with a refused event, so that sending it twice has one answer."""
    kept = {"digest": digest, "until": now_ms + _REMEMBER_REFUSED}
    return {**state, "refused": {**state["refused"], event_id: kept}}


def _same(event: Envelope, before: bytes, digest: bytes) -> None:
    if before != digest:
        raise Poison(Reason.ID_CONFLICT, event.place, "this id came before with other bytes")


def _decision(
    state: Mapping[str, Any], outputs: tuple[Output, ...] = (), account: Mapping[Account, int] | None = None, ignored: bool = False
) -> Decision:
    timers = [at for file in state["cases"].values() for at in file["timers"].values()]
    due = min((*timers, *(each["until"] for each in state["refused"].values())), default=None)
    return Decision(dict(state) if state["cases"] or state["refused"] else None, outputs, due, account or {}, ignored)
