"""A standing at one moment: level = f(active assertions, rule versions, now), with precedence; and when it may change by itself. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from agents.shapes import standing_badges
from agents.shapes.standing_assertions import Assertion, derive
from agents.shapes.standing_badges import Shown
from agents.shapes.standing_facts import Facts, bare, of_role
from agents.standing_declaration import StandingExchange


class View(NamedTuple):
    """What holds at ``now_ms``.

    :param assertions: all of them, over or not; the gravest first
    :param versions: rule versions that decided
    :param merged: link by which the key was given up; empty: it stands for itself
    :param next_ms: the next moment at which anything may change without a record; None: never
    """

    now_ms: int
    level: str
    assertions: tuple[Assertion, ...]
    badges: tuple[Shown, ...]
    versions: tuple[str, ...]
    known: bool
    merged: str
    next_ms: int | None

    @property
    def active(self) -> tuple[Assertion, ...]:
        """The assertions that count now."""
        return tuple(each for each in self.assertions if each.state(self.now_ms) == "active")


def view(exchange: StandingExchange, facts: Facts, now_ms: int) -> View:
    """The standing of these facts at log time ``now_ms``; the order in which they came changes nothing."""
    assertions = tuple(derive(exchange, facts, now_ms))
    active = [each for each in assertions if each.state(now_ms) == "active"]
    known = bool(of_role(exchange, facts, "subject"))
    merged = next((bare(link) for link in of_role(exchange, facts, "link")), "")
    spec = exchange.spec
    calm = spec.base.id if known else spec.unknown.id
    level = spec.unknown.id if merged else active[0].level if active else calm
    home = exchange.judge(spec.home, now_ms, now_ms)
    versions = sorted({each.version for each in active}) or [home.version if home else spec.rule_version]
    later = [moment for moment in _instants(exchange, facts, assertions, now_ms) if moment > now_ms]
    return View(
        now_ms, level, assertions, standing_badges.shown(exchange, facts, now_ms), tuple(versions), known, merged, min(later, default=None)
    )


def _instants(exchange: StandingExchange, facts: Facts, assertions: tuple[Assertion, ...], now_ms: int) -> Iterator[int]:
    for each in assertions:
        yield from each.instants
    yield from standing_badges.instants(exchange, facts)
    if facts:
        yield from (each.from_ms for each in exchange.rules if each.migrate and each.from_ms > now_ms)
