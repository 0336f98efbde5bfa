"""One dialogue, hop by hop: every committed record that carries the request's id, or the case's, in order of log time."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from govbus.envelope import Envelope, from_ms, to_iso
from govbus.errors import Poison
from govbus.settings import Home
from monitoring import quarantine
from schemas.codec import Codec
from schemas.purposes import keys_of
from topics import broker
from topics.load import load

COLUMNS = ("hop", "ms", "topic", "place", "department", "type", "event_time", "log_time", "outcome")
_DIALOGUE = (".request", ".question", ".answer", ".verdict", ".case", ".case-check", ".case-progress", ".duty")
_ORDER = (*_DIALOGUE, ".quarantine")


class Hop(NamedTuple):
    """One record of the dialogue. ``department`` sent it, or must act on it where it lies in quarantine."""

    envelope: Envelope
    department: str
    outcome: str

    @property
    def order(self) -> tuple[int, int]:
        """Log time; within one millisecond the order of the dialogue."""
        return self.envelope.recorded_ms, _ORDER.index("." + self.envelope.topic.rsplit(".", 1)[1])


def hops(home: Home, request_id: str, since: datetime | None = None) -> list[dict[str, Any]]:
    """Rows with :data:`COLUMNS`; ``ms`` counts from the first hop's log time. Tells no claim and no person.

    The dialogue is read as principal ``auditor``, the quarantine, which is not the auditor's, as ``operator``; both from ``since`` on,
    or whole.

    :raises RetryLater, SetupError: the topics cannot be read
    """
    found = sorted((*_said(home, request_id, since), *_set_aside(home, request_id, since)), key=lambda hop: hop.order)
    return [_row(number, hop, found[0].envelope.recorded_ms) for number, hop in enumerate(found, 1)]


def _said(home: Home, request_id: str, since: datetime | None) -> Iterator[Hop]:
    codec = Codec.load(load().records, keys=keys_of(home))
    with broker.admin(home, "auditor") as admin:
        topics = [name for name in admin.topics() if name.endswith(_DIALOGUE)]
    for record in broker.scan(home, "auditor", topics, since):
        if _carries(record.headers, request_id):
            try:
                each = record.envelope()
            except Poison:
                continue  # the quarantine has it
            yield Hop(each, each.department, _outcome(each, codec))


def _set_aside(home: Home, request_id: str, since: datetime | None) -> Iterator[Hop]:
    for each, data in quarantine.held(home, since):
        if _carries(((header["name"], header["value"]) for header in data["headers"]), request_id):
            yield Hop(each, data["owner"], data["reason"])


def _carries(headers: Iterable[tuple[str, bytes | None]], request_id: str) -> bool:
    wanted = request_id.encode()
    return any(value == wanted for name, value in headers if name in ("ce_id", "ce_correlationid"))


def _row(number: int, hop: Hop, first_ms: int) -> dict[str, Any]:
    each = hop.envelope
    return {
        "hop": number, "ms": each.recorded_ms - first_ms, "topic": each.topic, "place": each.place, "department": hop.department,
        "type": each.type, "event_time": to_iso(each.time), "log_time": to_iso(from_ms(each.recorded_ms)), "outcome": hop.outcome,
    }  # fmt: skip


def _outcome(each: Envelope, codec: Codec) -> str:
    try:
        _, data = codec.decode(each.topic, each.value, each.place)
    except Poison as bad:
        return bad.reason.value
    return " ".join(str(part) for part in (data.get("outcome"), data.get("step"), data.get("move"), data.get("reason")) if part)
