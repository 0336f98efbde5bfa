"""An exchange of shape ``verify`` is data: one YAML that names its holder, claims and rules. All faults of a file are told at once."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from govbus.identity.compare import FieldRule
from govbus.settings import Declared, Title

ROOM = Path(__file__).parent
_DAY_MS = 86_400_000
_UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": _DAY_MS}


def _milliseconds(value: object) -> object:
    if isinstance(value, str) and value[:-1].isdecimal() and value[-1:] in _UNITS:
        return int(value[:-1]) * _UNITS[value[-1]]
    msg = "a duration is a number and one of s, m, h, d, e.g. 30s"
    raise ValueError(msg)


Duration = Annotated[int, BeforeValidator(_milliseconds)]
"""Milliseconds; written 30s, 10m, 2h, 7d."""


class Claim(Declared):
    """One thing an applicant may declare."""

    type: Literal["code", "town", "date", "person_id", "uscc", "number", "text"] = Field(
        description="code: one of `values` · town: 9-digit division · date: ISO day · uscc: 统一社会信用代码 · number: up to 12 digits · "
        "text: up to 100 characters, e.g. the number of a paper or an address"
    )
    values: tuple[str, ...] = Field(default=(), description="the code table")
    required: bool = False

    @model_validator(mode="after")
    def _codes_have_values(self) -> "Claim":
        if (self.type == "code") != bool(self.values):
            msg = "values belong to type code, and only to it"
            raise ValueError(msg)
        return self


class Feed(Declared):
    """Where a landed record comes from and what of it is kept. Nothing else of it enters the agent's state."""

    topic: str
    version: str = Field(description="field that orders versions of one subject's record; later sorts higher")
    keep: tuple[str, ...] = Field(min_length=1, description="fields that the rules need")


class Holding(Declared):
    """One of several holders that are asked at once."""

    department: str
    claims: tuple[str, ...] = Field(default=(), description="what of the claims it is asked about; all when empty")
    only_if: str | None = Field(default=None, description="it is asked only where this claim is declared, e.g. the number of a gas account")


class Combine(Declared):
    """What several answers come to."""

    rule: Literal["each", "any", "precedence", "quorum"] = Field(
        description="each: all must agree · any: one that agrees is enough · precedence: the first in order that has a record decides, "
        "one that says otherwise makes it a conflict · quorum: `least` must say the same"
    )
    least: int = Field(default=2, ge=2, le=8, description="quorum only")
    absence: Literal["open", "passes"] = Field(
        default="open",
        description="each only: a holder without a record leaves the verdict no_record (open), or has nothing against it and is named by a "
        "flag (passes: who owns nothing is in no register of owners); where nobody has a record the verdict is no_record all the same",
    )


class Assist(Declared):
    """When the holder's data has no answer, its people get the check (部门间协查, 国办发〔2020〕42号)."""

    when: tuple[Literal["no_record", "ambiguous", "timeout"], ...] = Field(min_length=1, description="outcomes that go to people")
    working_days: int = Field(ge=1, le=60, description="as local guidance says; the day of receipt does not count")
    remind_before: int = Field(default=1, ge=0, description="working days before the end; 0: no reminder")
    role: str = Field(description="role at the holder that must answer, e.g. 协查联络员")
    escalate_to: str = Field(description="role that is told when their time is over")

    @model_validator(mode="after")
    def _reminds_in_time(self) -> "Assist":
        if self.remind_before >= self.working_days:
            msg = "remind_before is shorter than working_days"
            raise ValueError(msg)
        return self


