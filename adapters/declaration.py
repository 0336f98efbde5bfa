"""What a department's IT person writes: one YAML an adapter. Parsing, checking and ``govbus adapter list`` all come from here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from govbus.errors import SetupError
from govbus.identity.compare import Facts, FieldRule
from govbus.settings import Declared, Title
from topics.declaration import DEPARTMENT

ROOM = Path(__file__).parent


class Meta(Declared):
    """Who runs this adapter and what it is called."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$", description="<department>.<what>; also the file's name")
    department: str = Field(pattern=DEPARTMENT, description="Kafka principal of the adapter")
    title: Title


class CodeTable(Declared):
    """What the department's own values mean; a value that no table has is refused. The raw one goes on only in a column of its own."""

    by: str = Field(default="", description="column that says whose table counts, e.g. the issuing province; empty: one table, named ''")
    tables: dict[str, dict[str, str]] = Field(min_length=1, description="by that column's value: value here → value in the record")


class SqlSource(Declared):
    """Rows of the department's own tables become proof requests, moves of its cases, or records about one person each."""

    kind: Literal["sql_source"]
    record: Literal["request", "case_move", "fact"] = Field(default="request", description="what a row becomes")
    carries: str = Field(default="", description="record type of a fact, e.g. health.ContactOrder; its columns are called as the fields")
    codes: dict[str, CodeTable] = Field(default_factory=dict, description="of a fact: by field")
    database: str = Field(description="database of site.yaml")
    role: str = "bus_source"
    system: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="name of the old system; part of ce_source")
    topic: str
    query: str = Field(
        description="SELECT with the columns source_key (text), version (int), updated_at (timestamptz), officer, matter, item, purpose, "
        "legal_basis, id_type, id_no, name, as_of, respond_within_ms, claims (json object), "
        "and commitment_hash, case_id where it has them; of a fact the first three, id_type, id_no and the record's fields; "
        "no WHERE for the cursor, no ORDER BY"
    )
    poll_s: float = Field(default=0.05, gt=0, le=60, description="seconds between two looks")
    batch: int = Field(default=2000, ge=1, le=5000, description="rows a look; a look costs all rows in its window")
    settle_s: float = Field(
        default=3600, ge=0, description="a row may be committed so long after its updated_at and still be found in seconds"
    )
    sweep_s: float = Field(default=3600, gt=0, description="seconds between two looks at all rows, for commits later than that")

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if (self.record == "fact") != bool(self.carries) or (self.codes and not self.carries):
            msg = "`record: fact` and `carries` go together, and `codes` with them"
            raise ValueError(msg)
        return self


class SqlSink(Declared):
    """Verdicts and what is told of checks and cases go into the department's own database, with their dedupe marks in one transaction."""

    kind: Literal["sql_sink"]
    database: str
    role: str = "bus_sink"
    topic: str = Field(description="of verdicts")
    also: tuple[str, ...] = Field(default=(), description="of progress and case-progress, by the same reader")
    group: str

    @property
    def topics(self) -> tuple[str, ...]:
        """All that it reads."""
        return (self.topic, *self.also)


class ItemRule(Declared):
    """How a holder answers for one proof item."""

    rule_version: str
    query: str = Field(
        description="SELECT with :ids (all forms of the identifier), :as_of (day), :claims (jsonb, e.g. :claims->>'plate') and :other_ids; "
        "column `name` and those `compare` names"
    )
    others: tuple[str, ...] = Field(
        default=(), description="claims that are numbers of other people; all forms of them together are bound as :other_ids"
    )
    compare: tuple[FieldRule, ...] = Field(default=(), description="none: number and name alone are compared")
    facts: Facts = Field(
        default="one",
        description="what several rows are. one: two people or two facts that cannot both hold: ambiguous · "
        "any: several facts of one subject, e.g. its permits; one that agrees is enough",
    )

    @field_validator("query")
    @classmethod
    def _bound(cls, query: str) -> str:
        if ":ids" not in query:
            msg = "the query must bind :ids, so that it asks for one person and not for the table"
            raise ValueError(msg)
        return query


class SqlAnswerer(Declared):
    """The holder's side: a parameterised query in its own database, and an answer that tells no value."""

    kind: Literal["sql_answerer"]
    database: str
    role: str = "bus_answerer"
    questions: str
    answers: str
    group: str
    items: dict[str, ItemRule] = Field(min_length=1)


