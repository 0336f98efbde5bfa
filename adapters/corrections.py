"""A holder says which records it has corrected or retracted (校核, 条例 Art 26): a CSV beside its system becomes records on its own topic.

Several old versions of one correction are several lines. The numbers stay in the file: what goes onto the bus has the subject's pseudonym.
The same file sent again is the same records, byte by byte, and has no second effect.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

from adapters import table
from govbus.envelope import Envelope, event_id, from_ms
from govbus.errors import BusError, Poison, SetupError
from govbus.identity import citizen_id, dates
from govbus.pseudonym import SubjectKeys
from govbus.reasons import Reason
from govbus.settings import Home
from schemas.codec import Codec
from topics import broker
from topics.load import load

RECORD = "gov_data.ProofCorrection"
COLUMNS = ("correction_id", "item", "id_type", "id_no", "old_version", "kind", "corrected_on")
_LOCAL = timezone(timedelta(hours=8))


class Sent(NamedTuple):
    """What became of one correction: its first line in the file, and its place or why not; never a number."""

    line: int
    correction: str
    place: str
    reason: str


def send(home: Home, department: str, path: Path) -> list[Sent]:
    """Send every correction of the file, as principal ``department``; a bad line never stops its neighbours.

    :raises SetupError: the file cannot be read, its columns are not those of :data:`COLUMNS`, or the department holds nothing
    """
    topic = f"{department}.correction"
    if topic not in load().topics:
        msg = f"{department} is no holder: topics/departments.yaml gives it no topic {topic}"
        raise SetupError(msg)
    keys = SubjectKeys(home.secret("subject-key").get_secret_value())
    codec, going = Codec.load(load().records), list[tuple[int, str, Envelope]]()
    grouped, told = _grouped(path)
    for (name, item, id_type, id_no), lines in grouped.items():
        first = min(lines)
        place = f"{path.name}:{first}"
        try:
            going.append((first, name, _envelope(codec, topic, (name, item, id_type, id_no), lines, keys, place)))
        except Poison as bad:
            told.append(Sent(first, name, place, f"{bad.reason}: {bad.detail}"))
    with broker.producer(home, department) as out:
        results = out.send_all([envelope for *_, envelope in going])
    for (line, name, _), result in zip(going, results, strict=True):
        if isinstance(result, BusError):
            told.append(Sent(line, name, "", str(result)))
        else:
            told.append(Sent(line, name, f"{result.topic}/{result.partition}@{result.offset}", ""))
    return sorted(told)


Subject = tuple[str, str, str, str]
Grouped = dict[Subject, dict[int, Mapping[str, str]]]


def _grouped(path: Path) -> tuple[Grouped, list[Sent]]:
    """Lines by correction and subject, and lines that are none."""
    found, bad = Grouped(), list[Sent]()
    with table.opened(path) as rows:
        if rows.columns != COLUMNS:
            msg = f"{path.name}: the columns are not {', '.join(COLUMNS)}"
            raise SetupError(msg)
        for number, row in rows.rows():
            if isinstance(row, Poison):
                bad.append(Sent(number, "", row.place, f"{row.reason}: {row.detail}"))
            else:
                found.setdefault((row["correction_id"], row["item"], row["id_type"], row["id_no"]), {})[number] = row
    return found, bad


def _envelope(
    codec: Codec, topic: str, subject: Subject, lines: Mapping[int, Mapping[str, str]], keys: SubjectKeys, place: str
) -> Envelope:
    name, item, id_type, id_no = subject
    kinds, versions = {row["kind"] for row in lines.values()}, sorted({row["old_version"] for row in lines.values()} - {""})
    if not name or not versions or not kinds <= {"corrected", "retracted"} or len(kinds) > 1:
        raise Poison(Reason.BAD_ROW, place, "correction_id or old_version is empty, or kind is not one of corrected, retracted")
    if id_type == citizen_id.RESIDENT_CARD and (wrong := citizen_id.fault(id_no)):
        raise Poison(wrong, place, "id_no")
    day = dates.iso(max(row["corrected_on"] for row in lines.values()))
    if day is None:
        raise Poison(Reason.BAD_DATE, place, "corrected_on is not an ISO day that exists")
    at_ms = int(datetime.combine(day, datetime.min.time(), _LOCAL).timestamp() * 1000)
    department = topic.split(".", 1)[0]
    data = {
        "correction_id": name, "holder": department, "item": item, "kind": kinds.pop(), "old_versions": versions, "corrected_at": at_ms,
    }  # fmt: skip
    key = keys.key(id_type, id_no)
    made = event_id(department, "correction", name, item, key.decode())
    return Envelope(made, f"/{department}/corrections", RECORD, from_ms(at_ms), topic, key, codec.encode(RECORD, data, place))
