"""From a row of the department's SELECT to any record about one person: same row, same bytes, whenever it is sent.

The columns are called as the record's fields; what the department's own values mean is said by its code tables (domain notes E1: no two
regions' code tables agree, so a value is mapped here or refused here, and never passed on as if it meant the same everywhere).
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from adapters.declaration import CodeTable
from adapters.requests import request_id
from govbus.envelope import Envelope
from govbus.errors import Poison
from govbus.identity import citizen_id
from govbus.pseudonym import SubjectKeys
from govbus.reasons import Reason
from schemas import release
from schemas.codec import Codec

PERSON = "person_key"


def to_envelope(
    department: str,
    system: str,
    topic: str,
    row: Mapping[str, Any],
    codec: Codec,
    keys: SubjectKeys,
    *,
    record: str,
    codes: Mapping[str, CodeTable],
) -> Envelope:
    """The row as a ``record`` under its person's key; number and name stay where they are.

    :raises Poison: BAD_ROW or UNKNOWN_CODE, naming the column and never its value; BAD_ID_FORM or BAD_CHECK_DIGIT, the number is none
    """
    place = f"{topic} row {row['source_key']}"
    name, key = request_id(department, system, row), keys.key(*_person(row, place))
    given = {field: _plain(row[field]) for field in _fields(record) if field in row}
    data = {**given, **{field: _meant(field, table, row, place) for field, table in codes.items()}}
    if PERSON in _fields(record):
        data[PERSON] = key.decode()
    return Envelope(
        id=name, source=f"/{department}/{system}", type=record, time=row["updated_at"].astimezone(UTC), topic=topic, key=key,
        value=codec.encode(record, data, place), correlation_id=name,
    )  # fmt: skip


def _person(row: Mapping[str, Any], place: str) -> tuple[str, str]:
    id_type, id_no = (str(row[field] or "").strip() for field in ("id_type", "id_no"))
    if not (id_type and id_no):
        raise Poison(Reason.BAD_ROW, place, "fields of a wrong type: id_type, id_no")
    if id_type == citizen_id.RESIDENT_CARD and (wrong := citizen_id.fault(id_no)):
        raise Poison(wrong, place, "field id_no")
    return id_type, id_no


def _meant(field: str, table: CodeTable, row: Mapping[str, Any], place: str) -> str:
    whose = str(row.get(table.by) or "") if table.by else ""
    means = table.tables.get(whose)
    if means is None:
        raise Poison(Reason.UNKNOWN_CODE, place, f"there is no table for this {table.by}, so nobody knows what its {field} means")
    found = means.get(str(row.get(field)))
    if found is None:
        raise Poison(Reason.UNKNOWN_CODE, place, f"field {field} is not in its code table")
    return found


def _plain(value: Any) -> Any:
    """As Avro has it: moments are milliseconds since 1970, days and decimals texts."""
    if isinstance(value, datetime):
        return int(value.timestamp() * 1000)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


@cache
def _fields(record: str) -> tuple[str, ...]:
    return tuple(field["name"] for field in release.text(release.load().latest()[record])["fields"])
