"""Who tried too many declarations about one person in a day (domain notes D5: a mismatch is an oracle); as principal ``auditor``.

Whoever varies a field until it matches learns what the holder keeps. The agents stop that after ``tries`` declarations a department, person
and day; this says who it was and what they varied. Names of claims, never a value; the person by the keyed hash.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from govbus.clocks.calendar import local_day
from govbus.errors import Poison
from govbus.reasons import Reason
from govbus.settings import Home
from schemas.codec import Codec
from topics import broker
from topics.load import load

COLUMNS = ("day", "department", "subject", "items", "officers", "requests", "refused", "varied", "outcomes")
REQUEST, VERDICT = "gov_data.ProofRequest", "gov_data.ProofVerdict"
Data = dict[str, Any]


def tried(home: Home, department: str | None = None) -> list[dict[str, Any]]:
    """A row for each department, person and local day of which at least one request was refused with TOO_MANY_TRIES."""
    codec = Codec.load(load().records)
    verdicts: dict[str, Data] = {}
    for _, _, data in _read(home, codec, VERDICT, department):
        verdicts.setdefault(data["request_id"], data)  # the first: a correction's verdict is no try
    days: dict[tuple[str, str, str], dict[str, Data]] = defaultdict(dict)
    for at_ms, subject, data in _read(home, codec, REQUEST, department):
        days[local_day(at_ms).isoformat(), data["department"], subject].setdefault(data["request_id"], data)
    rows = (_row(key, list(requests.values()), verdicts) for key, requests in sorted(days.items()))
    return [row for row in rows if row["refused"]]


def _read(home: Home, codec: Codec, record: str, department: str | None) -> Iterable[tuple[int, str, Data]]:
    """Log time, key and data of each record; what cannot be read is in quarantine with its reason, and tried nothing."""
    topics = [name for name, topic in load().topics.items() if topic.spec.record == record and department in (None, topic.meta.owner)]
    for each in broker.scan(home, "auditor", sorted(topics)):
        try:
            envelope = each.envelope()
            yield envelope.recorded_ms, envelope.key.decode(), codec.read(record, envelope.value, envelope.place)
        except Poison:
            continue


def _row(key: tuple[str, str, str], requests: list[Data], verdicts: dict[str, Data]) -> dict[str, Any]:
    told = [verdicts[each["request_id"]] for each in requests if each["request_id"] in verdicts]
    declared = [{"name": each["subject"]["name"], "as_of": each["as_of"], **each["claims"]} for each in requests]
    names = sorted({name for each in declared for name in each})
    return {
        "day": key[0], "department": key[1], "subject": key[2], "items": sorted({each["item"] for each in requests}),
        "officers": sorted({each["officer"] for each in requests}), "requests": len(requests),
        "refused": sum(each["reason"] == Reason.TOO_MANY_TRIES.value for each in told),
        "varied": [name for name in names if len({each.get(name) for each in declared}) > 1],
        "outcomes": [each["outcome"] for each in sorted(told, key=lambda each: each["decided_at"])],
    }  # fmt: skip
