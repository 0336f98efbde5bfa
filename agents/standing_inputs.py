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
    told: str = Field(
        default="",
        description="department that is told what became of its assertions (disposals), where the bus itself sends it; else the source",
    )
    known_as: str = Field(default="", description="kept field: number by which that department knows the record; else the record's own id")
    word_of: str = Field(default="", description="department whose word it is, where the bus passes it on; empty: the sender's")

    @property
    def sender(self) -> str:
        """Department that may send it."""
        return sender(self.topic)


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


class Round(Declared):
    """Results of rounds of testing come by buckets of persons; what is not calm goes to the persons' standings (docs/decisions/0010)."""

    topic: str = Field(description="of the results, record health.LabRound")
    interest: str = Field(description="topic on which a standing asks for its person's results")
    result: str = Field(description="input by which a result goes to its person's standing")
    correction: str = Field(description="input by which one that was taken back goes there")
    calm: tuple[str, ...] = Field(min_length=1, description="results that no rule counts against anybody")
    badge: str = Field(description="badge that they give")
    readers: tuple[str, ...] = Field(min_length=1, description="topics on which it is told, a bucket at a time")
    keep: Duration = Field(
        description="how long a result is held for a standing that asks later: as long as a rule looks back, and a badge is shown"
    )

    @property
    def sender(self) -> str:
        """Department that may send it."""
        return sender(self.topic)


def sender(topic: str) -> str:
    """Department that may send on a topic."""
    owner = topic.split(".", 1)[0]
    return "gov-data" if owner == "bus" else owner
