"""The file of a batch: who is asked about, and what; a line at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from adapters.requests import request_id
from adapters.table import Table
from govbus.errors import Poison, SetupError
from govbus.reasons import Reason

PERSON = ("id_type", "id_no", "name")
REFERENCE = "reference"
"""A column that is no claim: the officer's own number of the case, for the hearing. It stays in the folder and never goes onto the bus."""
SYSTEM = "batch"


@dataclass(frozen=True)
class Job:
    """What is asked about everybody in the file."""

    department: str
    item: str
    purpose: str
    legal_basis: str
    matter: str
    officer: str
    as_of: date
    attempt: int = 1


class Person(NamedTuple):
    """One line of the file; ``wrong`` where it cannot be asked about."""

    line: int
    request_id: str
    reference: str
    subject: tuple[str, ...] = ()
    claims: Mapping[str, str] = {}
    wrong: Poison | None = None


def check(job: Job, table: Table) -> None:
    """:raises SetupError: a column is missing"""
    if missing := [name for name in PERSON if name not in table.columns]:
        msg = f"{table.name}: the columns {', '.join(missing)} are missing (separated by commas); the others are claims of {job.item}"
        raise SetupError(msg)


def people(job: Job, table: Table) -> Iterator[Person]:
    """Everybody in the file, in its order; errors as :meth:`adapters.table.Table.rows`."""
    for line, found in table.rows():
        name = request_id(job.department, SYSTEM, {"source_key": _source_key(job, table.digest, line), "version": job.attempt})
        yield Person(line, name, "", wrong=found) if isinstance(found, Poison) else _person(line, name, found, f"{table.name}:{line}")


def row(job: Job, digest: str, person: Person, moment: datetime) -> dict[str, Any]:
    """What :func:`adapters.requests.to_envelope` takes. :param digest: of the file; :param moment: the file's"""
    return {
        **dict(zip(PERSON, person.subject, strict=True)), "claims": person.claims, "officer": job.officer, "matter": job.matter,
        "item": job.item, "purpose": job.purpose, "legal_basis": job.legal_basis, "as_of": job.as_of.isoformat(),
        "respond_within_ms": None, "source_key": _source_key(job, digest, person.line), "version": job.attempt, "updated_at": moment,
    }  # fmt: skip


def _source_key(job: Job, digest: str, line: int) -> str:
    return f"{digest[:16]}-{job.item}-{line}"


def _person(line: int, name: str, found: Mapping[str, str], place: str) -> Person:
    subject, reference = tuple(found[each] for each in PERSON), found.get(REFERENCE, "")
    if any(len(each) > 1 and each in reference for each in subject[1:]):
        return Person(line, name, "", wrong=Poison(Reason.BAD_ROW, place, "the reference names the person"))
    claims = {each: value for each, value in found.items() if value and each not in (*PERSON, REFERENCE)}
    return Person(line, name, reference, subject, claims)
