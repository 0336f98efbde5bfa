"""Shape ``verify``: ask the holder of the truth, or compare with its landed record; exactly one verdict a request (design §3, §6).

State is :file:`schemas/avro/gov-data/verify_state.avsc`. A request is remembered from its admission until ``remember`` is over, a refused
one too, so that sending twice has one effect and the same id with other bytes is a conflict.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

from agents.declaration import Exchange
from agents.shapes import gather
from agents.shapes.admission import Gate, Refusal
from agents.shapes.decision import Decision, Output, State, Tick
from govbus.envelope import Envelope
from govbus.errors import Poison
from govbus.identity import dates
from govbus.identity.compare import Judgement, judge
from govbus.ports import Account
from govbus.reasons import Reason

REQUEST, QUESTION, ANSWER, VERDICT = (f"gov_data.Proof{name}" for name in ("Request", "Question", "Answer", "Verdict"))
STATE = "gov_data.VerifyState"
_LOCAL = timezone(timedelta(hours=8))  # a grant's days are days in 吴川
_REMEMBER_REFUSED = 604_800_000


@dataclass(frozen=True, slots=True)
class Verify:
    """The shape for one exchange; without one (``exchange`` None) it refuses the requests that no exchange serves."""

    exchange: Exchange | None
    gate: Gate

    def decide(self, state: State, event: Envelope | Tick, now_ms: int) -> Decision:
        """What follows from ``event``, a record with its data or a timer, at log time ``now_ms``.

        :raises Poison: the record cannot be used and cannot be answered
        """
        known: dict[str, Any] = state or {"checks": {}, "landed_version": None, "landed_digest": None, "landed": None}
        if isinstance(event, Tick):
            return self._tick(known, now_ms)
        if event.type == REQUEST:
            return self._request(known, event, now_ms)
        if event.type == ANSWER:
            return self._answer(known, event, now_ms)
        return self._land(known, event)

    def _request(self, state: dict[str, Any], event: Envelope, now_ms: int) -> Decision:
        data, digest = _data(event), hashlib.sha256(event.value).digest()
        self.gate.sender(event, data)
        before = state["checks"].get(event.id)
        if before is not None:
            if before["digest"] != digest:
                raise Poison(Reason.ID_CONFLICT, event.place, "this request id came before with other bytes")
            return _decision(state, account={"in": 1, "duplicate": 1}, ignored=True)
        check = {
            "digest": digest, "department": data["department"], "requested_ms": int(event.time.timestamp() * 1000),
            "accepted_ms": event.recorded_ms, "due_ms": 0, "cause": event.id, "open": False, "parts": [],
        }  # fmt: skip
        spec = self.exchange.spec if self.exchange else None
        refusal = self.gate.refusal(data, spec, datetime.fromtimestamp(now_ms / 1000, _LOCAL).date())
        if refusal:
            verdict = self._verdict(check, data["item"], now_ms, outcome="refused", **_because(refusal, event.place, data["department"]))
            return self._decided(state, check, verdict)
        if self._spec.mode == "landed":
            return self._decided(state, check, self._judged(check, state, data, now_ms))
        return self._ask(state, check, data, now_ms)

    def _ask(self, state: dict[str, Any], check: dict[str, Any], data: Mapping[str, Any], now_ms: int) -> Decision:
        spec = self._spec
        wait = min(spec.deadline, data["respond_within_ms"] or spec.deadline)
        opened = {**check, "due_ms": now_ms + max(wait, 0), "open": True}
        question = {
            "request_id": check["cause"], "exchange": self._id, "item": spec.item, "rule_version": spec.rule_version,
            "asker": data["department"], "purpose": data["purpose"], "legal_basis": data["legal_basis"], "subject": data["subject"],
            "claims": data["claims"], "as_of": data["as_of"], "due": opened["due_ms"],
        }  # fmt: skip
        if spec.mode == "ask":
            return _decision(_with(state, opened), (Output(f"{spec.holder}.question", QUESTION, question, "question"),), {"in": 1})
        opened["parts"] = gather.opened(spec)
        asked = {part["holder"]: gather.claims_for(spec, part["holder"], data["claims"]) for part in opened["parts"]}
        outputs = (Output(f"{name}.question", QUESTION, {**question, "claims": claims}, "question") for name, claims in asked.items())
        return _decision(_with(state, opened), tuple(outputs), {"in": 1})

    def _answer(self, state: dict[str, Any], event: Envelope, now_ms: int) -> Decision:
        data, spec = _data(event), self._spec
        holder = data["holder"]
        if holder not in spec.answerers or event.topic != f"{holder}.answer" or event.department != holder:
            raise Poison(Reason.SOURCE_MISMATCH, event.place, f"{spec.item} is answered by {', '.join(spec.answerers)} only")
        check = state["checks"].get(data["request_id"])
        if check is None:
            raise Poison(Reason.UNASKED_ANSWER, event.place, f"{self._id} has no such request of this subject")
        if not check["open"]:
            return _decision(state, ignored=True)
        if check["parts"]:
            return self._part(state, check, data, now_ms)
        fields = {name: data[name] for name in ("outcome", "mismatched_fields", "flags", "as_of", "source_version")}
        reason = data["reason"] if data["outcome"] == "refused" else None
        why = _because(Refusal(_reason(reason), spec.holder), event.place, spec.holder) if data["outcome"] == "refused" else {}
        verdict = self._verdict(check, spec.item, now_ms, **fields, **why)
        return self._decided(state, check, verdict, entered=False)

    def _part(self, state: dict[str, Any], check: dict[str, Any], data: Mapping[str, Any], now_ms: int) -> Decision:
        if data["holder"] not in gather.awaited(check["parts"]):
            return _decision(state, ignored=True)
        check = {**check, "parts": gather.answered(check["parts"], data)}
        if gather.awaited(check["parts"]):
            return _decision(_with(state, check))
        return self._decided(state, check, self._gathered(check, now_ms), entered=False)

    def _gathered(self, check: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
        spec, parts = self._spec, gather.closed(check["parts"])
        found = gather.combined(spec.combine, parts)
        place = f"{found.holder}.answer"
        why = _because(Refusal(found.reason, found.detail), place, found.holder) if found.reason else {}
        return self._verdict(
            check, spec.item, now_ms, outcome=found.outcome, mismatched_fields=list(found.mismatched_fields), flags=list(found.flags),
            holder=found.holder, source_version=found.source_version, parts=parts, **why,
        )  # fmt: skip

    def _land(self, state: dict[str, Any], event: Envelope) -> Decision:
        data, spec = _data(event), self._spec
        if spec.feed is None or event.topic != spec.feed.topic or event.department != spec.holder:
            raise Poison(Reason.SOURCE_MISMATCH, event.place, f"{self._id} takes no such record")
        version, digest = str(data[spec.feed.version]), hashlib.sha256(event.value).digest()
        held = state["landed_version"]
        if held is not None and version <= held:
            if version == held and digest != state["landed_digest"]:
                raise Poison(Reason.ID_CONFLICT, event.place, "this version of the record came before with other bytes")
            return _decision(state, ignored=True)
        kept = {name: str(data[name]) for name in spec.feed.keep if data[name] is not None}
        return _decision({**state, "landed_version": version, "landed_digest": digest, "landed": kept})

    def _tick(self, state: dict[str, Any], now_ms: int) -> Decision:
        due = sorted((check["due_ms"], name) for name, check in state["checks"].items() if check["due_ms"] <= now_ms)
        outputs: list[Output] = []
        refused = 0
        for _, name in due:
            check = state["checks"][name]
            if check["open"]:
                verdict = self._gathered(check, check["due_ms"]) if check["parts"] else self._silent(check)
                refused += bool(verdict["reason"])
                outputs.append(Output(f"{check['department']}.verdict", VERDICT, verdict, "timeout"))
                state = _with(state, self._closed(check))
            else:
                state = {**state, "checks": {key: each for key, each in state["checks"].items() if key != name}}
        account: dict[Account, int] = {"refused": refused, "delivered": len(outputs) - refused}
        return _decision(state, tuple(outputs), {name: count for name, count in account.items() if count})

    def _silent(self, check: Mapping[str, Any]) -> dict[str, Any]:
        holder = self._spec.holder
        why = _because(Refusal(Reason.HOLDER_SILENT, holder), f"{holder}.answer", holder)
        return self._verdict(check, self._spec.item, check["due_ms"], outcome="timeout", **why)

    def _judged(self, check: Mapping[str, Any], state: Mapping[str, Any], data: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
        landed = state["landed"]
        candidates = [] if landed is None else [{**landed, "version": state["landed_version"]}]
        as_of = dates.iso(data["as_of"]) or date.min  # admission has seen to it that the day exists
        found: Judgement = judge(self._spec.compare, data["subject"], data["claims"], candidates, as_of)
        return self._verdict(
            check, self._spec.item, now_ms, outcome=found.outcome, mismatched_fields=list(found.mismatched_fields),
            flags=list(found.flags), as_of=data["as_of"], source_version=found.source_version,
        )  # fmt: skip

    def _decided(self, state: dict[str, Any], check: dict[str, Any], verdict: dict[str, Any], entered: bool = True) -> Decision:
        account: dict[Account, int] = {"in": 1} if entered else {}
        account["refused" if verdict["reason"] else "delivered"] = 1
        output = Output(f"{check['department']}.verdict", VERDICT, verdict, "verdict")
        return _decision(_with(state, self._closed(check)), (output,), account)

    def _closed(self, check: Mapping[str, Any]) -> dict[str, Any]:
        remember = self.exchange.spec.remember if self.exchange else _REMEMBER_REFUSED
        return {**check, "open": False, "due_ms": check["accepted_ms"] + remember}

    def _verdict(self, check: Mapping[str, Any], item: str, decided_ms: int, **fields: Any) -> dict[str, Any]:
        spec = self.exchange.spec if self.exchange else None
        return {
            "request_id": check["cause"], "department": check["department"], "item": item, "exchange": self._id if spec else None,
            "mismatched_fields": [], "flags": [], "reason": None, "reason_text": None, "owner": None,
            "holder": spec.holder if spec else None, "as_of": None, "source_version": None,
            "rule_version": spec.rule_version if spec else None, "requested_at": check["requested_ms"],
            "accepted_at": check["accepted_ms"], "decided_at": decided_ms, "parts": [], **fields,
        }  # fmt: skip

    @property
    def _spec(self) -> Any:
        if self.exchange is None:
            msg = "no exchange: only requests come here"
            raise ValueError(msg)
        return self.exchange.spec

    @property
    def _id(self) -> str:
        return self.exchange.meta.id if self.exchange else ""


def open_dialogues(state: Mapping[str, Any]) -> int:
    """Requests whose verdict is still owed."""
    return sum(check["open"] for check in state["checks"].values())


def _decision(
    state: dict[str, Any], outputs: tuple[Output, ...] = (), account: Mapping[Account, int] | None = None, ignored: bool = False
) -> Decision:
    due = min((check["due_ms"] for check in state["checks"].values()), default=None)
    empty = not state["checks"] and state["landed_version"] is None
    return Decision(None if empty else state, outputs, due, account or {}, ignored)


def _with(state: Mapping[str, Any], check: Mapping[str, Any]) -> dict[str, Any]:
    return {**state, "checks": {**state["checks"], check["cause"]: dict(check)}}


def _because(refusal: Refusal, place: str, department: str) -> dict[str, str]:
    owner = "gov-data" if refusal.reason.owner == "gov-data" else department
    return {"reason": refusal.reason.value, "reason_text": refusal.text(place), "owner": owner}


def _reason(code: str | None) -> Reason:
    return Reason[code] if code and code in Reason.__members__ else Reason.HOLDER_UNAVAILABLE


def _data(event: Envelope) -> Mapping[str, Any]:
    if event.data is None:
        msg = f"{event.place} was not decoded"
        raise ValueError(msg)
    return event.data
