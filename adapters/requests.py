"""From a row of the department's SELECT to a proof request on the wire: same row, same bytes, whenever it is sent."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from govbus.envelope import Envelope, event_id
from govbus.pseudonym import SubjectKeys
from schemas.codec import Codec

RECORD = "gov_data.ProofRequest"
_TEXT = ("officer", "matter", "item", "purpose", "legal_basis", "as_of")


def request_id(department: str, system: str, row: Mapping[str, Any]) -> str:
    """Id of the whole dialogue: department, system, source key and version of the row."""
    return event_id(department, system, row["source_key"], row["version"])


def to_envelope(department: str, system: str, topic: str, row: Mapping[str, Any], codec: Codec, keys: SubjectKeys) -> Envelope:
    """The row as a record.

    What the gate judges (purpose, check digits, claims) goes on as it is: only the agent refuses, so that one place knows the rules.

    :raises Poison: BAD_ROW, the row cannot be written as a proof request
    """
    name = request_id(department, system, row)
    subject = {field: _text(row[field]) for field in ("id_type", "id_no", "name")}
    data = {
        "request_id": name, "department": department, **{field: _text(row[field]) for field in _TEXT}, "subject": subject,
        "claims": strings(row["claims"]), "commitment_hash": row.get("commitment_hash"), "respond_within_ms": row["respond_within_ms"],
        "case_id": row.get("case_id"),
    }  # fmt: skip
    return Envelope(
        id=name, source=f"/{department}/{system}", type=RECORD, time=_moment(row["updated_at"]), topic=topic,
        key=keys.key(subject["id_type"], subject["id_no"]), value=codec.encode(RECORD, data, f"{topic} row {row['source_key']}"),
        correlation_id=name,
    )  # fmt: skip


def _text(value: object) -> str:
    return "" if value is None else str(value)


def strings(value: object) -> dict[str, str]:
    """A JSON object as strings by name. What is none claims nothing, and the gate refuses that with its reason."""
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return {}
    if not isinstance(found, Mapping):
        return {}
    return {str(name): str(each) for name, each in found.items() if each is not None}


def _moment(value: datetime) -> datetime:
    return value.astimezone(UTC)
