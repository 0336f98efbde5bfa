"""From a row of the department's SELECT to a move of one of its cases on the wire: same row, same bytes, whenever it is sent."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from adapters.requests import request_id, strings
from govbus.envelope import Envelope
from govbus.pseudonym import SubjectKeys
from schemas.codec import Codec

RECORD = "gov_data.CaseMove"
_TEXT = ("case_id", "exchange", "move", "staff")
_MAYBE = ("item", "matter", "text_hash", "request_id", "reason")


def to_envelope(department: str, system: str, topic: str, row: Mapping[str, Any], codec: Codec, keys: SubjectKeys) -> Envelope:
    """The row as a record. Its key is the person's; the person is in it only where the row has a name: on the move that opens the case.

    What the agents judge (may this move follow, is a person named who decided) goes on as it is.

    :raises Poison: BAD_ROW, the row cannot be written as a move
    """
    name = request_id(department, system, row)
    person = {field: str(row[field] or "") for field in ("id_type", "id_no")}
    data = {
        **{field: str(row[field] or "") for field in _TEXT}, **{field: row[field] for field in _MAYBE}, "department": department,
        "at": int(row["updated_at"].timestamp() * 1000), "fields": strings(row["fields"]),
        "subject": {**person, "name": row["name"]} if row["name"] else None,
    }  # fmt: skip
    return Envelope(
        id=name, source=f"/{department}/{system}", type=RECORD, time=row["updated_at"].astimezone(UTC), topic=topic,
        key=keys.key(person["id_type"], person["id_no"]), value=codec.encode(RECORD, data, f"{topic} row {row['source_key']}"),
        correlation_id=data["case_id"] or name,
    )  # fmt: skip
