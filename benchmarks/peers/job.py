"""The bare job, the same lines for every Python contestant: decode, compare with what the key's last record said, encode.

Runs in the bench environment too, so it knows nothing but fastavro.
"""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

from fastavro import parse_schema, schemaless_reader, schemaless_writer

AVRO = Path(__file__).with_name("avro")
SUBJECTS = 5_000
PREFIX = b"\0" + (901).to_bytes(4, "big")
"""Confluent's wire format of a request, for the one contestant that has it: magic byte and schema id."""
_NOTE = "x" * 150  # brings a request to 300 bytes


def _schema(name: str) -> Any:
    return parse_schema(json.loads((AVRO / f"{name}.avsc").read_text()))


_REQUEST, _RESULT = _schema("request"), _schema("result")


class Job:
    """State in memory, as each contestant keeps it: key to the last counter seen."""

    def __init__(self) -> None:
        self._seen: dict[bytes, int] = {}

    def work(self, key: bytes, value: bytes) -> bytes:
        """An Avro request in, an Avro result out."""
        request: Any = schemaless_reader(BytesIO(value), _REQUEST, None)
        counter = request["counter"]
        previous = self._seen.get(key, -1)
        self._seen[key] = max(counter, previous)
        result = {
            "sent_us": request["sent_us"],
            "subject": request["subject"],
            "counter": counter,
            "previous": previous,
            "department": request["department"],
            "outcome": "new" if counter > previous else "seen",
        }
        out = BytesIO()
        schemaless_writer(out, _RESULT, result)
        return out.getvalue()


def request(number: int, sent_us: int) -> tuple[bytes, bytes]:
    """Key and 300-byte value of request ``number``.

    :param sent_us: wall clock in microseconds, carried through to the result
    """
    subject = f"subject-{number % SUBJECTS:024d}"
    data = {
        "sent_us": sent_us,
        "subject": subject,
        "counter": number // SUBJECTS,
        "department": "housing",
        "officer": "officer-0001",
        "purpose": "public-rental-housing",
        "basis": "公共租赁住房管理办法 Art 7",
        "claims": {"marital_status": "20", "note": _NOTE},
    }
    out = BytesIO()
    schemaless_writer(out, _REQUEST, data)
    return subject.encode(), out.getvalue()


def sent_us(result: bytes) -> int:
    """When the request of this result was sent, wall clock in microseconds; of a result in either format."""
    result = result[len(PREFIX) :] if result[0] == 0 else result  # a time of today does not begin with a zero
    return int(schemaless_reader(BytesIO(result), _RESULT, None)["sent_us"])  # type: ignore[call-overload,index]
