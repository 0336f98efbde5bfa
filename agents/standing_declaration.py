"""An exchange of shape ``standing`` as data: inputs, levels, closed list of reasons, rule sets, badges, readers."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Literal

from pydantic import Field, model_validator

from agents.declaration import Duration, Meta
from agents.standing_inputs import Input, Meeting, Round, sender
from agents.standing_rules import OVERRIDE, RuleSet, Where, in_force, rule_faults, widest_first
from govbus.clocks.declared import load_clocks
from govbus.settings import Declared, Title


class Level(Declared):
    """One level of the standing."""

    id: str = Field(pattern=r"^[a-z][a-z-]{1,30}$")
    title: Title
    advice: Title = Field(description="what it means for the subject, in plain words")


class Badge(Declared):
    """A field of its own beside the level, from the latest record of one kind (多码融合); it never changes the level."""

    id: str = Field(pattern=r"^[a-z][a-z-]{1,30}$")
    title: Title
    kind: str
    among: Where = Field(default={}, description="which records are looked at; the latest of them counts")
    only: Where = Field(default={}, description="what it must say, else the badge shows nothing")
    value: str = Field(default="", description="field that is shown; empty: the step")
    steps: tuple[Duration, ...] = Field(default=(), description="ages up to which it shows itself; none: for good")
    fresh_for: Duration = Field(description="a source that was not heard for longer is told as stale")

    @model_validator(mode="after")
    def _shows_something(self) -> "Badge":
        if not (self.value or self.steps) or list(self.steps) != sorted(set(self.steps)):
            msg = f"{self.id}: a badge shows value or rising steps"
            raise ValueError(msg)
        return self


class Overrides(Declared):
    """What officers may do by hand."""

    longest: Duration = Field(description="no override lasts longer")
    text: Title


class Appeals(Declared):
    """How the subject may object."""

    clock: str = Field(description="clock of govbus/clocks/declared.yaml that a filed appeal starts")
    topic: str = Field(description="where its lateness is told")
    how: Title = Field(description="in plain words, for the subject")


class StandingSpec(Declared):
    """What the shape needs to know; it knows no level, kind or reason by name."""

    shape: Literal["standing"]
    rule_version: str = Field(description="changes with every change of this spec; rule sets have their own")
    unknown: Level = Field(description="of a subject that nobody knows, and of a key that was given up; never the base")
    base: Level = Field(description="of a known subject without an active assertion")
    worse: tuple[Level, ...] = Field(min_length=1, description="from the mildest to the gravest; the gravest active assertion decides")
    reason_classes: Mapping[str, Title] = Field(description="closed list; nothing else may move a standing")
    home: str = Field(pattern=r"^\d{12}$", description="division whose rule set a standing without assertions names")
    inputs: Mapping[str, Input]
    meetings: Mapping[str, Meeting] = Field(default={}, description="by the kind that rules know them by")
    round: Round | None = Field(default=None, description="results that come by buckets of persons")
    badges: tuple[Badge, ...] = ()
    overrides: Overrides
    appeals: Appeals
    readers: tuple[str, ...] = Field(min_length=1, description="topics that each change is told to")
    disposals: tuple[str, ...] = Field(
        default=(),
        description="<source>.<record>: topics on which sources are told what became of their own assertions; none: they are not",
    )
    remember: Duration = Field(description="how long a fact that is over is kept, and how old a new one may be")
    subjects: int = Field(default=1_000_000, gt=0)

    @cached_property
    def by_topic(self) -> Mapping[str, tuple[str, Input]]:
        """Input by topic, with its name."""
        return {each.topic: (name, each) for name, each in self.inputs.items()}

    @cached_property
    def rank(self) -> Mapping[str, int]:
        """Precedence of levels: the highest wins."""
        return {each.id: place for place, each in enumerate((self.unknown, self.base, *self.worse))}

    @cached_property
    def levels(self) -> Mapping[str, Level]:
        """Levels by id."""
        return {each.id: each for each in (self.unknown, self.base, *self.worse)}

    @model_validator(mode="after")
    def _fits(self) -> "StandingSpec":
        if wrong := "; ".join(self._faults()):
            raise ValueError(wrong)
        return self

    def _faults(self) -> Iterator[str]:
        if len(self.rank) < len(self.worse) + 2:
            yield "two levels have one id"
        if len(self.by_topic) < len(self.inputs):
            yield "two inputs read one topic"
        for name, each in self.inputs.items():
            if each.kind and each.kind not in self.inputs:
                yield f"{name} is a version of {each.kind}, which is no input"
            if each.known_as and each.known_as not in each.keep:
                yield f"{name}: known_as {each.known_as} is no field that it keeps"
        for name, meeting in self.meetings.items():
            roles = [self.inputs[one].role if one in self.inputs else "" for one in (meeting.orders, meeting.presences)]
            if roles != ["order", "presence"]:
                yield f"meeting {name} needs an input of role order and one of role presence"
        yield from self._round_faults()
        yield from (f"badge {each.id}: no input {each.kind}" for each in self.badges if each.kind not in self.inputs)
        sources = {department for each in self.inputs.values() for department in (each.sender, each.told)}
        yield from (
            f"disposals: no input is {sender(topic)}'s, whom {topic} would tell" for topic in self.disposals if sender(topic) not in sources
        )
        clock = load_clocks().get(self.appeals.clock)
        if clock is None or clock.term is None:
            yield f"appeals: clock {self.appeals.clock} is not in govbus/clocks/declared.yaml, or has no length of its own"

    def _round_faults(self) -> Iterator[str]:
        one = self.round
        if one is None:
            return
        kinds = {self.inputs[name].kind if name in self.inputs else "" for name in (one.result, one.correction)}
        badge = next((each for each in self.badges if each.id == one.badge and {each.kind} == kinds), None)
        if badge is None or badge.value:
            yield f"round: {one.result} and {one.correction} are versions of one kind, and badge {one.badge} shows its age"
        elif strangers := set(one.calm) - set(self.inputs[one.result].codes.get("result", ())):
            yield f"round: {one.result} has no result {', '.join(sorted(strangers))}"


class StandingExchange(Declared):
    """One exchange of shape ``standing`` with its rule sets."""

    meta: Meta
    spec: StandingSpec
    rules: tuple[RuleSet, ...] = ()

    @cached_property
    def known_rules(self) -> Mapping[str, bool]:
        """Every rule of every set by id, and whether it may be suppressed by hand in all of them."""
        found: dict[str, bool] = {OVERRIDE: True}
        for rule in (rule for each in self.rules for rule in each.rules):
            found[rule.id] = found.get(rule.id, True) and rule.overridable
        return found

    @cached_property
    def ruled(self) -> frozenset[str]:
        """Inputs that some rule looks at."""
        return frozenset(rule.kind for each in self.rules for rule in each.rules)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Topics on which readers are told."""
        return (*self.spec.readers, *self.spec.disposals, self.spec.appeals.topic, *(self.spec.round.readers if self.spec.round else ()))

    @cached_property
    def results(self) -> tuple[str, ...]:
        """Results that a round may bring; a bucket's state names them by their place in this list."""
        return self.spec.inputs[self.spec.round.result].codes["result"] if self.spec.round else ()

    @cached_property
    def codes(self) -> Mapping[str, int]:
        """Places of the results in that list."""
        return {each: place for place, each in enumerate(self.results)}

    @cached_property
    def calm(self) -> frozenset[int]:
        """Places of the results that no rule counts against anybody."""
        return frozenset(self.results.index(each) for each in self.spec.round.calm) if self.spec.round else frozenset()

    @cached_property
    def shown(self) -> frozenset[int]:
        """Places of the results that the round's badge shows."""
        found = next((each for each in self.spec.badges if self.spec.round and each.id == self.spec.round.badge), None)
        return frozenset(self.results.index(each) for each in (found.only.get("result", ()) if found else ()))

    @cached_property
    def restless(self) -> frozenset[str]:
        """Kinds of facts that make a subject's results count for more than a badge: it wants each of them."""
        return frozenset(name for name, each in self.spec.inputs.items() if each.role not in ("subject", "evidence") or name in self.ruled)

    def disposal_topic(self, kind: str, source: str) -> str:
        """Where it is told what became of an assertion of this input and source; empty: nowhere."""
        department = self.spec.inputs[kind].told or source
        return next((topic for topic in self.spec.disposals if sender(topic) == department), "")

    def judge(self, division: str, at_ms: int, now_ms: int) -> RuleSet | None:
        """The rule set for what happened at ``at_ms`` under ``division``, as of ``now_ms``."""
        return in_force(self._widest_first, division, at_ms, now_ms)

    @cached_property
    def _widest_first(self) -> tuple[RuleSet, ...]:
        return widest_first(self.rules)

    @model_validator(mode="after")
    def _rules_fit(self) -> "StandingExchange":
        spec = self.spec
        kept = {name: each.keep for name, each in spec.inputs.items()}
        if wrong := "; ".join(rule_faults(self.rules, kept, [each.id for each in spec.worse], spec.reason_classes)):
            raise ValueError(wrong)
        return self
