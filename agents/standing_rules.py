"""Rule sets of an exchange of shape ``standing``: dated data, several in force at once by date and place (domain notes E2)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from agents.declaration import Duration
from govbus.settings import Declared, Title

Where = Mapping[str, tuple[str, ...]]
"""Field of a source record → values that it may have."""
OVERRIDE = "override"
"""Rule of what an officer adds by hand."""


def _zoned(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        msg = "a moment names its zone, e.g. 2022-06-28T00:00:00+08:00"
        raise ValueError(msg)
    return moment


Moment = Annotated[datetime, AfterValidator(_zoned)]


class Tests(Declared):
    """Source records that together release an assertion, e.g. 3天2检: two negatives, 24 hours apart, within three days."""

    kind: str = Field(description="input, e.g. lab.result")
    where: Where = Field(default={}, description="which of them count")
    count: int = Field(default=1, ge=1, le=10)
    apart: Duration = Field(default=0, description="at the least, from one to the next")
    within: Duration = Field(default=0, description="from the first to the last, at most; 0d: any time")
    days: tuple[int, ...] = Field(default=(), description="instead of count: one on each of these days; day 1 begins with the assertion")

    @model_validator(mode="after")
    def _can_be_met(self) -> "Tests":
        if self.days and (self.count, self.apart, self.within) != (1, 0, 0):
            msg = "days stands instead of count, apart and within"
            raise ValueError(msg)
        if self.within and (self.count - 1) * self.apart > self.within:
            msg = "so many tests so far apart do not fit within"
            raise ValueError(msg)
        return self


class Release(Declared):
    """One way in which an assertion ends before its time; all that is named must hold."""

    order: bool = Field(default=False, description="an order that names the source record")
    after: Duration = Field(default=0, description="not before so long after the beginning")
    tests: Tests | None = None

    @model_validator(mode="after")
    def _something(self) -> "Release":
        if not (self.order or self.after or self.tests):
            msg = "a release needs order, after or tests"
            raise ValueError(msg)
        return self


class Rule(Declared):
    """What one kind of source record asserts, and for how long."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{2,62}$")
    kind: str = Field(description="input, e.g. contact.order")
    where: Where = Field(default={})
    level: str
    reason_class: str = Field(description="one of the exchange's closed list")
    begins: Literal["start", "end"] = Field(default="start", description="at which end of the record's validity it begins")
    delay: Duration = Field(default=0, description="so long after that")
    ends: Literal["start", "end", "never"] = Field(default="never", description="never: until it is released")
    lasts: Duration = Field(default=0, description="so long after ends")
    release: tuple[Release, ...] = Field(default=(), description="ways out; one is enough")
    overridable: bool = Field(default=True, description="whether an officer may suppress it; never where a laboratory was positive")
    text: Title = Field(description="the rule in words, for the person")

    @model_validator(mode="after")
    def _ends_somehow(self) -> "Rule":
        if self.ends == "never" and (self.lasts or not self.release):
            msg = f"{self.id}: what never ends by itself has no lasts, and needs a release"
            raise ValueError(msg)
        return self


class RuleSet(Declared):
    """The rules of one authority from one moment on."""

    version: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{2,62}$", description="every decision names it")
    division: str = Field(pattern=r"^\d{2}(\d{2}|\d{4}|\d{7}|\d{10})?$", description="where it is in force: beginning of the division code")
    valid_from: Moment
    migrate: bool = Field(default=False, description="what arose under earlier sets of this place is judged anew from valid_from on")
    source: str = Field(min_length=1)
    rules: tuple[Rule, ...]

    @cached_property
    def from_ms(self) -> int:
        """``valid_from`` in milliseconds."""
        return int(self.valid_from.timestamp() * 1000)


def widest_first(sets: Iterable[RuleSet]) -> tuple[RuleSet, ...]:
    """The sets as :func:`in_force` looks at them: the widest place first, in each place the oldest."""
    return tuple(sorted(sets, key=lambda each: (len(each.division), each.from_ms)))


def in_force(sets: Iterable[RuleSet], division: str, at_ms: int, now_ms: int) -> RuleSet | None:
    """The set that judges what happened at ``at_ms`` under the authority ``division``, as of ``now_ms``; None: no set does.

    The most specific place wins; there the set that was in force then, or a later one in force by now that migrates old cases.

    :param sets: :func:`widest_first`
    """
    found: RuleSet | None = None
    for each in sets:
        if not division.startswith(each.division):
            continue
        same_place = found is not None and each.division == found.division
        if each.from_ms <= at_ms or (each.migrate and each.from_ms <= now_ms and same_place):
            found = each
    return found


def rule_faults(
    sets: Sequence[RuleSet], inputs: Mapping[str, Iterable[str]], levels: Iterable[str], classes: Iterable[str]
) -> Iterator[str]:
    """What the sets name and nobody declared, or say twice."""
    known, worse, closed = {kind: set(fields) for kind, fields in inputs.items()}, set(levels), set(classes)
    for name in sorted({each.version for each in sets if [one.version for one in sets].count(each.version) > 1}):
        yield f"rule set {name} is there twice"
    starts = [(each.division, each.from_ms) for each in sets]
    yield from (f"two rule sets begin at one moment in {place}" for place, at in sorted(set(starts)) if starts.count((place, at)) > 1)
    for each in sets:
        ids = [rule.id for rule in each.rules]
        yield from (f"{each.version}: rule {name} is there twice" for name in sorted(set(ids)) if ids.count(name) > 1 or name == OVERRIDE)
        for rule in each.rules:
            place = f"{each.version}.{rule.id}"
            if rule.level not in worse:
                yield f"{place}: level {rule.level} is none of {', '.join(sorted(worse))}"
            if rule.reason_class not in closed:
                yield f"{place}: reason class {rule.reason_class} is not on the closed list"
            tests = [release.tests for release in rule.release if release.tests]
            for kind, where in [(rule.kind, rule.where), *((one.kind, one.where) for one in tests)]:
                if kind not in known:
                    yield f"{place}: no input {kind} is declared"
                elif strangers := sorted(set(where) - known[kind]):
                    yield f"{place}: {kind} keeps no {', '.join(strangers)}"
