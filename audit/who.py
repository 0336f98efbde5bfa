"""A citizen's ledger: which department asked about this person, when, for which matter, by which law, what kind of answer it got; and who
has looked at the records since (个人信息保护法 Art 44, 45; 条例 Art 29). Pseudonyms only; no claim, no value."""

from collections.abc import Iterator, Mapping
from typing import Any

from audit import access
from govbus.envelope import from_ms, to_iso
from govbus.errors import Poison
from govbus.settings import Home
from schemas.codec import Codec
from schemas.purposes import keys_of
from topics import broker
from topics.load import load

COLUMNS = ("when", "department", "officer", "did", "matter", "purpose", "legal_basis", "answer", "place")
READER = "auditor"
_REQUEST, _VERDICT = "gov_data.ProofRequest", "gov_data.ProofVerdict"


def ledger(home: Home, subject: bytes) -> list[dict[str, Any]]:
    """Rows with :data:`COLUMNS`, oldest first.

    :param subject: pseudonym of the person
    :raises RetryLater, SetupError: the topics cannot be read
    """
    codec, catalogue = Codec.load(load().records, keys=keys_of(home)), load()
    topics = [
        name for name, record in catalogue.records.items() if record in (_REQUEST, _VERDICT, access.RECORD) or name.endswith("-change")
    ]
    with broker.admin(home, READER) as admin:
        there = admin.topics()
    asked: dict[str, dict[str, Any]] = {}
    rows: list[dict[str, Any]] = []
    for record in broker.scan(home, READER, [name for name in topics if name in there]):
        if record.key != subject:
            continue
        try:
            kind, data = codec.decode(record.topic, record.value or b"")
        except Poison:
            continue  # the quarantine has it
        if kind == _REQUEST:
            asked[data["request_id"]] = data
        rows += _rows(
            kind, data, {"when": to_iso(from_ms(record.timestamp)), "place": f"{record.topic}/{record.partition}@{record.offset}"}
        )
    return sorted((_matter(row, asked) for row in rows), key=lambda row: row["when"])


def _rows(kind: str, data: Mapping[str, Any], row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if kind == _REQUEST:
        named = {name: data[name] for name in ("department", "officer", "matter", "purpose", "legal_basis")}
        yield {**row, **named, "did": f"asked about {data['item']}", "answer": ""}
    elif kind == _VERDICT:
        answer = " ".join(filter(None, (data["outcome"], data["reason"])))
        yield {
            **row,
            "department": data["department"],
            "did": f"was told about {data['item']}",
            "answer": answer,
            "request": data["request_id"],
        }
    elif kind == access.RECORD:
        if data["state"] == "started":
            did = f"{data['action']} of {data['what']}"
            yield {
                **row,
                "department": "gov-data",
                "officer": data["officer"],
                "did": did,
                "purpose": data["why"],
                "matter": data["ticket"],
            }
    else:
        reader = row["place"].split(".", 1)[0]
        yield {**row, "department": reader, "did": f"was told a change of {data['exchange']}", "answer": data["change"]}


def _matter(row: dict[str, Any], asked: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A verdict has the matter of its request."""
    request = asked.get(row.pop("request", ""), {})
    return {**{name: request.get(name, "") for name in ("officer", "matter", "purpose", "legal_basis")}, **row}
