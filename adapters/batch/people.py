"""The file of a batch: who is asked about, and what."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from adapters.requests import request_id
from adapters.table import Table
from govbus.errors import SetupError

PERSON = ("id_type", "id_no", "name")
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


def rows(job: Job, file: Path, table: Table) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rows by request id, as :func:`adapters.requests.to_envelope` takes them.

    :raises SetupError: a column is missing
    """
    if missing := [name for name in PERSON if name not in table.columns]:
        msg = f"{file.name}: the columns {', '.join(missing)} are missing; the others are claims of {job.item}"
        raise SetupError(msg)
    digest, moment = table.digest[:16], datetime.fromtimestamp(int(file.stat().st_mtime), UTC)
    for line, found in table.rows:
        claims = {name: value for name, value in found.items() if name and name not in PERSON and value}
        row = {
            **{name: (found[name] or "").strip() for name in PERSON}, "claims": claims, "line": line, "officer": job.officer,
            "matter": job.matter, "item": job.item, "purpose": job.purpose, "legal_basis": job.legal_basis, "as_of": job.as_of.isoformat(),
            "respond_within_ms": None, "source_key": f"{digest}-{job.item}-{line}", "version": job.attempt, "updated_at": moment,
        }  # fmt: skip
        yield request_id(job.department, SYSTEM, row), row
