"""What became of each assertion goes back to the department whose record made it (闭环): once, with its number and the order. Pure.

Nothing is told of other assertions, nor of the level they come to: whoever reported a contact is no reader of test results.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from agents.shapes.decision import Output
from agents.shapes.standing_assertions import Assertion
from agents.shapes.standing_facts import Fact, Facts, bare
from agents.shapes.standing_view import View
from agents.standing_declaration import StandingExchange

RECORD = "gov_data.StandingDisposal"
_COUNTING = ("active", "suppressed")


def counting(exchange: StandingExchange, found: View) -> dict[str, str]:
    """The subject's own assertions that have begun and are not over, each with where it stands, for the next :func:`disposed`."""
    if not exchange.spec.disposals:
        return {}
    return {each.id: each.state(found.now_ms) for each in _own(found) if each.state(found.now_ms) in _COUNTING}


def disposed(exchange: StandingExchange, before: Mapping[str, str], facts: Facts, found: View, about: str) -> Iterator[Output]:
    """A :file:`standing_disposal.avsc` for each assertion that stood elsewhere before, to its source.

    :param before: what :func:`counting` gave last
    """
    now = {each.id: each for each in _own(found)}
    for name in sorted({*before, *now} if exchange.spec.disposals else ()):
        what, order = _became(before.get(name, ""), now.get(name), facts.get(name.rpartition("/")[0]), found.now_ms)
        fact = now[name].fact if name in now else facts.get(name.rpartition("/")[0])
        topic = exchange.disposal_topic(fact["kind"], fact["source"]) if fact else ""
        if what and fact and topic:
            data = _record(exchange, name, fact, found.now_ms) | {"what": what, "order": order}
            yield Output(topic, RECORD, data, f"disposal-{name}-{what}-{found.now_ms}", about)


def _own(found: View) -> Iterator[Assertion]:
    """Without those of a merged key: its own standing tells of them."""
    return (each for each in found.assertions if not each.fact["origin"])


def _became(before: str, each: Assertion | None, fact: Fact | None, now_ms: int) -> tuple[str, str]:
    """What happened to it, and by whose order; empty: nothing that its source does not know."""
    if each is None:
        return ("retracted" if fact is None or fact["withdrawn"] else "changed", "")
    state = each.state(now_ms)
    if state == "suppressed" and before != "suppressed":
        return "suppressed", each.suppressed_by(now_ms)
    if not before or state == before:
        return "", ""
    return {"active": "resumed", "pending": "changed"}.get(state, state), each.released_by if state == "released" else ""


def _record(exchange: StandingExchange, name: str, fact: Fact, now_ms: int) -> dict[str, Any]:
    number = fact["values"].get(exchange.spec.inputs[fact["kind"]].known_as) or fact["id"]
    return {
        "exchange": exchange.meta.id, "assertion": name, "fact": bare(fact), "number": number, "version": fact["version"],
        "position": fact["place"],
        "decided_at": now_ms,
    }  # fmt: skip