class FileSource(Declared):
    """A drop folder of CSV files, each with its checksum and ready-file."""

    kind: Literal["file_source"]
    system: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    topic: str
    record: str = Field(description="record type of the rows")
    encodings: tuple[Literal["gb18030", "utf-8"], ...] = Field(
        min_length=1, description="in the order they are tried; a byte order mark decides"
    )
    columns: dict[str, str] = Field(min_length=1, description="field of the record by column of the file, in the file's order")
    card: str = Field(description="field with the 20-digit card number; its first 18 characters are the subject")
    dates: tuple[str, ...] = Field(default=(), description="fields that are days")
    ends: tuple[str, ...] = Field(default=(), description="fields that are last days; 长期, 无 and / mean no end")
    codes: dict[str, dict[str, str]] = Field(default_factory=dict, description="by field: value in the file → value in the record")
    updated: str = Field(description="field that says when the row was last changed; orders versions")
    poll_s: float = Field(default=1.0, gt=0, le=3600)


class RoundSource(Declared):
    """A drop folder of laboratories' files: a line a tube, with all whose samples are in it."""

    kind: Literal["round_source"]
    system: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    topic: str = Field(description="of results, by buckets of persons")
    pools: str = Field(description="topic of positive pools, one record a member")
    division: str = Field(pattern=r"^\d{12}$", description="division of the authority whose rules apply")
    encodings: tuple[Literal["gb18030", "utf-8"], ...] = Field(
        min_length=1, description="in the order they are tried; a byte order mark decides"
    )
    columns: dict[str, Literal["tube_id", "sampled_at", "result", "version", "members"]] = Field(
        min_length=5, max_length=5, description="field by column of the file, in the file's order"
    )
    results: dict[str, Literal["negative", "positive", "inconclusive", "invalid", "retracted"]] = Field(
        min_length=1, description="the laboratories' words"
    )
    oldest_h: int = Field(default=168, gt=0, description="hours; a result whose sample is older goes back: it moves no badge any more")
    poll_s: float = Field(default=1.0, gt=0, le=3600)


class CodeSink(Declared):
    """Colours and badges go into a store that checkpoints read."""

    kind: Literal["code_sink"]
    codes: str = Field(description="topic of single changes")
    badges: str = Field(description="topic of badges by buckets of persons")
    badge: str = Field(description="the badge that checkpoints see")


class CodeDoor(Declared):
    """What a checkpoint asks: one person's colour, over HTTPS, on loopback; a proxy of the department's own stands before it."""

    kind: Literal["code_door"]
    store: str = Field(description="id of the code_sink whose store it reads")
    unknown: str = Field(description="colour of whom nobody knows; never green")
    shown: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="for recognition elsewhere, by platform or region: its own value for each of our levels"
    )
    steps_h: tuple[int, ...] = Field(min_length=1, description="ages in hours up to which the badge shows itself, rising")
    stale_s: float = Field(default=60.0, gt=0, description="a store that has not looked at its topics for longer is told as stale")
    poll_s: float = Field(default=1.0, gt=0, le=60)


Spec = Annotated[SqlSource | SqlSink | SqlAnswerer | FileSource | RoundSource | CodeSink | CodeDoor, Field(discriminator="kind")]


class Adapter(Declared):
    """One adapter, as its file says it."""

    meta: Meta
    spec: Spec


def load_adapters(folder: Path = ROOM / "declared") -> Mapping[str, Adapter]:
    """All adapters of ``folder`` by id.

    :raises SetupError: naming every fault of every file
    """
    found: dict[str, Adapter] = {}
    faults: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            adapter = Adapter.model_validate(yaml.safe_load(path.read_bytes()))
        except ValidationError as error:
            faults += [f"{path.name}: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_input=False)]
            continue
        except yaml.YAMLError as error:
            faults.append(f"{path.name}: not YAML: {error}")
            continue
        if adapter.meta.id != path.stem:
            faults.append(f"{path.name}: meta.id is {adapter.meta.id}; file and id have one name")
        if adapter.meta.id.split(".", 1)[0] != adapter.meta.department:
            faults.append(f"{path.name}: the id begins with the department, {adapter.meta.department}")
        found[adapter.meta.id] = adapter
    if faults:
        msg = "adapters cannot be used:\n" + "\n".join(f"  {fault}" for fault in faults)
        raise SetupError(msg)
    return found
