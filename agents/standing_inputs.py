"""What an exchange of shape ``standing`` reads: record types as facts, and orders that meet presences."""

from typing import Literal

from pydantic import Field

from agents.declaration import Duration
from agents.standing_rules import Where
from govbus.settings import Declared

Role = Literal["evidence", "subject", "release", "override", "appeal", "decision", "link", "forwarded", "order", "presence"]


class Input(Declared):
    """One record type that moves standings. Roles but ``evidence`` have a record of their own in schemas/avro/gov-data."""

    topic: str
    record: str
    role: Role = Field(
        default="evidence",
        description="evidence: what rules look at · subject: makes it known · release, override, appeal, decision: about assertions · "
        "link: two keys are one subject · forwarded: what a linked key hands on · order, presence: they meet elsewhere",
    )
    kind: str = Field(default="", description="it is a version of this input's records, e.g. a correction of results")
    id: str = Field(description="field")
    version: str = Field(default="version", description="field; the highest counts, whichever comes first")
    at: str = Field(description="field: event time; the rules of that moment judge it")
    start: str = Field(default="", description="field: begin of validity; at when empty")
    end: str = Field(default="", description="field: end of validity; open when empty")
    keep: tuple[str, ...] = Field(default=(), description="fields that rules, badges and readers need, and no others")
    withdrawn: Where = Field(default={}, description="values that say that there is no such fact any more")
    codes: Where = Field(
        default={}, description="closed lists; another value is refused: it would colour nobody, or somebody for no reason"
    )
    why: str = Field(default="", description="the coded field that gives the reason: another value is no reason at all")
    needs: tuple[str, ...] = Field(default=(), description="fields that must not be empty: number of the order, who entered, who approved")

    @property
    def sender(self) -> str:
        """Department that may send it."""
        owner = self.topic.split(".", 1)[0]
        return "gov-data" if owner == "bus" else owner


class Meeting(Declared):
    """Orders about places or areas meet presences (scans, stays); the persons' inputs take what they come to (docs/decisions/0007)."""

    orders: str = Field(description="input of role order")
    presences: str = Field(description="input of role presence")
    bucket: Literal["place-hour", "town-shard"] = Field(description="how the key is cut, so that no state grows without bound")
    area: str = Field(default="", description="field of both: an order covers the divisions below its own; empty: the whole bucket")
    widest: int = Field(default=0, ge=0, le=12, description="digits of a division that may be ordered without confirmed_by; 0: no matter")
    here: str = Field(default="", description="field of the presence: division of the place")
    declared: str = Field(default="", description="field of the presence: division in which the person was; must agree with here")
    digits: int = Field(default=6, ge=2, le=12, description="how far they must agree")
    keep: Duration = Field(description="presences and orders are forgotten so long after their end")
