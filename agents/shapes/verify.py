"""Shape ``verify``: ask the holder of the truth, or several, or compare with a landed record; one verdict a request (design §3, §6).

State is :file:`schemas/avro/gov-data/verify_state.avsc`. A request is remembered from its admission until ``remember`` is over, a refused
one too, so that sending twice has one effect and the same id with other bytes is a conflict. A holder's correction opens decided checks
again (条例 Art 26): the verdict that follows has the next ``revision``.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

from agents.declaration import Assist, Combine, Exchange, Spec
from agents.shapes import assist, checks, gather
from agents.shapes.admission import Gate, Refusal
from agents.shapes.checks import Check
from agents.shapes.decision import Decision, Output, State, Tick
from govbus.envelope import Envelope
from govbus.errors import Poison
from govbus.identity import dates
from govbus.identity.compare import Judgement, judge
from govbus.ports import BY_PEOPLE, Account
from govbus.reasons import Reason

REQUEST, QUESTION, ANSWER, CORRECTION, VERDICT = (
    f"gov_data.Proof{name}" for name in ("Request", "Question", "Answer", "Correction", "Verdict")
)
STATE = "gov_data.VerifyState"
_LOCAL = timezone(timedelta(hours=8))  # a grant's days are days in 吴川
_REMEMBER_REFUSED = 604_800_000
_AGAIN = 3
"""So often a holder is asked anew when its answer rests on a record that it has withdrawn; then it counts as silent."""

_NOBODY = Assist(on=("no_record",), working_days=1, remind_before=0, role="", escalate_to="gov-data")  # assist was taken out meanwhile
_ALL = Combine(rule="each")  # of a check that was opened before its exchange stopped gathering


@dataclass(frozen=True, slots=True)
class Verify:
    """The shape for one exchange; without one (``exchange`` None) it refuses the requests that no exchange serves."""

    exchange: Exchange | None
    gate: Gate

    def decide(self, state: State, event: Envelope | Tick, now_ms: int) -> Decision:
        """What follows from ``event``, a record with its data or a timer, at log time ``now_ms``.

        :raises Poison: the record cannot be used and cannot be answered
        """
        known: dict[str, Any] = state or {
            "checks": {}, "landed_version": None, "landed_digest": None, "landed": None, "withdrawn": [],
        }  # fmt: skip
        if isinstance(event, Tick):
            return self._tick(known, now_ms)
        if event.type == REQUEST:
            return self._request(known, event, now_ms)
        if event.type == ANSWER:
            return self._answer(known, event, now_ms)
        return self._correct(known, event, now_ms) if event.type == CORRECTION else self._land(known, event)

    def _request(self, state: dict[str, Any], event: Envelope, now_ms: int) -> Decision:
        data, digest = _data(event), hashlib.sha256(event.value).digest()
        self.gate.sender(event, data)
        before = state["checks"].get(event.id)
        if before is not None:
            if before["digest"] != digest:
                raise Poison(Reason.ID_CONFLICT, event.place, "this request id came before with other bytes")
            return _decision(state, account={"in": 1, "duplicate": 1}, ignored=True)
        check = checks.made(event, data, digest)
        spec = self.exchange.spec if self.exchange else None
        refusal = self.gate.refusal(data, spec, datetime.fromtimestamp(now_ms / 1000, _LOCAL).date())
        if spec and not refusal:
            tried = checks.admitted(check, spec, data)
            if not checks.too_many(state["checks"], tried, spec.tries):
                return self._admitted(state, tried, data, now_ms)
            refusal = Refusal(Reason.TOO_MANY_TRIES, f"more than {spec.tries}")
        told = _because(refusal, event.place, data["department"]) if refusal else {}
        return self._decided(state, check, self._verdict(check, data["item"], now_ms, outcome="refused", **told))

    def _admitted(self, state: dict[str, Any], check: Check, data: Mapping[str, Any], now_ms: int) -> Decision:
        spec = self._spec
        if spec.mode == "landed":
            return self._decided(state, check, self._judged(check, state, data, now_ms))
        wait = min(spec.deadline, data["respond_within_ms"] or spec.deadline)
        opened = {**check, "due_ms": now_ms + max(wait, 0), "open": True, "parts": gather.opened(spec, data["claims"])}
        holders = tuple(part["holder"] for part in opened["parts"]) or spec.answerers
        return _decision(_with(state, opened), tuple(self._questions(opened, data, holders)), {"in": 1})

    def _questions(self, check: Check, data: Mapping[str, Any], holders: Iterable[str]) -> Iterable[Output]:
        spec = self._spec
        asked = {
            "request_id": check["cause"], "exchange": self._id, "item": spec.item, "rule_version": spec.rule_version,
            "asker": check["department"], "purpose": data["purpose"], "legal_basis": data["legal_basis"], "subject": data["subject"],
            "claims": data["claims"], "as_of": data["as_of"], "due": check["due_ms"],
        }  # fmt: skip
        for name in holders:
            needed = {"claims": gather.claims_for(spec, name, data["claims"])} if spec.mode == "gather" else {}
            yield Output(f"{name}.question", QUESTION, {**asked, **needed}, "question")

    def _answer(self, state: dict[str, Any], event: Envelope, now_ms: int) -> Decision:
        data, spec = _data(event), self._spec
        self._holder(event, data["holder"])
        check = state["checks"].get(data["request_id"])
        if check is None:
            raise Poison(Reason.UNASKED_ANSWER, event.place, f"{self._id} has no such request of this subject")
        if not check["open"]:
            return _decision(state, ignored=True)
        if check["asked"] and data["source_version"] in state["withdrawn"]:
            return self._ask_anew(state, check, data["holder"])
        if check["parts"]:
            return self._part(state, check, data, now_ms)
        if assist.wanted(spec.assist, check, data["outcome"], data["flags"]):
            return self._to_people(state, check, data["outcome"], now_ms)
        if check["assist_ms"] and BY_PEOPLE not in data["flags"] and data["outcome"] not in gather.RECORD:
            return _decision(state, ignored=True)  # the data has said this before; people have it
        fields = {name: data[name] for name in ("outcome", "mismatched_fields", "flags", "as_of", "source_version")}
        reason = data["reason"] if data["outcome"] == "refused" else None
        why = _because(Refusal(gather.reason_of(reason), spec.holder), event.place, spec.holder) if data["outcome"] == "refused" else {}
        return self._decided(state, check, self._verdict(check, spec.item, now_ms, **fields, **why), entered=False)

    def _to_people(self, state: dict[str, Any], check: Check, why: str, now_ms: int) -> Decision:
        spec = self._spec
        if spec.assist is None:
            raise ValueError(why)
        found = assist.due(spec.assist, now_ms)
        check = {**check, "assist_ms": found.value, "due_ms": assist.reminder(spec.assist, now_ms) or found.value, "reminded": False}
        (question,) = self._questions(check, _asked(check), [spec.holder])
        outputs = (assist.task(question.data, spec.holder, why, found, now_ms), self._progress(check, "assisted", spec.assist.role, now_ms))
        return _decision(_with(state, check), outputs)

    def _progress(self, check: Check, step: str, role: str, at_ms: int) -> Output:
        spec = self._spec
        place = {"item": spec.item, "exchange": self._id, "holder": spec.holder}
        return assist.progress(check, place, step, role, at_ms)

    def _holder(self, event: Envelope, holder: str) -> None:
        allowed, word = self._spec.answerers or (self._spec.holder,), event.topic.rpartition(".")[2]
        if holder not in allowed or event.topic != f"{holder}.{word}" or event.department != holder:
            raise Poison(Reason.SOURCE_MISMATCH, event.place, f"{self._spec.item} is answered by {', '.join(allowed)} only")

    def _ask_anew(self, state: dict[str, Any], check: Check, holder: str) -> Decision:
        """The answer rests on a record that its holder has withdrawn: it crossed the correction on its way."""
        if check["again"] >= _AGAIN:
            return _decision(state, ignored=True)
        check = {**check, "again": check["again"] + 1}
        return _decision(_with(state, check), tuple(self._questions(check, _asked(check), [holder])))

    def _part(self, state: dict[str, Any], check: Check, data: Mapping[str, Any], now_ms: int) -> Decision:
        if data["holder"] not in gather.awaited(check["parts"]):
            return _decision(state, ignored=True)
        check = {**check, "parts": gather.answered(check["parts"], data)}
        if gather.awaited(check["parts"]):
            return _decision(_with(state, check))
        return self._decided(state, check, self._gathered(check, now_ms), entered=False)

    def _gathered(self, check: Check, now_ms: int) -> dict[str, Any]:
        spec, parts = self._spec, gather.closed(check["parts"])
        found = gather.combined(spec.combine or _ALL, parts)
        place = f"{found.holder}.answer"
        why = _because(Refusal(found.reason, found.detail), place, found.holder) if found.reason else {}
        return self._verdict(
            check, spec.item, now_ms, outcome=found.outcome, mismatched_fields=list(found.mismatched_fields), flags=list(found.flags),
            holder=found.holder, source_version=found.source_version, parts=parts, **why,
        )  # fmt: skip

    def _correct(self, state: dict[str, Any], event: Envelope, now_ms: int) -> Decision:
        data = _data(event)
        self._holder(event, data["holder"])
        old = [version for version in data["old_versions"] if version and version not in state["withdrawn"]]
        if not old or not self._spec.recheck:
            return _decision(state, ignored=True)
        touched = [each for each in state["checks"].values() if each["asked"] and checks.rests_on(each, old)]
        state = {**state, "withdrawn": checks.withdrawn(state, old)}
        outputs: list[Output] = []
        account: dict[Account, int] = {}
        for check in sorted(touched, key=lambda each: (each["accepted_ms"], each["cause"])):
            state, told = self._opened_again(state, check, data, now_ms)
            outputs += told
            account["in"] = account.get("in", 0) + (not check["open"])
            account["delivered"] = account.get("delivered", 0) + (self._spec.mode == "landed")
        return _decision(state, tuple(outputs), {name: count for name, count in account.items() if count})

    def _opened_again(
        self, state: dict[str, Any], check: Check, data: Mapping[str, Any], now_ms: int
    ) -> tuple[dict[str, Any], list[Output]]:
        spec, asked = self._spec, _asked(check)
        check = {**check, "revision": check["revision"] + (not check["open"]), "corrected_by": data["correction_id"], "again": 0}
        if spec.mode == "landed":
            decision = self._decided(state, check, self._judged(check, state, asked, now_ms))
            return decision.state or state, list(decision.outputs)
        due_ms = check["due_ms"] if check["open"] else now_ms + spec.deadline
        check |= {"open": True, "due_ms": due_ms, "parts": gather.reopened(check["parts"], data["holder"])}
        return _with(state, check), list(self._questions(check, asked, [data["holder"]]))

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
        account: dict[Account, int] = {}
        for _, name in due:
            if not state["checks"][name]["open"]:
                state = {**state, "checks": {key: each for key, each in state["checks"].items() if key != name}}
                continue
            decision = self._over(state, state["checks"][name])
            state = decision.state or state
            outputs += decision.outputs
            for each, count in decision.account.items():
                account[each] = account.get(each, 0) + count
        return _decision(state, tuple(outputs), account)

    def _over(self, state: dict[str, Any], check: Check) -> Decision:
        """The time of an open check is over: its holder's, or that of the holder's people."""
        spec, at_ms = self._spec, check["due_ms"]
        people = spec.assist or _NOBODY
        if check["assist_ms"] and at_ms < check["assist_ms"]:
            reminded = {**check, "reminded": True, "due_ms": check["assist_ms"]}
            return _decision(_with(state, reminded), (self._progress(reminded, "reminded", people.role, at_ms),))
        if assist.wanted(spec.assist, check, "timeout", []):
            return self._to_people(state, check, "timeout", at_ms)
        verdict = self._gathered(check, at_ms) if check["parts"] else self._silent(check)
        told = [self._progress(check, "escalated", people.escalate_to, at_ms)] if check["assist_ms"] else []
        output = Output(f"{check['department']}.verdict", VERDICT, verdict, "timeout")
        account: Mapping[Account, int] = {"refused" if verdict["reason"] else "delivered": 1}
        return _decision(_with(state, self._closed(check, verdict)), (*told, output), account)

    def _silent(self, check: Check) -> dict[str, Any]:
        holder = self._spec.holder
        reason = Reason.ASSIST_OVERDUE if check["assist_ms"] else Reason.HOLDER_SILENT
        why = _because(Refusal(reason, holder), f"{holder}.answer", holder)
        return self._verdict(check, self._spec.item, check["due_ms"], outcome="timeout", **why)

    def _judged(self, check: Check, state: Mapping[str, Any], data: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
        landed = state["landed"]
        candidates = [] if landed is None else [{**landed, "version": state["landed_version"]}]
        as_of = dates.iso(data["as_of"]) or date.min  # admission has seen to it that the day exists
        found: Judgement = judge(self._spec.compare, data["subject"], data["claims"], candidates, as_of)
        return self._verdict(
            check, self._spec.item, now_ms, outcome=found.outcome, mismatched_fields=list(found.mismatched_fields),
            flags=list(found.flags), as_of=data["as_of"], source_version=found.source_version,
        )  # fmt: skip

    def _decided(self, state: dict[str, Any], check: Check, verdict: dict[str, Any], entered: bool = True) -> Decision:
        account: dict[Account, int] = {"in": 1} if entered else {}
        account["refused" if verdict["reason"] else "delivered"] = 1
        output = Output(f"{check['department']}.verdict", VERDICT, verdict, "verdict")
        return _decision(_with(state, self._closed(check, verdict)), (output,), account)

    def _closed(self, check: Check, verdict: Mapping[str, Any]) -> Check:
        spec = self.exchange.spec if self.exchange else None
        keep = max(spec.remember, spec.recheck if check["asked"] else 0) if spec else _REMEMBER_REFUSED
        versions = {verdict["source_version"], *(part["source_version"] for part in verdict["parts"])} - {None, ""}
        due_ms = max(check["accepted_ms"] + keep, verdict["decided_at"])
        return {**check, "open": False, "due_ms": due_ms, "assist_ms": 0, "parts": verdict["parts"], "versions": sorted(versions)}

    def _verdict(self, check: Check, item: str, decided_ms: int, **fields: Any) -> dict[str, Any]:
        spec = self.exchange.spec if self.exchange else None
        return {
            "request_id": check["cause"], "department": check["department"], "item": item, "exchange": self._id if spec else None,
            "mismatched_fields": [], "flags": [], "reason": None, "reason_text": None, "owner": None,
            "holder": spec.holder if spec else None, "as_of": None, "source_version": None,
            "rule_version": spec.rule_version if spec else None, "requested_at": check["requested_ms"],
            "accepted_at": check["accepted_ms"], "decided_at": decided_ms, "parts": [], "revision": check["revision"],
            "corrected_by": check["corrected_by"], **fields,
        }  # fmt: skip

    @property
    def _spec(self) -> Spec:
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


def _with(state: Mapping[str, Any], check: Check) -> dict[str, Any]:
    return {**state, "checks": {**state["checks"], check["cause"]: dict(check)}}


def _asked(check: Check) -> dict[str, Any]:
    """What was asked, in the form of a request's data."""
    kept: Mapping[str, Any] = check["asked"] or {}
    subject = {name: kept[name] for name in ("id_type", "id_no", "name")}
    return {"subject": subject, **{name: kept[name] for name in ("claims", "purpose", "legal_basis", "as_of")}}


def _because(refusal: Refusal, place: str, department: str) -> dict[str, str]:
    owner = "gov-data" if refusal.reason.owner == "gov-data" else department
    return {"reason": refusal.reason.value, "reason_text": refusal.text(place), "owner": owner}


def _data(event: Envelope) -> Mapping[str, Any]:
    if event.data is None:
        msg = f"{event.place} was not decoded"
        raise ValueError(msg)
    return event.data
