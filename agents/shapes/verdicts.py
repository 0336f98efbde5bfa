"""What a check comes to: its verdict record, and the state that is kept of it afterwards. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from agents.declaration import Combine, Exchange
from agents.shapes import checks, gather, reports
from agents.shapes.admission import Refusal
from agents.shapes.checks import Check
from agents.shapes.decision import Decision, Output
from govbus.identity import dates
from govbus.identity.compare import judge
from govbus.ports import Account
from govbus.reasons import Reason

VERDICT = "gov_data.ProofVerdict"
_REMEMBER_REFUSED = 604_800_000
_ALL = Combine(rule="each")  # of a check that was opened before its exchange stopped gathering


def decided(
    exchange: Exchange | None,
    state: Mapping[str, Any],
    check: Check,
    verdict: Mapping[str, Any],
    entered: bool = True,
    step: str = "verdict",
) -> Decision:
    """The check is over, with this verdict.

    :param entered: the request is booked as come in by this event
    """
    account: dict[Account, int] = {"in": 1} if entered else {}
    account["refused" if verdict["reason"] else "delivered"] = 1
    output = Output(f"{check['department']}.verdict", VERDICT, verdict, step)
    told = (output, *reports.for_cases(exchange, check, verdict))
    return checks.decision(checks.put(state, _closed(exchange, check, verdict)), told, account)


def _closed(exchange: Exchange | None, check: Check, verdict: Mapping[str, Any]) -> Check:
    spec = exchange.spec if exchange else None
    keep = max(spec.remember, spec.recheck if check["asked"] else 0) if spec else _REMEMBER_REFUSED
    versions = {verdict["source_version"], *(part["source_version"] for part in verdict["parts"])} - {None, ""}
    due_ms = max(check["accepted_ms"] + keep, verdict["decided_at"])
    return {**check, "open": False, "due_ms": due_ms, "assist_ms": 0, "parts": verdict["parts"], "versions": sorted(versions)}


def made(exchange: Exchange | None, check: Check, item: str, decided_ms: int, **fields: Any) -> dict[str, Any]:
    """A verdict's data: what is the same for all, and these fields."""
    spec = exchange.spec if exchange else None
    return {
        "request_id": check["cause"], "department": check["department"], "item": item, "exchange": exchange.meta.id if exchange else None,
        "mismatched_fields": [], "flags": [], "reason": None, "reason_text": None, "owner": None,
        "holder": spec.holder if spec else None, "as_of": None, "source_version": None,
        "rule_version": spec.rule_version if spec else None, "requested_at": check["requested_ms"],
        "accepted_at": check["accepted_ms"], "decided_at": decided_ms, "parts": [], "revision": check["revision"],
        "corrected_by": check["corrected_by"], **fields,
    }  # fmt: skip


def answered(exchange: Exchange, check: Check, data: Mapping[str, Any], place: str, now_ms: int) -> dict[str, Any]:
    """The verdict of the one holder's answer."""
    spec = exchange.spec
    fields = {name: data[name] for name in ("outcome", "mismatched_fields", "flags", "as_of", "source_version")}
    if data["outcome"] == "refused":
        fields |= because(Refusal(gather.reason_of(data["reason"]), spec.holder), place, spec.holder)
    return made(exchange, check, spec.item, now_ms, **fields)


def gathered(exchange: Exchange, check: Check, now_ms: int) -> dict[str, Any]:
    """The verdict of several holders' answers; whoever is awaited still has been silent."""
    spec, parts = exchange.spec, gather.closed(check["parts"])
    found = gather.combined(spec.combine or _ALL, parts)
    why = because(Refusal(found.reason, found.detail), f"{found.holder}.answer", found.holder) if found.reason else {}
    return made(
        exchange, check, spec.item, now_ms, outcome=found.outcome, mismatched_fields=list(found.mismatched_fields),
        flags=list(found.flags), holder=found.holder, source_version=found.source_version, parts=parts, **why,
    )  # fmt: skip


def silent(exchange: Exchange, check: Check) -> dict[str, Any]:
    """The verdict of a check whose holder, or whose holder's people, said nothing in time. Never a "no" (domain notes D6)."""
    holder = exchange.spec.holder
    reason = Reason.ASSIST_OVERDUE if check["assist_ms"] else Reason.HOLDER_SILENT
    why = because(Refusal(reason, holder), f"{holder}.answer", holder)
    return made(exchange, check, exchange.spec.item, check["due_ms"], outcome="timeout", **why)


def judged(exchange: Exchange, check: Check, state: Mapping[str, Any], data: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
    """The verdict of the landed record."""
    spec, landed = exchange.spec, state["landed"]
    candidates = [] if landed is None else [{**landed, "version": state["landed_version"]}]
    as_of = dates.iso(data["as_of"]) or date.min  # admission has seen to it that the day exists
    found = judge(spec.compare, data["subject"], data["claims"], candidates, as_of)
    return made(
        exchange, check, spec.item, now_ms, outcome=found.outcome, mismatched_fields=list(found.mismatched_fields),
        flags=list(found.flags), as_of=data["as_of"], source_version=found.source_version,
    )  # fmt: skip


def because(refusal: Refusal, place: str, department: str) -> dict[str, str]:
    """Reason code, words and owner: whoever has to act."""
    owner = "gov-data" if refusal.reason.owner == "gov-data" else department
    return {"reason": refusal.reason.value, "reason_text": refusal.text(place), "owner": owner}