class Meta(Declared):
    """Who answers for the exchange."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{2,62}$")
    title: Title
    owner: str = Field(description="department that keeps this file")
    source: str = Field(description="where the rule comes from: law, item of the source text")


class Spec(Declared):
    """What the shape needs to know."""

    shape: Literal["verify"]
    item: str = Field(pattern=r"^proof-\d{2}$", description="proof item (证明事项)")
    rule_version: str = Field(description="changes with every change of this spec; each verdict names it")
    mode: Literal["ask", "landed", "gather"] = Field(
        description="ask the holder, compare with the holder's landed records, or ask several holders and gather their answers"
    )
    holder: str = Field(description="department whose data decides (数源部门); gather: that composes, and acts when the others disagree")
    holders: tuple[Holding, ...] = Field(default=(), description="gather only: who is asked, in order of precedence (主次)")
    combine: Combine | None = Field(default=None, description="gather only")
    claims: dict[str, Claim]
    deadline: Duration = Field(default=30_000, description="ask: silence after this is a timeout")
    remember: Duration = Field(default=604_800_000, description="how long a request's id is kept to tell duplicates and conflicts")
    recheck: Duration = Field(
        default=90 * _DAY_MS,
        description="how long a holder's correction opens a decided check again (条例 Art 26); what was declared is kept for so long, in "
        "the state; 0d: never",
    )
    tries: int = Field(default=5, ge=1, description="different declarations about one person that a department may have checked in one day")
    review: str = Field(
        default="", description="exchange of shape case that opens a review (校核) where holders disagree; none: nobody is told"
    )
    assist: Assist | None = Field(default=None, description="ask only: what goes to the holder's people, and for how long")
    subjects: int = Field(default=100_000, gt=0, description="standings it holds at once, at most; decides between memory and disk")
    feed: Feed | None = Field(default=None, description="landed only")
    compare: tuple[FieldRule, ...] = Field(default=(), description="landed only; for ask, the holder's answerer has its own rules")

    @property
    def answerers(self) -> tuple[str, ...]:
        """Departments that answer its questions; none for landed."""
        named = tuple(each.department for each in self.holders) or (self.holder,)
        return () if self.mode == "landed" else named

    @property
    def sources(self) -> tuple[str, ...]:
        """Departments whose word counts: those that answer, and for landed the one whose records land."""
        return self.answerers or (self.holder,)

    def concerned(self, claims: Mapping[str, str]) -> tuple[str, ...]:
        """Departments whose data a request with these claims needs."""
        named = tuple(each.department for each in self.holders if each.only_if is None or each.only_if in claims)
        return named or (self.holder,)

    def claims_of(self, department: str) -> tuple[str, ...]:
        """What this holder may be asked about."""
        declared = next((each.claims for each in self.holders if each.department == department), ())
        return declared or tuple(self.claims)

    @model_validator(mode="after")
    def _mode_fits(self) -> "Spec":
        if wrong := "; ".join(self._faults()):
            raise ValueError(wrong)
        return self

    def _faults(self) -> Iterator[str]:
        landed, names = self.mode == "landed", [each.department for each in self.holders]
        if landed != (self.feed is not None) or landed != bool(self.compare):
            yield "mode landed needs feed and compare; the others have neither"
        if (self.mode == "gather") != (len(names) > 1 and self.combine is not None) or (self.mode != "gather" and (names or self.combine)):
            yield "mode gather needs two or more holders and combine; the others have neither"
        if len(set(names)) < len(names):
            yield "holders names a department twice"
        if names and all(each.only_if for each in self.holders):
            yield "every holder has only_if, so a request could have nobody to answer it"
        if unknown := {claim for each in self.holders for claim in (*each.claims, each.only_if) if claim} - set(self.claims):
            yield f"holders are asked about claims that are not declared: {', '.join(sorted(unknown))}"
        if self.assist and self.mode != "ask":
            yield "assist belongs to mode ask"
        if self.remember < _DAY_MS:
            yield "remember is a day at the least: tries are counted by the day, among what is remembered"
        if strangers := [rule.claim for rule in self.compare if rule.by != "valid" and rule.claim not in self.claims]:
            yield f"compare names claims that are not declared: {', '.join(strangers)}"


class Exchange(Declared):
    """One exchange, as its file says it."""

    meta: Meta
    spec: Spec
