"""Duties whose time is over (超时督办): whom a clock's steps go to, by department, role and post; and the alarm taken back. Pure.

A clock names roles of the law (:file:`govbus/clocks/declared.yaml`); who that is in this county follows from the case, and which post has
the role there from ``topics/departments.yaml``. Nothing is ever granted or decided here (domain notes D4, D6).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from agents.shapes.decision import Output
from govbus.clocks.declared import Clock

TOPIC, ESCALATION = "bus.duty", "gov_data.DutyEscalation"
LIAISON, CORRECTOR, LEADER = "liaison", "corrector", "leader"
_LATE_SIDE = ("provider", "holder", "leader")
_ELSEWHERE: Mapping[str, str] = {
    "zhanjiang": "zhanjiang-node", "credit-office": "development-reform", "supervision": "gov-data", "gov-data": "gov-data",
    "service-center": "service-center", "health": "health", "public-security": "public-security", "natural-resources": "natural-resources",
    "civil-affairs": "civil-affairs", "housing-fund": "housing-fund",
}  # fmt: skip


class Lateness(NamedTuple):
    """A clock that is over, or was thought to be.

    :param late: department whose duty it is; ``handler``: department that handles the matter
    :param due_ms: end of its time, log time in milliseconds
    """

    clock: Clock
    exchange: str
    late: str
    handler: str
    due_ms: int
    calendar: str
    provisional: bool
    case_id: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Duties:
    """Who has which role: posts by department and role, as ``topics/departments.yaml`` says it."""

    posts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def over(self, found: Lateness, at_ms: int) -> tuple[Output, ...]:
        """One record for each step that the clock declares, in its order."""
        return tuple(self._record(found, step.do, step.to, at_ms) for step in found.clock.expiry)

    def withdrawn(self, found: Lateness, by: Sequence[str], at_ms: int) -> tuple[Output, ...]:
        """The alarm was wrong: whoever got it is told so, and by which events (ids)."""
        told = dict.fromkeys(step.to for step in found.clock.expiry)
        return tuple(self._record(found, "withdrawn", to, at_ms, by) for to in told)

    def _record(self, found: Lateness, step: str, to: str, at_ms: int, by: Sequence[str] = ()) -> Output:
        department, role = addressee(to, found.clock.id, found.late, found.handler)
        data: dict[str, Any] = {
            "clock": found.clock.id, "exchange": found.exchange, "case_id": found.case_id, "request_id": found.request_id,
            "department": department, "role": role, "post": self.posts.get(department, {}).get(role), "late": found.late, "step": step,
            "due": found.due_ms, "calendar": found.calendar, "provisional": found.provisional, "withdrawn_by": list(by),
            "decided_at": at_ms,
        }  # fmt: skip
        about = found.case_id or found.request_id or found.exchange
        return Output(TOPIC, ESCALATION, data, f"{step}-{to}-{found.clock.id}-{found.late}-{found.due_ms}", about)


def addressee(to: str, clock: str, late: str, handler: str) -> tuple[str, str]:
    """Department and role that a clock's role stands for; whoever is not on the bus is reached through the handler."""
    role = LEADER if to == "leader" else CORRECTOR if clock == "correction" and to in _LATE_SIDE else LIAISON
    return (late if to in _LATE_SIDE else _ELSEWHERE.get(to, handler)), role


def owner_of(clock: Clock, handler: str, holders: Sequence[str]) -> tuple[str, ...]:
    """Departments whose duty the clock is: each holder its own, else one."""
    if clock.owner in ("provider", "holder"):
        return tuple(holders)
    return (_ELSEWHERE.get(clock.owner, handler),)
