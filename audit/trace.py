"""A dialogue for an auditor: every hop with who wrote it, by which schema and which rules, and the seal that it lies under.

``govbus trace`` shows operators the hops of a dialogue with their waits, the quarantine among them; here are all sealed topics. A person's
hops are all that carry her pseudonym as key.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from audit import keys
from audit.chain import Chain
from audit.seal import Seal
from govbus.envelope import Envelope, from_ms, to_iso
from govbus.errors import Poison
from govbus.settings import Home
from schemas import release
from schemas.codec import Codec
from schemas.purposes import keys_of
from topics import broker
from topics.load import load

COLUMNS = ("log_time", "place", "id", "cause", "department", "login", "type", "schema", "rules", "outcome", "seal")
READER = "auditor"
_OUTCOME = ("outcome", "step", "move", "level", "change", "reason")
_RULES = ("rule_version", "rule_versions", "clock")


def hops(home: Home, wanted: str, subject: bytes = b"") -> list[dict[str, Any]]:
    """Rows with :data:`COLUMNS` in order of log time: what carries the id ``wanted``, or what is about ``subject``. No claim, no value.

    :raises RetryLater, SetupError: the topics cannot be read
    """
    codec, catalogue = Codec.load(load().records, keys=keys_of(home)), load()
    with broker.admin(home, READER) as admin:
        there = admin.topics()
    topics = [name for name, topic in catalogue.topics.items() if name in there and "auditor" in topic.access.read and topic.sealed]
    found = list(_carrying(home, topics, wanted.encode(), subject))
    seals = {place: list(Chain(keys.folder_of(home), *place).seals()) for place in {(each.topic, each.partition) for each in found}}
    found.sort(key=lambda each: (each.recorded_ms, each.topic, each.offset))
    return [_row(each, codec, "worker" in catalogue.topics[each.topic].access.write, seals[each.topic, each.partition]) for each in found]


def _carrying(home: Home, topics: list[str], wanted: bytes, subject: bytes) -> Iterator[Envelope]:
    for record in broker.scan(home, READER, topics):
        named = dict(record.headers)
        by_id = wanted and wanted in (named.get("ce_id"), named.get("ce_correlationid"), named.get("ce_causationid"))
        if by_id or (subject and record.key == subject):
            try:
                yield record.envelope()
            except Poison:
                continue  # the quarantine has it


def _row(each: Envelope, codec: Codec, by_worker: bool, seals: Iterable[Seal]) -> dict[str, Any]:
    data, number = _data(each, codec), int.from_bytes(each.value[1:5], "big")
    schema = _schemas().get(number, f"id {number}")
    return {
        "log_time": to_iso(from_ms(each.recorded_ms)), "place": each.place, "id": each.id, "cause": each.causation_id,
        "department": each.department, "login": "a worker" if by_worker else each.department, "type": each.type, "schema": schema,
        "rules": _words(data, _RULES), "outcome": _words(data, _OUTCOME), "seal": _seal(each.offset, seals),
    }  # fmt: skip


@cache  # the release is a file, and a trace has many hops
def _schemas() -> Mapping[int, str]:
    return {entry.id: f"{entry.record} v{entry.version} (id {entry.id})" for entry in release.load().entries}


def _words(data: Mapping[str, Any], names: Iterable[str]) -> str:
    found = (data.get(name) for name in names)
    return " ".join(", ".join(each) if isinstance(each, list) else str(each) for each in found if each)


def _seal(offset: int, seals: Iterable[Seal]) -> str:
    """``topic/partition#number``; proving it is ``govbus audit prove``."""
    return next((one.statement.name for one in seals if one.statement.first <= offset <= one.statement.last), "not yet sealed")


def _data(each: Envelope, codec: Codec) -> Mapping[str, Any]:
    try:
        return codec.decode(each.topic, each.value, each.place)[1]
    except Poison as bad:
        return {"reason": bad.reason.value}
