"""One dialogue, hop by hop: every committed record that carries the request's id, in order of log time."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from govbus.envelope import Envelope, from_ms, to_iso
from govbus.errors import Poison
from govbus.settings import Home
from schemas.codec import Codec
from topics import broker
from topics.load import load

COLUMNS = ("hop", "ms", "topic", "place", "department", "type", "event_time", "log_time", "outcome")
_DIALOGUE = (".request", ".question", ".answer", ".verdict")


def hops(home: Home, request_id: str, since: datetime | None = None) -> list[dict[str, Any]]:
    """Rows with :data:`COLUMNS`; ``ms`` counts from the first hop's log time. Tells no claim and no person.

    Read as principal ``auditor``. The topics are read from ``since`` on, all of them without it.

    :raises RetryLater, SetupError: the topics cannot be read
    """
    codec = Codec.load(load().records)
    found = sorted(_found(home, request_id, since), key=lambda each: (each.recorded_ms, _DIALOGUE.index(_kind(each.topic))))
    return [_row(number, each, found[0].recorded_ms, codec) for number, each in enumerate(found, 1)]


def _found(home: Home, request_id: str, since: datetime | None) -> Iterator[Envelope]:
    with broker.admin(home, "auditor") as admin:
        there = admin.topics()
    topics = [name for name in there if name.endswith(_DIALOGUE)]
    wanted = request_id.encode()
    for record in broker.scan(home, "auditor", topics, since):
        if any(value == wanted for name, value in record.headers if name in ("ce_id", "ce_correlationid")):
            try:
                yield record.envelope()
            except Poison:
                continue  # it is in the quarantine, which is not the auditor's to read


def _row(number: int, each: Envelope, first_ms: int, codec: Codec) -> dict[str, Any]:
    return {
        "hop": number, "ms": each.recorded_ms - first_ms, "topic": each.topic, "place": each.place, "department": each.department,
        "type": each.type, "event_time": to_iso(each.time), "log_time": to_iso(from_ms(each.recorded_ms)), "outcome": _outcome(each, codec),
    }  # fmt: skip


def _outcome(each: Envelope, codec: Codec) -> str:
    try:
        _, data = codec.decode(each.topic, each.value, each.place)
    except Poison as bad:
        return bad.reason.value
    return " ".join(str(part) for part in (data.get("outcome"), data.get("reason")) if part)


def _kind(topic: str) -> str:
    return "." + topic.rsplit(".", 1)[1]
