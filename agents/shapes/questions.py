"""What holders are asked: the question to their data, the task to their people. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from agents.declaration import Exchange
from agents.shapes import assist, checks, gather
from agents.shapes.checks import Check
from agents.shapes.decision import Decision, Output

QUESTION = "gov_data.ProofQuestion"


def asked(exchange: Exchange, check: Check, data: Mapping[str, Any], holders: Iterable[str]) -> Iterator[Output]:
    """The check as a question to each of ``holders``."""
    spec = exchange.spec
    told = {
        "request_id": check["cause"], "exchange": exchange.meta.id, "item": spec.item, "rule_version": spec.rule_version,
        "asker": check["department"], "purpose": data["purpose"], "legal_basis": data["legal_basis"], "subject": data["subject"],
        "claims": data["claims"], "as_of": data["as_of"], "due": check["due_ms"],
    }  # fmt: skip
    for name in holders:
        needed = {"claims": gather.claims_for(spec, name, data["claims"])} if spec.mode == "gather" else {}
        yield Output(f"{name}.question", QUESTION, {**told, **needed}, "question")


def to_people(exchange: Exchange, state: Mapping[str, Any], check: Check, why: str, now_ms: int) -> Decision:
    """The check goes to the holder's people (协查), and its asker is told.

    :param why: the outcome for which it does
    """
    spec = exchange.spec
    if spec.assist is None:
        raise ValueError(why)
    found = assist.due(spec.assist, now_ms)
    check = {**check, "assist_ms": found.value, "due_ms": assist.reminder(spec.assist, now_ms) or found.value}
    (question,) = asked(exchange, check, checks.asked(check), [spec.holder])
    task = assist.task(question.data, spec.holder, why, found, now_ms)._replace(step=checks.step("task", check))
    return checks.decision(checks.put(state, check), (task, progress(exchange, check, "assisted", spec.assist.role, now_ms)))


def progress(exchange: Exchange, check: Check, step: str, role: str, at_ms: int) -> Output:
    """What the asker is told of a check that people have."""
    place = {"item": exchange.spec.item, "exchange": exchange.meta.id, "holder": exchange.spec.holder}
    return assist.progress(check, place, step, role, at_ms)
