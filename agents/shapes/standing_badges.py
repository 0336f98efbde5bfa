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


def with_round(exchange: StandingExchange, badges: tuple[Shown, ...], sampled_ms: int | None, now_ms: int) -> tuple[Shown, ...]:
    """The badges beside what the subject's bucket was told of its last round: the newer sample counts, and of one time the subject's own.

    :param sampled_ms: when the round's sample was taken, milliseconds; None: there is none
    """
    one = exchange.spec.round
    if one is None or sampled_ms is None:
        return badges
    declared = next(each for each in exchange.spec.badges if each.id == one.badge)
    fresh = Shown(one.badge, _step(declared, sampled_ms, now_ms), sampled_ms)
    return tuple(fresh if each.badge == one.badge and (each.as_of is None or each.as_of < sampled_ms) else each for each in badges)


def heard_ms(exchange: StandingExchange, badge: Badge, heard: Mapping[str, int]) -> int | None:
    """When any of the sources of a badge's records was last heard, milliseconds; None: never.

    :param heard: when each topic was last heard, milliseconds; known to whoever reads, not to one subject's standing
    """
    inputs = exchange.spec.inputs.items()
    topics = [each.topic for name, each in inputs if badge.kind in (name, each.kind)]
    if exchange.spec.round and badge.id == exchange.spec.round.badge:
        topics.append(exchange.spec.round.topic)
    return max((heard[each] for each in topics if each in heard), default=None)


def stale(badge: Badge, last_ms: int | None, now_ms: int) -> bool:
    """Whether the badge's sources have been silent for too long to be trusted.

    :param last_ms: when they were last heard, milliseconds; None: never
    """
    return last_ms is None or now_ms - last_ms > badge.fresh_for


def _shown(badge: Badge, fact: Fact | None, now_ms: int) -> Shown:
    if fact is None:
        return Shown(badge.id, "", None)
    step = _step(badge, fact["at"], now_ms)
    over = (badge.steps and not step) or not fits(fact["values"], badge.only)
    return Shown(badge.id, "" if over else fact["values"][badge.value] if badge.value else step, fact["at"])


def _step(badge: Badge, at_ms: int, now_ms: int) -> str:
    """The age that the badge shows; empty: it is over, or shows none."""
    return next((f"{each // _HOUR_MS}h" for each in badge.steps if now_ms < at_ms + each), "")
