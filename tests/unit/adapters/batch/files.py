"""Files of people for the tests of the batch; nobody in them lives."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from adapters import table
from adapters.batch import Job
from adapters.batch import folder as folders
from adapters.batch.folder import Folder
from adapters.batch.people import Person, people
from adapters.table import Table
from govbus.identity.citizen_id import check_digit

JOB = Job("housing", "proof-01", "public-rental-housing", "公共租赁住房管理办法 Art 7", "RECHECK", "ZJ0001", date(2026, 11, 24))
NAME = "拟安"


def citizen(number: int) -> str:
    first = f"449999{1940 + number // 336 % 60}{number // 28 % 12 + 1:02d}{number % 28 + 1:02d}{number // 20_160 % 900 + 100}"
    return first + check_digit(first)


def put(folder: Path, count: int, name: str = "people.csv", more: str = "") -> Path:
    path = folder / name
    lines = (f"111,{citizen(number)},{NAME},20,GZF-{number:07d}\n" for number in range(count))
    with path.open("w", encoding="utf-8") as out:
        out.write("id_type,id_no,name,marital_status,reference\n")
        out.writelines(lines)
        out.write(more)
    return path


def everybody(path: Path, job: Job = JOB) -> list[Person]:
    with table.opened(path) as found:
        return list(people(job, found))


@contextmanager
def opened(path: Path, out: Path, job: Job = JOB) -> Iterator[tuple[Table, Folder]]:
    """The batch of this file, its register beside it."""
    with table.opened(path) as found, folders.opened(out, job, found, out.parent / "register") as kept:
        yield found, kept
