"""An exchange of shape ``case`` as data: states, moves, clocks, sampling. The shape knows no state by name; all faults are told at once."""

from collections.abc import Mapping
from functools import cached_property
from typing import Literal

from pydantic import Field, model_validator

from agents.case_faults import faults
from agents.case_words import ASKER, CLOCKS, Trigger
from agents.declaration import Claim, Duration, Meta
from govbus.clocks.terms import Term
from govbus.settings import Declared, Title


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
        if wrong := "; ".join(faults(self)):
            raise ValueError(wrong)
        return self


class CaseExchange(Declared):
    """One exchange of shape ``case``, as its file says it."""

    meta: Meta
    spec: CaseSpec
