"""What the agents that check tell those that keep cases: what a check came to that names a case, and holders that disagree. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agents.declaration import Exchange
from agents.shapes.case_ids import exchange_of
from agents.shapes.checks import Check
from agents.shapes.decision import Output
from agents.shapes.gather import RECORD
from govbus.envelope import event_id
from govbus.reasons import Reason

TOPIC, CHECKED = "bus.case-check", "gov_data.CaseChecked"


def for_cases(exchange: Exchange | None, check: Check, verdict: Mapping[str, Any]) -> Iterator[Output]:
    """Records for the case that the request named, and for a review where the exchange declares one and two holders' records differ."""
    if check["case_id"]:
        yield _report(check["case_id"], exchange_of(check["case_id"]), verdict, [])
    if exchange and exchange.spec.review and verdict["reason"] == Reason.HOLDERS_DISAGREE:
        # a request's id is its department's own and may be longer than a header takes
        case_id = f"{exchange.spec.review}.{event_id(check['cause'], exchange.spec.review)}"
        yield _report(case_id, exchange.spec.review, verdict, [part["holder"] for part in verdict["parts"] if part["outcome"] in RECORD])


def _report(case_id: str, exchange: str, verdict: Mapping[str, Any], conflict: Sequence[str]) -> Output:
    told = {name: verdict[name] for name in ("department", "item", "request_id", "outcome", "mismatched_fields", "revision", "decided_at")}
    data = {**told, "case_id": case_id, "exchange": exchange, "conflict": list(conflict)}
    return Output(TOPIC, CHECKED, data, f"case-check-{verdict['revision']}-{exchange}")
