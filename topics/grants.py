"""Who may ask what, for which purpose, by which law, from when until when (政务数据共享条例 Art 20, 25, 27). Data, not code."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from pydantic import ConfigDict, Field, model_validator

from govbus.settings import Declared
from topics.declaration import DEPARTMENT


class Grant(Declared):
    """A holder's consent, as it was given."""

    model_config = ConfigDict(populate_by_name=True)

    id: str = Field(pattern=DEPARTMENT, description="name of this grant, for audit")
    department: str = Field(description="who may ask")
    item: str = Field(pattern=r"^proof-\d{2}$", description="proof item (证明事项)")
    holder: str = Field(description="whose data it is (数源部门)")
    also: tuple[str, ...] = Field(default=(), description="other holders that have consented to the same, where an exchange asks several")
    fields: tuple[str, ...] = Field(
        default=(), description="claims that may be compared (范围); none: the fact alone, e.g. that id and name belong together"
    )
    purpose: str = Field(pattern=DEPARTMENT, description="purpose of use (使用场景)")
    legal_basis: str = Field(min_length=3, description="article that lets the department ask (使用依据)")
    matter: str = Field(default="any", description="one matter (实施编码), or any")
    since: date = Field(alias="from", description="first day")
    until: date = Field(description="last day (时限)")
    approver: str = Field(description="department that consented")

    @model_validator(mode="after")
    def _some_days(self) -> "Grant":
        if self.since > self.until:
            msg = f"from {self.since} is after until {self.until}"
            raise ValueError(msg)
        return self

    def live(self, on: date) -> bool:
        """Whether ``on`` is one of its days."""
        return self.since <= on <= self.until


class GrantFile(Declared):
    """One file of ``topics/grants``."""

    grants: tuple[Grant, ...] = Field(min_length=1)


class Answer(NamedTuple):
    """The grant that allows it, or why none does; true if allowed."""

    grant: Grant | None
    why: str

    def __bool__(self) -> bool:
        return self.grant is not None


class Grants:
    """All grants, ready to be asked once a request. Pure: the day is the caller's."""

    def __init__(self, grants: Iterable[Grant]) -> None:
        self.all = tuple(grants)
        self._by_use: dict[tuple[str, str, str], list[Grant]] = defaultdict(list)
        self._purposes: dict[tuple[str, str], set[str]] = defaultdict(set)
        for grant in self.all:
            self._by_use[grant.department, grant.item, grant.purpose].append(grant)
            self._purposes[grant.department, grant.item].add(grant.purpose)

    def allows(self, department: str, item: str, purpose: str, on: date, matter: str = "any", holder: str = "") -> Answer:
        """The grant under which ``department`` may ask ``item`` for ``purpose`` on that day. An expired grant is no grant.

        :param matter: the request's matter; a grant for one matter serves no other
        :param holder: only a grant to which this holder has consented; any, where none is named
        """
        given = self._by_use.get((department, item, purpose), [])
        found = [grant for grant in given if holder in ("", grant.holder, *grant.also)]
        for grant in found:
            if grant.live(on) and grant.matter in ("any", matter):
                return Answer(grant, "")
        if given and not found:
            return Answer(None, f"{holder} has not consented that {department} asks it {item} for this purpose")
        return Answer(None, self._why_not(department, item, found, on))

    def live(self, department: str, on: date) -> list[Grant]:
        """Grants of ``department`` on that day."""
        return [grant for grant in self.all if grant.department == department and grant.live(on)]

    def _why_not(self, department: str, item: str, found: Iterable[Grant], on: date) -> str:
        if (department, item) not in self._purposes:
            return f"{department} has no grant for {item}"
        if not found:
            return f"{department} has grants for {item}, but not for this purpose"
        if days := [f"{one.since} to {one.until}" for one in found if not one.live(on)]:
            return f"the grant of {department} for {item} holds {', '.join(days)}, not on {on}"
        return f"the grant of {department} for {item} is for another matter"
