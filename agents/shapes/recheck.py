"""A holder's correction opens the checks that rest on its old record again (条例 Art 26). Pure."""

from collections.abc import Mapping
from typing import Any

from agents.declaration import Exchange
from agents.shapes import checks, gather, questions, verdicts
from agents.shapes.checks import Check
from agents.shapes.decision import Decision, Output
from govbus.ports import Account

_AGAIN = 3
"""So often a holder is asked anew when its answer rests on a record that it has withdrawn; then it counts as silent."""


def ask_anew(exchange: Exchange, state: Mapping[str, Any], check: Check, holder: str) -> Decision:
    """The answer rests on a record that its holder has withdrawn: it crossed the correction on its way."""
    if check["again"] >= _AGAIN:
        return checks.decision(state, ignored=True)
    check = {**check, "again": check["again"] + 1}
    return checks.decision(checks.put(state, check), tuple(questions.asked(exchange, check, checks.asked(check), [holder])))


def corrected(exchange: Exchange, state: Mapping[str, Any], data: Mapping[str, Any], now_ms: int) -> Decision:
    """Every check that rests on a version which this correction withdraws is decided again; the others stand."""
    old = [version for version in data["old_versions"] if version and version not in state["withdrawn"]]
    if not old or not exchange.spec.recheck:
        return checks.decision(state, ignored=True)
    touched = [each for each in state["checks"].values() if each["asked"] and checks.rests_on(each, old)]
    state = {**state, "withdrawn": checks.withdrawn(state, old)}
    outputs: list[Output] = []
    account: dict[Account, int] = {}
    for check in sorted(touched, key=lambda each: (each["accepted_ms"], each["cause"])):
        state, told = _opened_again(exchange, state, check, data, now_ms)
        outputs += told
        account["in"] = account.get("in", 0) + (not check["open"])
        account["delivered"] = account.get("delivered", 0) + (exchange.spec.mode == "landed")
    return checks.decision(state, tuple(outputs), {name: count for name, count in account.items() if count})


def _opened_again(
    exchange: Exchange, state: Mapping[str, Any], check: Check, data: Mapping[str, Any], now_ms: int
) -> tuple[Mapping[str, Any], tuple[Output, ...]]:
    spec, declared = exchange.spec, checks.asked(check)
    check = {**check, "revision": check["revision"] + (not check["open"]), "corrected_by": data["correction_id"], "again": 0}
    if spec.mode == "landed":
        decision = verdicts.decided(exchange, state, check, verdicts.judged(exchange, check, state, declared, now_ms))
        return decision.state or state, decision.outputs
    due_ms = check["due_ms"] if check["open"] else now_ms + spec.deadline
    check |= {"open": True, "due_ms": due_ms, "parts": gather.reopened(check["parts"], data["holder"])}
    return checks.put(state, check), tuple(questions.asked(exchange, check, declared, [data["holder"]]))
