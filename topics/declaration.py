"""What a department, a topic and its rights look like in YAML: one declaration gives parsing, checking and listing."""

from typing import Literal

from pydantic import Field, model_validator

from govbus.settings import Declared, Title

Level = Literal["L1", "L2", "L3", "L4"]
Sharing = Literal["unconditional", "conditional", "withheld"]
Role = Literal["asker", "holder", "case"]
Party = Literal["owner", "worker", "operator", "auditor", "sealer", "recorder", "approver"]
DEPARTMENT = r"^[a-z][a-z0-9-]{1,62}$"
_DAY_MS = 86_400_000
THREE_YEARS = 1096
"""Days that records of sharing are kept at least (政务数据共享条例 Art 29)."""


class Department(Declared):
    """A body on the bus; the id is its Kafka principal and the first word of its topics."""

    id: str = Field(pattern=DEPARTMENT, description="stable id, never used again")
    zh: str = Field(description="name in Chinese, as of today")
    en: str = Field(description="name in English")
    roles: tuple[Role, ...] = Field(
        default=(), description="asker: may send requests; holder: answers questions; case: takes part in cases"
    )
    duties: dict[str, str] = Field(
        default={}, description="post that has a role: liaison 协查联络员, corrector 校核员, leader 分管领导; no names"
    )


class Limits(Declared):
    """What one department may take of the broker."""

    producer_byte_rate: int = Field(gt=0, description="bytes a second into the broker")
    consumer_byte_rate: int = Field(gt=0, description="bytes a second out of the broker")
    request_percentage: int = Field(gt=0, description="share of one request thread, percent")


class Register(Declared):
    """``departments.yaml``."""

    quota: Limits = Field(description="limits of each department's principal")
    departments: tuple[Department, ...] = Field(min_length=1, description="all bodies on the bus")


class Template(Declared):
    """``meta`` of a topic that a role gives: everything but name and owner (政务数据共享条例 Art 13)."""

    title: Title
    description: str = Field(min_length=10, description="what is in it, who writes and who reads")
    classification: Level = Field(description="L1 open to L4 sensitive personal; at least the record's own level")
    sharing: Sharing = Field(description="无条件 / 有条件 / 不予共享 (条例 Art 14)")
    legal_basis: str = Field(default="", description="why it is withheld: required for 不予共享 (条例 Art 15)")
    source_law: str = Field(description="law that the data rests on")

    @model_validator(mode="after")
    def _withheld_by_law(self) -> "Template":
        if self.sharing == "withheld" and not self.legal_basis:
            msg = "sharing 'withheld' needs legal_basis: the article that forbids it (政务数据共享条例 Art 15)"
            raise ValueError(msg)
        return self


class Meta(Template):
    """``meta`` of a topic."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*){1,3}$", description="<owner>.<record>; bus.<what> for the bus's own")
    owner: str = Field(pattern=DEPARTMENT, description="department that answers for it")


class Spec(Declared):
    """``spec`` of a topic: what the broker is told."""

    record: str = Field(description="record type, full Avro name")
    key: Literal["subject", "place", "crowd", "exchange-subject", "exchange", "partition", "access"] = Field(
        description="what the key is; never a person's number"
    )
    partitions: int = Field(ge=1, le=256, description="may grow, never shrink")
    cleanup: Literal["delete", "compact"] = Field(default="delete", description="forget by age, or keep the latest of each key")
    retention_days: int | None = Field(default=None, ge=1, description="required for delete, forbidden for compact")
    archive_days: int | None = Field(default=None, ge=1, description="how long sealed archives keep it, where the topic itself keeps less")
    max_bytes: int = Field(ge=1024, le=1_048_576, description="largest record batch that the broker takes")

    @model_validator(mode="after")
    def _age_or_latest(self) -> "Spec":
        if (self.cleanup == "delete") != (self.retention_days is not None):
            msg = "retention_days belongs to cleanup 'delete', and to it alone"
            raise ValueError(msg)
        return self

    def config(self) -> dict[str, str]:
        """The broker's settings for this topic."""
        config = {"cleanup.policy": self.cleanup, "max.message.bytes": str(self.max_bytes), "message.timestamp.type": "LogAppendTime"}
        if self.retention_days is not None:
            config["retention.ms"] = str(self.retention_days * _DAY_MS)
        return config


class Access(Declared):
    """Who may read and write it, by part in the play; names follow from it (``topics.access``)."""

    write: tuple[Party, ...] = Field(min_length=1, description="who may write it; operator: to retry what was quarantined")
    read: tuple[Party, ...] = Field(min_length=1, description="who may read it")


class Part(Declared):
    """A topic without name and owner."""

    meta: Template
    spec: Spec
    access: Access


class Dialogue(Declared):
    """``catalog/dialogue.yaml``: the topics of each role, by their second word."""

    asker: dict[str, Part]
    holder: dict[str, Part]
    case: dict[str, Part]


class Topic(Declared):
    """One file of ``catalog``, or one part of the dialogue under its department's name."""

    meta: Meta
    spec: Spec
    access: Access

    @property
    def name(self) -> str:
        """``<owner>.<record>``."""
        return self.meta.name

    @property
    def archive_days(self) -> int:
        """Days that sealed archives keep its records; 0: none. What a topic keeps for three years (条例 Art 29) is archived as long."""
        days = self.spec.archive_days or self.spec.retention_days or 0
        return days if self.sealed and (self.spec.archive_days or days >= THREE_YEARS) else 0

    @property
    def sealed(self) -> bool:
        """Whether the sealer reads it: all but the seals themselves, and the agents' working memory, which its inputs give again."""
        memory = self.spec.cleanup == "compact" and self.access.read == ("worker",)
        return self.spec.record != "gov_data.Seal" and not memory

    @property
    def dialogue(self) -> bool:
        """Whether it belongs to the proof dialogue, i.e. whether auditors follow a case through it."""
        return self.spec.record.startswith("gov_data.Proof")
