"""What may not move a standing at all: the wrong sender, no order, no reason of the closed list, one pair of eyes (domain notes E1, E4)."""

from collections.abc import Mapping
from typing import Any

from agents.shapes.standing_facts import Fact, Facts, name_of
from agents.standing_declaration import StandingExchange, StandingSpec
from agents.standing_inputs import Input, Round
from govbus.envelope import Envelope
from govbus.errors import Poison
from govbus.reasons import Reason


def sender(event: Envelope, declared: Input | Round) -> None:
    """Check who speaks: :raises Poison: SOURCE_MISMATCH, the topic is another department's."""
    if event.department != declared.sender:
        raise Poison(Reason.SOURCE_MISMATCH, event.place, f"{event.topic} is written by {declared.sender} only")


def form(event: Envelope, declared: Input) -> None:
    """Check closed lists and what an order needs.

    :raises Poison: UNKNOWN_CODE, NO_REASON_CLASS, NO_ORDER or FOUR_EYES
    """
    data: Mapping[str, Any] = event.data or {}
    for field, allowed in declared.codes.items():
        if data[field] not in allowed:
            reason = Reason.NO_REASON_CLASS if field == declared.why else Reason.UNKNOWN_CODE
            raise Poison(reason, event.place, f"{field} is none of {', '.join(allowed)}")
    if missing := [field for field in declared.needs if not str(data[field]).strip()]:
        raise Poison(Reason.NO_ORDER, event.place, f"{', '.join(missing)} is empty")
    if {"operator", "approver"} <= set(declared.needs) and data["operator"].strip().upper() == data["approver"].strip().upper():
        raise Poison(Reason.FOUR_EYES, event.place, "operator and approver are the same staff code")


def subject(exchange: StandingExchange, event: Envelope, now_ms: int) -> None:
    """Check a record about a subject before it becomes a fact; looks at no other fact, so that the order of arrival changes nothing.

    :raises Poison: as :func:`sender` and :func:`form`; BAD_KEY, NO_RULE, and what :func:`_override` and :func:`_target` refuse
    """
    name, declared = exchange.spec.by_topic[event.topic]
    data: Mapping[str, Any] = event.data or {}
    sender(event, declared)
    form(event, declared)
    if declared.role == "forwarded":
        return
    if "person_key" in data and data["person_key"].encode() != event.key:
        raise Poison(Reason.BAD_KEY, event.place, "the record's key is not the person it names")
    if declared.role == "link" and data["target"].encode() == event.key:
        raise Poison(Reason.BAD_KEY, event.place, "a person cannot be merged with itself")
    if declared.role == "override":
        _override(exchange, event.place, data)
    if declared.role in ("appeal", "decision"):
        _target(exchange, event.place, data["assertion_id"])
    at = min(data[declared.at], now_ms)
    if (declared.kind or name) in exchange.ruled and exchange.judge(data.get("division", ""), at, now_ms) is None:
        raise Poison(Reason.NO_RULE, event.place, f"no rule set of {exchange.meta.id} covers it")


def age(spec: StandingSpec, ruled: frozenset[str], facts: Facts, fact: Fact, place: str, now_ms: int) -> None:
    """Check that a fact which is not held is not one that was over and forgotten. :raises Poison: TOO_OLD."""
    last = max(fact["at"], fact["start"], fact["end"] or 0)
    if fact["kind"] in ruled and not fact["origin"] and name_of(fact) not in facts and last + spec.remember <= now_ms:
        raise Poison(Reason.TOO_OLD, place, f"{fact['kind']} of more than {spec.remember // 86_400_000} days ago")


def _override(exchange: StandingExchange, place: str, data: Mapping[str, Any]) -> None:
    spec = exchange.spec
    if data["action"] == "withdrawn":
        return
    if data["valid_to"] is None or not 0 < data["valid_to"] - data["valid_from"] <= spec.overrides.longest:
        raise Poison(Reason.NO_TIME_LIMIT, place, f"valid_to is at most {spec.overrides.longest // 86_400_000} days after valid_from")
    if data["action"] == "suppress":
        if not exchange.known_rules[_target(exchange, place, data["target"])]:
            raise Poison(Reason.NOT_OVERRIDABLE, place, "the target's rule does not allow it")
    elif data["level"] not in [level.id for level in spec.worse]:
        raise Poison(
            Reason.NOT_OVERRIDABLE, place, "only a level worse than the base can be added; to better it, name what is to be suppressed"
        )
    elif data["reason_class"] not in spec.reason_classes:
        raise Poison(Reason.NO_REASON_CLASS, place, "reason_class is not on the closed list")


def _target(exchange: StandingExchange, place: str, assertion_id: str) -> str:
    """The rule in an assertion's id, ``<kind>:<id>/<rule>``."""
    source, _, rule = assertion_id.rpartition("/")
    if rule not in exchange.known_rules or source.partition(":")[0] not in exchange.spec.inputs:
        raise Poison(Reason.UNKNOWN_ASSERTION, place, "the id is not <kind>:<id>/<rule> of this exchange")
    return rule
