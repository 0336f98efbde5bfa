"""A city of nobody for the round: numbers that cannot be anybody's, laboratories' files about them, and what must come of it.

What must come is said here in plain words, without the code of the bus: :func:`expected`.
"""

import csv
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

from local.departments.numbers import citizen_id

POOL, A_FILE = 10, 50_000
_LOCAL = timezone(timedelta(hours=8))
_FIRST_DAY = datetime(1940, 1, 1)
_HEAD = ("试管编号", "采样时间", "结果", "版本", "证件号码")
_SICK, _TUBE, _CONTACT = 9_973, 1_009, 211  # every so manyth: tested positive alone, member of a positive tube (by tube), a contact


class Told(NamedTuple):
    """What a checkpoint must be told of a person."""

    level: str
    sampled_at: int | None


def number(person: int) -> str:
    """The citizen's number of person 0, 1, …"""
    born = _FIRST_DAY + timedelta(days=person // 50)
    return citizen_id("449999", f"{born:%Y%m%d}", person % 50 * 2)


def contact(person: int) -> bool:
    """Whether the person was somebody's companion before the round: yellow until two negatives, so the round goes to its own standing."""
    return person % _CONTACT == 7


def sampled(person: int, noon_ms: int) -> int:
    """When the person was tested: all of a tube at one time, the city within four hours."""
    return noon_ms - 4 * 3_600_000 + person // POOL % 14_400 * 1_000


def expected(person: int, people: int, noon_ms: int, known: int) -> Told:
    """What must come of the round: a positive alone is red, a member of a positive pool and a contact yellow, all others green.

    :param known: from this person on they are in no register: nobody's contact, and none instead of green
    """
    if person % _SICK == 11:
        return Told("red", None)
    at = sampled(person, noon_ms)
    tube = person // POOL
    if tube % _TUBE == 3 and len(_members(tube, people)) > 1:
        return Told("yellow", None)
    return Told("none" if person >= known else "yellow" if contact(person) else "green", at)


def tubes(people: int, noon_ms: int) -> Iterator[tuple[str, str, str, str, str]]:
    """Lines of the laboratories' files: the sick were tested alone, all others ten a tube."""
    for person in range(11, people, _SICK):
        yield f"S{person:09d}", _text(sampled(person, noon_ms)), "阳性", "1", number(person)
    for tube in range(-(-people // POOL)):
        members = _members(tube, people)
        positive = tube % _TUBE == 3 and len(members) > 1
        if members:
            at = _text(sampled(tube * POOL, noon_ms))
            yield f"T{tube:09d}", at, "阳性" if positive else "阴性", "1", ";".join(map(number, members))


def write_files(folder: Path, people: int, noon_ms: int, a_file: int = A_FILE) -> list[Path]:
    """The files with their checksums, each of so many persons; without ready-files."""
    paths: list[Path] = []
    rows = list(tubes(people, noon_ms))
    step = a_file // POOL
    for start in range(0, len(rows), step):
        path = folder / f"round-{len(paths):03d}.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(_HEAD)
            writer.writerows(rows[start : start + step])
        path.with_name(path.name + ".sha256").write_text(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n")
        paths.append(path)
    return paths


def _members(tube: int, people: int) -> list[int]:
    return [one for one in range(tube * POOL, min((tube + 1) * POOL, people)) if one % _SICK != 11]


def _text(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(_LOCAL):%Y-%m-%d %H:%M:%S}"
