"""Shape ``verify``: ask the holder of the truth, or several, or compare with a landed record; one verdict a request (design §3, §6).

State is :file:`schemas/avro/gov-data/verify_state.avsc`. A request is remembered from its admission until ``remember`` is over, a refused
one too, so that sending twice has one effect and the same id with other bytes is a conflict. A holder's correction opens decided checks
again (条例 Art 26): the verdict that follows has the next ``revision``.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from agents.declaration import Assist, Exchange, Spec
from agents.shapes import assist, checks, gather, questions, recheck, verdicts
from agents.shapes.admission import Gate, Refusal
from agents.shapes.checks import Check
from agents.shapes.decision import Decision, Output, State, Tick
from agents.shapes.duty import Duties
from govbus.envelope import Envelope
from govbus.errors import Poison
from govbus.ports import BY_PEOPLE, Account
from govbus.reasons import Reason

REQUEST, ANSWER, CORRECTION = (f"gov_data.Proof{name}" for name in ("Request", "Answer", "Correction"))
STATE = "gov_data.VerifyState"
_LOCAL = timezone(timedelta(hours=8))  # a grant's days are days in 吴川
_NOBODY = Assist(when=("no_record",), working_days=1, remind_before=0, role="", escalate_to="gov-data")  # assist was taken out meanwhile

_NO_POSTS = Duties()


@dataclass(frozen=True, slots=True)
class Verify:
    """The shape for one exchange; without one (``exchange`` None) it refuses the requests that no exchange serves."""

    exchange: Exchange | None
    gate: Gate
    duties: Duties = _NO_POSTS

    def decide(self, state: State, event: Envelope | Tick, now_ms: int) -> Decision:
        """What follows from ``event``, a record with its data or a timer, at log time ``now_ms``.

        :raises Poison: the record cannot be used and cannot be answered
        """
        known = state or checks.none()
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
            return checks.decision(state, account={"in": 1, "duplicate": 1}, ignored=True)
        check = checks.made(event, data, digest)
        spec = self.exchange.spec if self.exchange else None
        refusal = self.gate.refusal(data, spec, datetime.fromtimestamp(now_ms / 1000, _LOCAL).date())
        if spec and not refusal:
            tried = checks.admitted(check, spec, data)
            if not checks.too_many(state["checks"], tried, spec.tries):
                return self._admitted(state, tried, data, now_ms)
            refusal = Refusal(Reason.TOO_MANY_TRIES, f"more than {spec.tries}")
        told = verdicts.because(refusal, event.place, data["department"]) if refusal else {}
        verdict = verdicts.made(self.exchange, check, data["item"], now_ms, outcome="refused", **told)
        return verdicts.decided(self.exchange, state, check, verdict)

    def _admitted(self, state: dict[str, Any], check: Check, data: Mapping[str, Any], now_ms: int) -> Decision:
        exchange, spec = self._serving, self._spec
        if spec.mode == "landed":
            return verdicts.decided(exchange, state, check, verdicts.judged(exchange, check, state, data, now_ms))
        wait = min(spec.deadline, data["respond_within_ms"] or spec.deadline)
        opened = {**check, "due_ms": now_ms + max(wait, 0), "open": True, "parts": gather.opened(spec, data["claims"])}
        holders = tuple(part["holder"] for part in opened["parts"]) or spec.answerers
        return checks.decision(checks.put(state, opened), tuple(questions.asked(exchange, opened, data, holders)), {"in": 1})

    def _answer(self, state: dict[str, Any], event: Envelope, now_ms: int) -> Decision:
        data, spec, exchange = _data(event), self._spec, self._serving
        self._holder(event, data["holder"])
        check = state["checks"].get(data["request_id"])
        if check is None:
            raise Poison(Reason.UNASKED_ANSWER, event.place, f"{exchange.meta.id} has no such request of this subject")
        if not check["open"]:
            return checks.decision(state, ignored=True)
        if check["asked"] and data["source_version"] in state["withdrawn"]:
            return recheck.ask_anew(exchange, state, check, data["holder"])
        if check["parts"]:
            return self._part(state, check, data, now_ms)
        if assist.wanted(spec.assist, check, data["outcome"], data["flags"]):
            return questions.to_people(exchange, state, check, data["outcome"], now_ms)
        if check["assist_ms"] and BY_PEOPLE not in data["flags"] and data["outcome"] not in gather.RECORD:
            return checks.decision(state, ignored=True)  # the data has said this before; people have it
        return verdicts.decided(exchange, state, check, verdicts.answered(exchange, check, data, event.place, now_ms), entered=False)

    def _part(self, state: dict[str, Any], check: Check, data: Mapping[str, Any], now_ms: int) -> Decision:
        if data["holder"] not in gather.awaited(check["parts"]):
            return checks.decision(state, ignored=True)
        check = {**check, "parts": gather.answered(check["parts"], data)}
        if gather.awaited(check["parts"]):
            return checks.decision(checks.put(state, check))
        verdict = verdicts.gathered(self._serving, check, now_ms)
        return verdicts.decided(self.exchange, state, check, verdict, entered=False)

    def _correct(self, state: dict[str, Any], event: Envelope, now_ms: int) -> Decision:
        data = _data(event)
        self._holder(event, data["holder"])
        return recheck.corrected(self._serving, state, data, now_ms)

    def _holder(self, event: Envelope, holder: str) -> None:
        allowed, word = self._spec.sources, event.topic.rpartition(".")[2]
        if holder not in allowed or event.topic != f"{holder}.{word}" or event.department != holder:
            raise Poison(Reason.SOURCE_MISMATCH, event.place, f"{self._spec.item} is answered by {', '.join(allowed)} only")

    def _land(self, state: dict[str, Any], event: Envelope) -> Decision:
        data, spec = _data(event), self._spec
        if spec.feed is None or event.topic != spec.feed.topic or event.department != spec.holder:
            raise Poison(Reason.SOURCE_MISMATCH, event.place, f"{self._serving.meta.id} takes no such record")
        version, digest = str(data[spec.feed.version]), hashlib.sha256(event.value).digest()
        held = state["landed_version"]
        if held is not None and version <= held:
            if version == held and digest != state["landed_digest"]:
                raise Poison(Reason.ID_CONFLICT, event.place, "this version of the record came before with other bytes")
            return checks.decision(state, ignored=True)
        kept = {name: str(data[name]) for name in spec.feed.keep if data[name] is not None}
        return checks.decision({**state, "landed_version": version, "landed_digest": digest, "landed": kept})

    def _tick(self, state: dict[str, Any], now_ms: int) -> Decision:
        due = sorted((check["due_ms"], name) for name, check in state["checks"].items() if check["due_ms"] <= now_ms)
        outputs: list[Output] = []
        account: dict[Account, int] = {}
        for _, name in due:
            if not state["checks"][name]["open"]:
                state = checks.without(state, name)
                continue
            decision = self._over(state, state["checks"][name])
            state = decision.state or state
            outputs += decision.outputs
            for each, count in decision.account.items():
                account[each] = account.get(each, 0) + count
        return checks.decision(state, tuple(outputs), account)

    def _over(self, state: dict[str, Any], check: Check) -> Decision:
        """The time of an open check is over: its holder's, or that of the holder's people."""
        exchange, spec, at_ms = self._serving, self._spec, check["due_ms"]
        people = spec.assist or _NOBODY
        if check["assist_ms"] and at_ms < check["assist_ms"]:
            reminded = {**check, "due_ms": check["assist_ms"]}
            return checks.decision(checks.put(state, reminded), (questions.progress(exchange, reminded, "reminded", people.role, at_ms),))
        if assist.wanted(spec.assist, check, "timeout", []):
            return questions.to_people(exchange, state, check, "timeout", at_ms)
        verdict = verdicts.gathered(exchange, check, at_ms) if check["parts"] else verdicts.silent(exchange, check)
        done = verdicts.decided(exchange, state, check, verdict, entered=False, step=checks.step("timeout", check))
        return done._replace(outputs=(*self._escalated(check, people, at_ms), *done.outputs)) if check["assist_ms"] else done

    def _escalated(self, check: Check, people: Assist, at_ms: int) -> tuple[Output, ...]:
        """Its asker is told, and whoever the clock of assisted checks names, with department, role and post."""
        late = assist.overdue(check, self._serving.meta.id, self._spec.holder)
        return (questions.progress(self._serving, check, "escalated", people.escalate_to, at_ms), *self.duties.over(late, at_ms))

    @property
    def _serving(self) -> Exchange:
        if self.exchange is None:
            msg = "no exchange: only requests come here"
            raise ValueError(msg)
        return self.exchange

    @property
    def _spec(self) -> Spec:
        return self._serving.spec


def open_dialogues(state: Mapping[str, Any]) -> int:
    """Requests whose verdict is still owed."""
    return sum(check["open"] for check in state["checks"].values())


def _data(event: Envelope) -> Mapping[str, Any]:
    if event.data is None:
        msg = f"{event.place} was not decoded"
        raise ValueError(msg)
    return event.data
