"""Facts of a standing: what each source record says, its latest version, whichever came first (:file:`standing_state.avsc`). Pure."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from agents.standing_declaration import StandingExchange
from agents.standing_inputs import Input
from agents.standing_rules import Where
from govbus.envelope import Envelope
from govbus.errors import Poison
from govbus.reasons import Reason

Fact = dict[str, Any]
Facts = Mapping[str, Fact]
_LINK = 32  # a forwarded fact's version: the link's above, the fact's own below


def read(exchange: StandingExchange, event: Envelope, now_ms: int) -> Fact:
    """The fact of a record. What seems to happen after it was known happened when it was known.

    :param now_ms: log time
    """
    name, declared = exchange.spec.by_topic[event.topic]
    data: Mapping[str, Any] = event.data or {}
    if declared.role == "forwarded":
        return dict(data["fact"])
    at = min(data[declared.at], now_ms)
    start = data[declared.start] if declared.start else at
    return {
        "kind": declared.kind or name, "id": str(data[declared.id]), "origin": "", "version": int(data[declared.version]),
        "digest": hashlib.sha256(event.value).digest(), "at": at, "start": start, "end": data[declared.end] if declared.end else None,
        "values": {field: _text(data[field]) for field in declared.keep}, "source": declared.word_of or event.department,
        "division": data.get("division", ""),
        "place": event.place, "known": now_ms, "withdrawn": fits(data, declared.withdrawn) if declared.withdrawn else False,
    }  # fmt: skip


def put(facts: Facts, fact: Fact, place: str) -> Facts:
    """The facts with this one; the very same facts when it says nothing new.

    :raises Poison: ID_CONFLICT, this version came before with other bytes
    """
    key = name_of(fact)
    held = facts.get(key)
    if held is None or held["version"] < fact["version"]:
        known = min(held["known"], fact["known"]) if held else fact["known"]  # a clock runs from when it was first known
        return {**facts, key: {**fact, "known": known}}
    if held["version"] == fact["version"] and held["digest"] != fact["digest"]:
        raise Poison(Reason.ID_CONFLICT, place, f"this version of the {fact['kind']} came before with other bytes")
    return facts


def bare(fact: Fact) -> str:
    """``<kind>:<id>``, as orders and officers name it."""
    return f"{fact['kind']}:{fact['id']}"


def name_of(fact: Fact) -> str:
    """Its name among the facts of one subject."""
    return f"{fact['origin']}|{bare(fact)}" if fact["origin"] else bare(fact)


def of_role(exchange: StandingExchange, facts: Facts, role: str) -> list[Fact]:
    """Facts that stand, of one role, in a fixed order."""
    inputs: Mapping[str, Input] = exchange.spec.inputs
    return [facts[key] for key in sorted(facts) if inputs[facts[key]["kind"]].role == role and not facts[key]["withdrawn"]]


def fits(values: Mapping[str, Any], where: Where) -> bool:
    """Whether each field has one of its values."""
    return all(_text(values.get(field, "")) in allowed for field, allowed in where.items())


def handed_on(exchange: StandingExchange, facts: Facts, own: str) -> Iterable[tuple[str, Fact]]:
    """What linked subjects shall know, as (target, fact); withdrawn where the link was undone (unmerge)."""
    links = [fact for fact in facts.values() if exchange.spec.inputs[fact["kind"]].role == "link"]
    for link in sorted(links, key=name_of):
        target = link["values"]["target"]
        for key in sorted(facts):
            fact = facts[key]
            passed = fact["origin"].split("|") if fact["origin"] else []
            if fact in links or target in (*passed, own):
                continue  # it came from there; two keys may be linked both ways
            version = (link["version"] << _LINK) | (fact["version"] & ((1 << _LINK) - 1))
            origin = "|".join([own, *passed])
            yield target, {**fact, "origin": origin, "version": version, "withdrawn": fact["withdrawn"] or link["withdrawn"]}


def _text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else "" if value is None else str(value)
