"""Badges: fields beside the level, each from the latest record of one kind, each with its own time (多码融合, domain notes E3). Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from agents.shapes.standing_facts import Fact, Facts, fits, name_of
from agents.standing_declaration import Badge, StandingExchange

_HOUR_MS = 3_600_000


class Shown(NamedTuple):
    """What a badge shows.

    :param value: empty: nothing, or it is over
    :param as_of: event time of what it rests on, milliseconds; None: there is nothing
    """

    badge: str
    value: str
    as_of: int | None

    def as_data(self) -> dict[str, Any]:
        """As :file:`code_changed.avsc` has it."""
        return dict(self._asdict())


def shown(exchange: StandingExchange, facts: Facts, now_ms: int) -> tuple[Shown, ...]:
    """All badges at log time ``now_ms``, in the order of the declaration."""
    return tuple(_shown(badge, latest(badge, facts), now_ms) for badge in exchange.spec.badges)


def latest(badge: Badge, facts: Facts) -> Fact | None:
    """The record that a badge rests on."""
    among = (fact for fact in facts.values() if fact["kind"] == badge.kind and not fact["withdrawn"] and fits(fact["values"], badge.among))
    return max(among, key=lambda fact: (fact["at"], name_of(fact)), default=None)


def instants(exchange: StandingExchange, facts: Facts) -> Iterator[int]:
    """Moments at which a badge changes by itself."""
    for badge in exchange.spec.badges:
        if (fact := latest(badge, facts)) is not None:
            yield from (fact["at"] + step for step in badge.steps)


def stale(badge: Badge, heard: Mapping[str, int], source: str, now_ms: int) -> bool:
    """Whether the badge's source has been silent for too long to be trusted.

    :param heard: when each topic was last heard, milliseconds; known to whoever reads, not to one subject's standing
    """
    return now_ms - heard.get(source, 0) > badge.fresh_for


def _shown(badge: Badge, fact: Fact | None, now_ms: int) -> Shown:
    if fact is None:
        return Shown(badge.id, "", None)
    step = next((each for each in badge.steps if now_ms < fact["at"] + each), None)
    over = (badge.steps and step is None) or not fits(fact["values"], badge.only)
    value = "" if over else fact["values"][badge.value] if badge.value else f"{(step or 0) // _HOUR_MS}h"
    return Shown(badge.id, value, fact["at"])
