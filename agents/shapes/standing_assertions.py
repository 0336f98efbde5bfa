"""Assertions: what facts come to under the rules of their time, from when, until when, and what ended or suppressed each. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from agents.shapes.standing_facts import Fact, Facts, bare, fits, name_of, of_role
from agents.standing_declaration import StandingExchange
from agents.standing_rules import OVERRIDE, Release, Rule, Tests
from govbus.settings import Title

_DAY_MS = 86_400_000
State = Literal["pending", "active", "suppressed", "ended", "released"]


class Window(NamedTuple):
    """A time during which an assertion does not count: milliseconds, ``end`` None is for good."""

    start: int
    end: int | None
    by: str


class Assertion(NamedTuple):
    """One reason for a level.

    :param id: ``<kind>:<id>/<rule>``
    :param start, end: counts from start until before end, milliseconds; None: until it is released
    :param released_by: what ended it before its time; empty: time does
    """

    id: str
    fact: Fact
    rule: str
    version: str
    level: str
    reason_class: str
    text: Title
    start: int
    end: int | None
    released_by: str
    windows: tuple[Window, ...]

    def state(self, now_ms: int) -> State:
        """Where it stands at log time ``now_ms``."""
        if now_ms < self.start:
            return "pending"
        if self.end is not None and self.end <= now_ms:
            return "released" if self.released_by else "ended"
        return "suppressed" if self.suppressed_by(now_ms) else "active"

    def suppressed_by(self, now_ms: int) -> str:
        """The appeal or override that suppresses it now; empty: none."""
        return next((each.by for each in self.windows if each.start <= now_ms and (each.end is None or now_ms < each.end)), "")

    @property
    def instants(self) -> Iterator[int]:
        """Moments at which its state may change."""
        yield self.start
        yield from (
            moment for moment in (self.end, *(side for each in self.windows for side in (each.start, each.end))) if moment is not None
        )


def derive(exchange: StandingExchange, facts: Facts, now_ms: int) -> list[Assertion]:
    """All assertions of a subject, those that are over too; the gravest first, then by id."""
    found = [each for fact in of_role(exchange, facts, "evidence") for each in _by_rules(exchange, facts, fact, now_ms)]
    found += [_by_hand(exchange, facts, fact) for fact in of_role(exchange, facts, "override") if fact["values"]["action"] == "add"]
    return sorted(found, key=lambda each: (-exchange.spec.rank[each.level], each.id, name_of(each.fact)))


def _by_rules(exchange: StandingExchange, facts: Facts, fact: Fact, now_ms: int) -> Iterator[Assertion]:
    judge = exchange.judge(fact["division"], fact["at"], now_ms) if fact["kind"] in exchange.ruled else None
    for rule in judge.rules if judge else ():
        if rule.kind != fact["kind"] or not fits(fact["values"], rule.where):
            continue
        start = _moment(fact, rule.begins, rule.delay)
        if start is None or judge is None:
            continue
        end, released_by = _end(exchange, facts, fact, rule, start)
        name = f"{bare(fact)}/{rule.id}"
        yield Assertion(
            name, fact, rule.id, judge.version, rule.level, rule.reason_class, rule.text, start, end, released_by,
            _windows(exchange, facts, fact, name, rule.overridable),
        )  # fmt: skip


def _by_hand(exchange: StandingExchange, facts: Facts, fact: Fact) -> Assertion:
    name, spec = f"{bare(fact)}/{OVERRIDE}", exchange.spec
    return Assertion(
        name, fact, OVERRIDE, spec.rule_version, fact["values"]["level"], fact["values"]["reason_class"], spec.overrides.text,
        fact["start"], fact["end"], "", _windows(exchange, facts, fact, name, True),
    )  # fmt: skip


def _moment(fact: Fact, side: str, later: int) -> int | None:
    moment: int | None = fact["start"] if side == "start" else fact["end"]
    return None if moment is None else moment + later


def _end(exchange: StandingExchange, facts: Facts, fact: Fact, rule: Rule, start: int) -> tuple[int | None, str]:
    natural = None if rule.ends == "never" else _moment(fact, rule.ends, rule.lasts)
    ends = [(natural, "")] if natural is not None else []
    ends += [found for each in rule.release if (found := _released(exchange, facts, fact, each, start))]
    return min(ends, default=(None, ""))


def _released(exchange: StandingExchange, facts: Facts, fact: Fact, way: Release, start: int) -> tuple[int, str] | None:
    moments, by = [start + way.after], []
    if way.order:
        orders = [each for each in of_role(exchange, facts, "release") if bare(fact) in each["values"]["releases"].split()]
        later = min(((each["at"], bare(each)) for each in orders if each["at"] >= fact["at"]), default=None)
        if later is None:
            return None
        moments.append(later[0])
        by.append(later[1])
    if way.tests:
        done = _tested(way.tests, facts, start)
        if done is None:
            return None
        moments.append(done)
        by.append("tests")
    return max(moments), " ".join(by) or "time"


def _tested(tests: Tests, facts: Facts, start: int) -> int | None:
    """When the tests that release were complete, by their own time; None: not yet."""
    times = sorted(
        fact["at"] for fact in facts.values()
        if fact["kind"] == tests.kind and not fact["withdrawn"] and fact["at"] >= start and fits(fact["values"], tests.where)
    )  # fmt: skip
    if tests.days:
        firsts = [min((at for at in times if 0 <= at - start - (day - 1) * _DAY_MS < _DAY_MS), default=None) for day in tests.days]
        found = [at for at in firsts if at is not None]
        return max(found) if len(found) == len(firsts) else None
    return min(filter(None, (_chain(times[place:], tests) for place in range(len(times)))), default=None)


def _chain(times: Sequence[int], tests: Tests) -> int | None:
    """When a row of tests that begins with the first of ``times`` is complete."""
    row = [times[0]]
    for at in times[1:]:
        if len(row) < tests.count and at >= row[-1] + tests.apart:
            row.append(at)
    complete = len(row) == tests.count and (not tests.within or row[-1] - row[0] <= tests.within)
    return row[-1] if complete else None


def _windows(exchange: StandingExchange, facts: Facts, fact: Fact, name: str, overridable: bool) -> tuple[Window, ...]:
    """What suppresses it; a decision that is older than what it is about does not count."""
    appeals = [
        Window(each["at"], None, bare(each)) for each in of_role(exchange, facts, "decision")
        if _about(each["values"], "assertion_id", name) and each["values"]["outcome"] == "approved" and each["at"] >= fact["at"]
    ]  # fmt: skip
    orders = [
        Window(each["start"], each["end"], bare(each)) for each in of_role(exchange, facts, "override")
        if overridable and each["values"]["action"] == "suppress" and _about(each["values"], "target", name) and each["at"] >= fact["at"]
    ]  # fmt: skip
    return tuple(sorted((*appeals, *orders), key=lambda each: (each.start, each.by)))


def _about(values: Mapping[str, str], field: str, name: str) -> bool:
    return values[field] == name
