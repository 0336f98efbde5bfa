"""A desk with this project's own declarations, and records made for it: what the tests of the shape put in."""

import json
from datetime import UTC, date, datetime
from typing import Any

from agents.desk import Desk
from agents.loading import casework, load_exchanges, verifying
from agents.shapes.admission import Gate
from agents.shapes.duty import Duties
from agents.wiring import asking
from govbus.envelope import Envelope
from govbus.pseudonym import SubjectKeys
from topics.load import load

KEYS = SubjectKeys("5a" * 32)
PERSON = {"id_type": "111", "id_no": "449999199003070015", "name": "叶安"}
CLAIMS = {
    "proof-01": {"marital_status": "20"},
    "proof-05": {"town": "440883107"},
    "proof-17": {"category": "4", "grade": "2"},
}
HOLDERS = {"proof-01": "civil-affairs", "proof-05": "public-security", "proof-17": "disabled-federation"}
START_MS = int(datetime(2026, 11, 24, 1, tzinfo=UTC).timestamp() * 1000)


EXCHANGES = load_exchanges()
VERIFYING = verifying(EXCHANGES)


def make_desk() -> Desk:
    catalogue = load()
    gate = Gate(frozenset(catalogue.departments), asking(catalogue.grants), KEYS, frozenset(casework(EXCHANGES)))
    duties = Duties({name: each.duties for name, each in catalogue.departments.items()})
    return Desk(EXCHANGES, gate, catalogue.records, ("housing", "education"), duties, catalogue.parties)


def envelope(topic: str, record: str, data: dict[str, Any], at_ms: int, source: str = "", **parts: Any) -> Envelope:
    """A decoded record. Its value stands for the Avro bytes: equal data, equal bytes."""
    subject = data.get("subject") or PERSON
    given = {
        "id": data.get("request_id", "feed-1"), "source": source or f"/{topic.split('.', maxsplit=1)[0]}/test", "type": record,
        "time": datetime.fromtimestamp(at_ms / 1000 - 1, UTC), "topic": topic, "key": KEYS.key(subject["id_type"], subject["id_no"]),
        "value": json.dumps(data, sort_keys=True).encode(), "partition": 0, "offset": 0, "recorded_ms": at_ms, "data": data,
    }  # fmt: skip
    return Envelope(**{**given, **parts})


def request(item: str, at_ms: int = START_MS, subject: dict[str, str] | None = None, **changes: Any) -> Envelope:
    data = {
        "request_id": "r1", "department": "housing", "officer": "ZJ0001", "matter": "GZF", "item": item, "purpose": "public-rental-housing",
        "legal_basis": "公共租赁住房管理办法 Art 7", "subject": {**PERSON, **(subject or {})}, "claims": CLAIMS.get(item, {}),
        "as_of": date(2026, 11, 24).isoformat(), "commitment_hash": None, "respond_within_ms": None, "case_id": None,
        **changes,
    }  # fmt: skip
    return envelope("housing.request", "gov_data.ProofRequest", data, at_ms)


def answer(item: str, at_ms: int = START_MS + 1000, **changes: Any) -> Envelope:
    exchange = next(name for name, each in VERIFYING.items() if each.spec.item == item)
    holder = VERIFYING[exchange].spec.holder
    data = {
        "request_id": "r1", "exchange": exchange, "item": item, "holder": holder, "outcome": "match", "mismatched_fields": [], "flags": [],
        "reason": None, "as_of": "2026-11-24", "source_version": "v1", "rule_version": "h1", "answered_at": at_ms, **changes,
    }  # fmt: skip
    return envelope(f"{holder}.answer", "gov_data.ProofAnswer", data, at_ms, id=f"a-{data['request_id']}-{data['outcome']}")


def landed(at_ms: int = START_MS - 1000, **changes: Any) -> Envelope:
    data = {
        "card_no": "44999919900307001542", "name": "叶安", "category": "4", "grade": "2", "issued": "2020-01-01", "valid_to": None,
        "status": "valid", "version": "2026-11-23", **changes,
    }  # fmt: skip
    return envelope("disabled-federation.disability", "disabled_federation.Disability", data, at_ms)
