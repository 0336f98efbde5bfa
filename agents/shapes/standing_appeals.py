"""Appeals run a clock of the law: it starts when one is filed, ends when people decide, and its lateness is told once. Pure."""

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from agents.shapes.standing_facts import Facts, bare, of_role
from agents.standing_declaration import StandingExchange
from govbus.clocks.calendar import Calendar
from govbus.clocks.clock import Standing, standing
from govbus.clocks.declared import Clock, load_clocks
from govbus.clocks.events import Done, Event, Started


class Open(NamedTuple):
    """An appeal that nobody has decided yet, and where its clock stands."""

    appeal: str
    assertion: str
    clock: Standing


@cache
def calendar() -> Calendar:
    """The calendar of this process."""
    return Calendar.load()


@cache
def clocks() -> Mapping[str, Clock]:
    """The clocks of this process."""
    return load_clocks()


def undecided(exchange: StandingExchange, facts: Facts, now_ms: int) -> Iterator[Open]:
    """Appeals without a decision, each with its clock reckoned anew."""
    decided = {each["id"]: each for each in of_role(exchange, facts, "decision")}
    term = clocks()[exchange.spec.appeals.clock].term
    for each in of_role(exchange, facts, "appeal"):
        events: list[Event] = [Started(id=bare(each), at=each["at"], known=each["known"], calendar=calendar().version)]
        if done := decided.get(each["id"]):
            events.append(Done(id=bare(done), at=done["at"], known=done["known"]))
        found = standing(term, events, now_ms, calendar()) if term else None
        if found and not done:
            yield Open(each["id"], each["values"]["assertion_id"], found)


def notice(exchange: StandingExchange, late: Open, now_ms: int) -> dict[str, Any]:
    """The record that tells of a late appeal (:file:`standing_notice.avsc`)."""
    clock = clocks()[exchange.spec.appeals.clock]
    return {
        "exchange": exchange.meta.id, "notice": "appeal_overdue", "about": late.appeal, "clock": clock.id, "owner": clock.owner,
        "tell": [step.to for step in clock.expiry], "late_from": late.clock.late_from, "decided_at": now_ms,
    }  # fmt: skip


def late(exchange: StandingExchange, facts: Facts, told: Collection[str], now_ms: int) -> list[Open]:
    """Appeals that are late and were not told yet."""
    found = undecided(exchange, facts, now_ms)
    return [each for each in found if each.clock.late_from is not None and each.clock.late_from <= now_ms and each.appeal not in told]


def next_ms(exchange: StandingExchange, facts: Facts, now_ms: int) -> int | None:
    """When the next open appeal becomes late."""
    moments = (each.clock.late_from for each in undecided(exchange, facts, now_ms))
    return min((moment for moment in moments if moment is not None and moment > now_ms), default=None)
