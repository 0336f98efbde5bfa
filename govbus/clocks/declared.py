"""The county's clocks are data: how long, whose duty, what happens when it is over, and by which article. All faults are told at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, Field, ValidationError, model_validator

from govbus.clocks.terms import Term
from govbus.errors import SetupError
from govbus.settings import Declared

Kind = TypeVar("Kind", bound=BaseModel)
FILE = Path(__file__).with_name("declared.yaml")


class Name(Declared):
    """A name in both languages."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Step(Declared):
    """What happens when the time is over. There is no step that grants or decides anything: silence gives nobody anything."""

    do: Literal["remind", "yellow", "red", "escalate", "report", "call", "answer_timeout", "begin", "lapse"] = Field(
        description="remind, yellow and red (督办), escalate: tell `to` · report: into the duty report of `to` · call: call out · "
        "answer_timeout: answer `to` with timeout · begin: start the clock `what` · lapse: tell `to` that it is withdrawn"
    )
    to: str = Field(description="role")
    what: str = Field(default="", description="begin only: id of the clock that follows")

    @model_validator(mode="after")
    def _begins_something(self) -> "Step":
        if (self.do == "begin") != bool(self.what):
            msg = "what belongs to begin, and to it alone"
            raise ValueError(msg)
        return self


class Clock(Declared):
    """One clock."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{2,62}$")
    title: Name
    term: Term | None = Field(default=None, description="the law's own length")
    set_by: str = Field(default="", description="who says the length, where the law does not")
    times: int | None = Field(default=None, ge=1, description="how often at most: a count instead of a time")
    owner: str = Field(description="role whose duty it is")
    expiry: tuple[Step, ...] = Field(description="what happens when it is over, in order; may be nothing")
    source: str = Field(min_length=1, description="article")
    note: str = ""

    @model_validator(mode="after")
    def _one_measure(self) -> "Clock":
        if [self.term is not None, bool(self.set_by), self.times is not None].count(True) != 1:
            msg = "a clock has exactly one of term, set_by, times"
            raise ValueError(msg)
        return self


def load_clocks(path: Path = FILE) -> Mapping[str, Clock]:
    """All clocks of ``path`` by id.

    :raises SetupError: naming every fault: of each clock, roles that are not declared, ids that are used twice or not there
    """
    faults: list[str] = []
    found: dict[str, Clock] = {}
    written = _written(path)
    roles = {name for name, role in written["roles"].items() if _model(Name, role, f"roles.{name}", faults)}
    for number, entry in enumerate(written["clocks"]):
        name = entry.get("id", number) if isinstance(entry, dict) else number
        clock = _model(Clock, entry, f"clocks.{name}", faults)
        if clock and clock.id in found:
            faults.append(f"clocks.{name}: the id is used twice")
        elif clock:
            found[clock.id] = clock
    faults += _strangers(found, roles)
    if faults:
        msg = f"{path.name} cannot be used:\n" + "\n".join(f"  {fault}" for fault in faults)
        raise SetupError(msg)
    return found


def _written(path: Path) -> dict[str, Any]:
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        msg = f"{path.name} cannot be read: {error}"
        raise SetupError(msg) from error
    wanted = {"version": str, "roles": dict, "clocks": list}
    if not isinstance(written, dict) or {key: type(value) for key, value in written.items()} != wanted:
        msg = f"{path.name} has a version, roles by name and a list of clocks, and nothing else"
        raise SetupError(msg)
    return written


def _model(kind: type[Kind], value: object, where: str, faults: list[str]) -> Kind | None:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        faults += [f"{'.'.join([where, *map(str, each['loc'])])}: {each['msg']}" for each in error.errors(include_input=False)]
        return None


def _strangers(clocks: Mapping[str, Clock], roles: set[str]) -> list[str]:
    """Names that nobody declared, and roles that nobody has."""
    named = [(clock.id, role) for clock in clocks.values() for role in (clock.owner, *(step.to for step in clock.expiry))]
    follow = [(clock.id, step.what) for clock in clocks.values() for step in clock.expiry if step.what]
    faults = [f"clocks.{clock}: role {role} is not declared" for clock, role in dict.fromkeys(named) if role not in roles]
    faults += [f"clocks.{clock}: begins {other}, which is no clock" for clock, other in follow if other not in clocks]
    return faults + [f"roles.{role}: no clock names it" for role in sorted(roles - {role for _, role in named})]
