"""Scenarios of the proof items, as a clerk reads them: who, what is claimed, what is held, what must come out (``local/scenarios``).

A file names its item, who asks, and what each table row has unless a scenario says otherwise. All scenarios share the holders' databases,
so each has people of its own; they are synthetic like everybody here. ``people`` is what the holder's officers find where its data has no
answer (协查). A holder without a database has a ``file``: its rows are lines of nightly files, under the file's own column names, and with
them ``night`` (1 is the first); ``refused``, the reason for which the line must go back to the holder; ``blank``, an empty line.
"""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import yaml
from psycopg import sql

from adapters import tasks
from govbus.envelope import Envelope, event_id
from govbus.errors import BusError
from govbus.pseudonym import SubjectKeys
from govbus.settings import Home
from local.departments import scenario_nights
from local.landed import wait_landed
from schemas.codec import Codec
from topics import broker
from topics.load import load as catalogue

FOLDER = Path(__file__).parent / "scenarios"
TODAY = date(2026, 11, 24)
REQUEST, VERDICT = "gov_data.ProofRequest", "gov_data.ProofVerdict"
FILE = "file"
"""In place of a table's name: lines of nightly files."""
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Scenario:
    """One case."""

    item: str
    name: str
    asker: str
    purpose: str
    matter: str
    legal_basis: str
    subject: Mapping[str, str]
    claims: Mapping[str, str]
    as_of: str
    held: Mapping[str, Mapping[str, Sequence[Row]]]
    silent: Sequence[str]
    people: Mapping[str, Any] | None
    verdict: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Item and name."""
        return f"{self.item}: {self.name}"

    def expected(self) -> dict[str, Any]:
        """The verdict, with what a file leaves out because it is empty."""
        return {"mismatched_fields": [], "flags": [], **self.verdict}

    def request(self, request_id: str) -> dict[str, Any]:
        """Data of the asker's request."""
        return {
            "request_id": request_id, "department": self.asker, "officer": "ZJ0001", "matter": self.matter, "item": self.item,
            "purpose": self.purpose, "legal_basis": self.legal_basis, "subject": dict(self.subject), "claims": dict(self.claims),
            "as_of": self.as_of, "commitment_hash": None, "respond_within_ms": None, "case_id": None,
        }  # fmt: skip


@cache
def load() -> dict[str, tuple[Scenario, ...]]:
    """All scenarios by item. Those that name a ``silent`` holder cannot be played while it runs; see :func:`playable`."""
    return {path.stem: tuple(_read(yaml.safe_load(path.read_text(encoding="utf-8")))) for path in sorted(FOLDER.glob("proof-*.yaml"))}


def _read(file: Mapping[str, Any]) -> Iterator[Scenario]:
    rows = file.get("rows", {})
    for each in file["scenarios"]:
        held = {
            department: {table: [{**rows.get(table, {}), **row} for row in found] for table, found in tables.items()}
            for department, tables in each.get("held", {}).items()
        }
        asked = {**file["asks"], **each.get("asks", {})}
        yield Scenario(
            item=file["item"], name=each["name"], asker=asked["department"], purpose=asked["purpose"], matter=asked["matter"],
            legal_basis=asked["legal_basis"], subject={"id_type": "111", **each["subject"]},
            claims={name: str(value) for name, value in each.get("claims", {}).items()}, as_of=str(each.get("as_of", TODAY)), held=held,
            silent=each.get("silent", ()), people=each.get("people"), verdict=each["verdict"],
        )  # fmt: skip


def playable() -> list[Scenario]:
    """All scenarios in which every holder answers."""
    return [each for found in load().values() for each in found if not each.silent]


def tables(department: str) -> list[str]:
    """Tables of this department that scenarios have rows in."""
    return sorted({table for table, _ in _held(department) if table != FILE})


def lines(department: str) -> list[Row]:
    """Lines of this department's nightly files, all nights together, in the order of the scenarios."""
    return [row for table, row in _held(department) if table == FILE]


def _held(department: str) -> Iterator[tuple[str, Row]]:
    for found in load().values():
        for scenario in found:
            for table, rows in scenario.held.get(department, {}).items():
                yield from ((table, row) for row in rows)


def insert(link: psycopg.Connection, department: str) -> int:
    """Put what this department holds in all scenarios into its tables; how many rows. A code table's row may be there already."""
    rows = [(table, row) for table, row in _held(department) if table != FILE]
    for table, row in rows:
        columns = sql.SQL(",").join(map(sql.Identifier, row))
        values = sql.SQL(",").join(sql.Placeholder() * len(row))
        link.execute(
            sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING").format(sql.Identifier(table), columns, values),
            list(row.values()),
        )
    return len(rows)


@dataclass(frozen=True)
class Outcome:
    """What came of one scenario on the running bus; ``told`` is None where no verdict came."""

    scenario: Scenario
    told: Mapping[str, Any] | None

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is the one that the file states."""
        return self.told is not None and all(self.told[name] == value for name, value in self.scenario.expected().items())


def play(
    home: Home, scenarios: Sequence[Scenario], progress: Callable[[int], None] = lambda _: None, patience_s: float = 60.0
) -> list[Outcome]:
    """Ask everything through the running bus, each as its own department, and wait for the verdicts.

    :raises BusError: a request could not be sent, or the nightly files of its holder do not land
    """
    if any(FILE in held for each in scenarios for held in each.held.values()):
        wait_landed(home, scenario_nights.NIGHTS)
    codec, keys = Codec.load(catalogue().records), SubjectKeys(home.secret("subject-key").get_secret_value())
    run, since, told = uuid.uuid4().hex, datetime.now(UTC) - timedelta(seconds=5), dict[str, dict[str, Any]]()
    names = {event_id("scenario", run, each.id): each for each in scenarios}
    askers = sorted({each.asker for each in scenarios})
    watched = [f"{asker}.verdict" for asker in askers] + sorted({f"{name}.task" for each in scenarios if each.people for name in each.held})
    with broker.Tail(home, "auditor", watched, since) as tail:
        for asker in askers:
            _ask(home, asker, {name: each for name, each in names.items() if each.asker == asker}, codec, keys)
        deadline = time.monotonic() + patience_s
        while len(told) < len(names) and time.monotonic() < deadline:
            for record in tail.poll():
                verdict = record.topic.endswith(".verdict")
                data = codec.read(VERDICT if verdict else tasks.TASK, record.value or b"", record.place)
                if (scenario := names.get(data["request_id"])) is None:
                    continue
                if verdict:
                    told[data["request_id"]] = data
                elif scenario.people:
                    _answer(home, record.topic.removesuffix(".task"), data["request_id"], scenario.people)
            progress(len(told))
    return [Outcome(each, told.get(name)) for name, each in names.items()]


def _answer(home: Home, holder: str, request_id: str, people: Mapping[str, Any]) -> None:
    tasks.answer(home, holder, request_id, people["outcome"], "XC0001", tuple(people.get("mismatched_fields", ())))


def _ask(home: Home, asker: str, named: Mapping[str, Scenario], codec: Codec, keys: SubjectKeys) -> None:
    topic = f"{asker}.request"
    made = [
        Envelope(
            name,
            f"/{asker}/scenarios",
            REQUEST,
            datetime.now(UTC),
            topic,
            keys.key(each.subject["id_type"], each.subject["id_no"]),
            codec.encode(REQUEST, each.request(name), each.id),
            name,
        )
        for name, each in named.items()
    ]
    with broker.producer(home, asker) as out:
        for result in out.send_all(made):
            if isinstance(result, BusError):
                raise result
