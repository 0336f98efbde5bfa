"""An exchange of shape ``case`` as data: states, moves, clocks, sampling. The shape knows no state by name; all faults are told at once."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Literal

from pydantic import Field, model_validator

from agents.declaration import Claim, Duration, Meta
from govbus.clocks.declared import Clock, load_clocks
from govbus.clocks.terms import Term
from govbus.settings import Declared
from topics.declaration import Title

Outcome = Literal["match", "match_variant", "mismatch", "no_record", "ambiguous", "refused", "timeout"]
OUTCOMES: tuple[Outcome, ...] = ("match", "match_variant", "mismatch", "no_record", "ambiguous", "refused", "timeout")
Trigger = Literal[Outcome, "sampled", "not_sampled", "answered", "conflict"]
ASKER, HOLDER, BUS = "asker", "holder", "bus"
GIVEN = ("text_hash", "request_id", "reason")
"""What a move may need besides the declared fields: fields of :file:`case_move.avsc`."""

CLOCKS: Mapping[str, Clock] = load_clocks()


class Stage(Declared):
    """One state of a case."""

    title: Title
    final: bool = Field(default=False, description="nothing is owed any more; a correction may still open it again")
    waits: str = Field(
        default="", description="why no clock runs here; a state that is not final has this or a clock that every way in starts"
    )
    rechecks: bool = Field(default=False, description="a check that comes here stands in the place of the last one")
    role: str = Field(default="", description="role that must act here, as progress records name it")


class Move(Declared):
    """One way from state to state."""

    name: str = Field(pattern=r"^[a-z][a-z-]{1,40}$")
    source: str = Field(min_length=1, description="article")
    starts: tuple[str, ...] = Field(default=(), alias="from", description="states in which it is lawful; none: it opens a case")
    to: str
    by: str = Field(description="asker: who opened the case · holder: whose data it is about · bus · or a department's id")
    human: bool = Field(default=False, description="needs the staff code of who decides (domain notes D6)")
    not_same_as: tuple[str, ...] = Field(default=(), description="moves that somebody else must have decided: four eyes")
    needs: tuple[str, ...] = Field(default=(), description="fields that must be given: text_hash, request_id, reason or a declared one")
    clock: str = Field(default="", description="declared clock that it starts")
    stops_clock: str = Field(default="", description="clock that it stops; a holder stops its own only")
    tells: tuple[str, ...] = Field(default=(ASKER,), description="who gets a progress record: asker, holder, or a department's id")
    unless_excluded: bool = Field(default=False, description="refused while an earlier false promise of the subject is not repaired")
    answer: bool = Field(default=False, description="holder only: its answer; when all have answered, `answered` is due")
    when: tuple[Trigger, ...] = Field(default=(), description="bus only: what makes the bus move")
    if_all: str = Field(default="", description="with when answered: only where every holder's last answer was this move")
    over: str = Field(default="", description="bus only: the clock whose end makes the bus move")


class Sampling(Declared):
    """Which cases are checked afterwards, when and how (事后核查): the same answer for the same case and rules, always."""

    start: str = Field(alias="from", description="state in which the lot is drawn: after the decision")
    rates: Mapping[str, int] = Field(description="percent of the cases, by risk level")
    methods: Mapping[str, Literal["written", "online", "field", "publicity"]] = Field(
        description="by risk level: 书面核查, 网络核验, 实地调查, 公示核查"
    )
    days: Mapping[str, int] = Field(description="by method: working days after the decision")


class CaseSpec(Declared):
    """What the shape needs to know."""

    shape: Literal["case"]
    rule_version: str = Field(description="changes with every change of this spec; a case keeps the one by which it was opened")
    states: Mapping[str, Stage]
    moves: tuple[Move, ...] = Field(min_length=1)
    fields: Mapping[str, Claim] = Field(default={}, description="what moves may carry besides")
    terms: Mapping[str, Term] = Field(default={}, description="length of clocks that the table leaves to the matter or the place")
    after_check: Sampling | None = None
    bars: tuple[str, ...] = Field(default=(), description="moves that exclude the subject from new commitments")
    lifts: tuple[str, ...] = Field(default=(), description="moves that end it (信用修复)")
    remember: Duration = Field(description="how long a case is kept after its end; so long a correction opens it again")
    subjects: int = Field(default=20_000, gt=0, description="standings it holds at once, at most")

    @cached_property
    def by_name(self) -> Mapping[str, Move]:
        """Moves by name."""
        return {move.name: move for move in self.moves}

    def term(self, clock: str) -> Term:
        """How long: the law's own term, or this file's."""
        found = CLOCKS[clock].term or self.terms.get(clock)
        if found is None:
            raise KeyError(clock)
        return found

    @model_validator(mode="after")
    def _fits(self) -> "CaseSpec":
        if wrong := "; ".join(dict.fromkeys((*_names(self), *_lengths(self), *_parts(self), *_dead_ends(self)))):
            raise ValueError(wrong)
        return self


class CaseExchange(Declared):
    """One exchange of shape ``case``, as its file says it."""

    meta: Meta
    spec: CaseSpec


def _names(spec: CaseSpec) -> Iterator[str]:
    """Names that nobody declared, and names that are there twice."""
    names = [move.name for move in spec.moves]
    yield from (f"move {name} is there twice" for name in names if names.count(name) > 1)
    for move in spec.moves:
        for what, named, known in (
            ("state", (*move.starts, move.to), spec.states),
            ("move", (*move.not_same_as, *filter(None, [move.if_all])), names),
            ("field", move.needs, (*GIVEN, *spec.fields)),
        ):
            yield from (f"move {move.name}: no {what} {name} is declared" for name in named if name not in known)
    yield from (f"bars and lifts: no move {name} is declared" for name in (*spec.bars, *spec.lifts) if name not in names)


def _lengths(spec: CaseSpec) -> Iterator[str]:
    """Clocks that are not in the table, or have no length or two."""
    used = {name for move in spec.moves for name in (move.clock, move.stops_clock, move.over) if name}
    for name in sorted(used | set(spec.terms)):
        if name not in CLOCKS or CLOCKS[name].times:
            yield f"clock {name} is not in govbus/clocks/declared.yaml, or counts times"
        elif (CLOCKS[name].term is None) != (name in spec.terms):
            yield f"clock {name}: terms gives a length to clocks that have none of their own, and to no others"


def _parts(spec: CaseSpec) -> Iterator[str]:
    """Moves whose parts do not go together."""
    for move in spec.moves:
        if (move.by == BUS) != bool(move.when or move.over):
            yield f"move {move.name}: when and over belong to moves of the bus, and it has one of them"
        if move.by == BUS and (move.human or move.needs or move.not_same_as):
            yield f"move {move.name}: the bus is no human and brings nothing"
        if move.not_same_as and not move.human:
            yield f"move {move.name}: not_same_as belongs to human moves"
        if move.answer and move.by != HOLDER:
            yield f"move {move.name}: answer belongs to holders"
        if bool(move.if_all) and "answered" not in move.when:
            yield f"move {move.name}: if_all belongs to when answered"
    sampling = spec.after_check
    drawn = {trigger for move in spec.moves for trigger in move.when} & {"sampled", "not_sampled"}
    if len(drawn) != (2 if sampling else 0):
        yield "after_check goes with a move when sampled and one when not_sampled"
    if sampling and (wrong := _sampling_fault(spec, sampling)):
        yield wrong


def _sampling_fault(spec: CaseSpec, sampling: Sampling) -> str:
    levels = spec.fields["risk"].values if "risk" in spec.fields else ()
    if not levels or set(levels) != set(sampling.rates) or set(levels) != set(sampling.methods):
        return "after_check: rates and methods name each level of the field risk, a code"
    if missing := set(sampling.methods.values()) - set(sampling.days):
        return f"after_check: no days for {', '.join(sorted(missing))}"
    fair = all(0 <= rate <= 100 for rate in sampling.rates.values()) and all(days >= 1 for days in sampling.days.values())
    return "" if fair and sampling.start in spec.states else "after_check: a rate is 0 to 100 percent, days are 1 or more, from is a state"


def _dead_ends(spec: CaseSpec) -> Iterator[str]:
    """States where a case could be forgotten by everybody, and exclusions that would never end or end by themselves."""
    for name, state in spec.states.items():
        ways = [move for move in spec.moves if move.to == name]
        if not ways:
            yield f"state {name}: no move leads there"
        if not state.final and not state.waits and not all(move.clock or name in move.starts for move in ways):
            yield f"state {name} is neither final nor has it waits, and a move into it starts no clock"
        if not state.final and not any(name in move.starts for move in spec.moves):
            yield f"state {name} is not final and no move leads away"
        handled = {trigger for move in spec.moves if name in move.starts for trigger in move.when}
        if "match" in handled and (missing := set(OUTCOMES) - handled):
            yield f"state {name} awaits a check and says nothing of {', '.join(sorted(missing))}"
    if not any(not move.starts for move in spec.moves):
        yield "no move opens a case"
    yield from (f"from {bar} an end is reached without lifts" for bar in spec.bars if bar in spec.by_name and _ends(spec, bar))


def _ends(spec: CaseSpec, bar: str) -> bool:
    seen, todo = set[str](), [spec.by_name[bar].to]
    while todo:
        state = todo.pop()
        if state not in seen and state in spec.states:
            seen.add(state)
            todo += [move.to for move in spec.moves if state in move.starts and move.name not in spec.lifts]
    return any(spec.states[state].final for state in seen)
