"""The one record type that flows through all rooms, and its form on the wire (CloudEvents 1.0, Kafka binding, binary mode)."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from govbus.errors import Poison
from govbus.reasons import Reason

_SOURCE = re.compile(r"/([a-z][a-z0-9-]{1,62})/([a-z0-9][a-z0-9-]{0,62})")
_ID = re.compile(r"[0-9A-Za-z._:-]{1,128}")
_TYPE = re.compile(r"[a-z][A-Za-z0-9_.-]{1,126}")
_REQUIRED = ("ce_id", "ce_source", "ce_type", "ce_time")

Headers = Iterable[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event. Nothing but ``value`` and ``data`` may hold personal data.

    :param id: deterministic (see :func:`event_id`); the same id with other bytes is a conflict, never a duplicate
    :param source: ``/<department>/<system>``
    :param type: full name of the value's Avro schema, e.g. ``gov_data.ProofRequest``
    :param time: event time, the source's own word, timezone-aware
    :param key: pseudonym of the subject (``govbus.pseudonym``), ASCII hex
    :param value: Avro in Confluent wire format
    :param correlation_id: the request that all hops of one dialogue share
    :param causation_id: ``id`` of the event that caused this one
    :param partition, offset, recorded_ms: position and LogAppendTime in milliseconds; -1 before the broker has it
    :param data: the decoded value, where a room has decoded it
    """

    id: str
    source: str
    type: str
    time: datetime
    topic: str
    key: bytes
    value: bytes
    correlation_id: str = ""
    causation_id: str = ""
    traceparent: str = ""
    partition: int = -1
    offset: int = -1
    recorded_ms: int = -1
    data: Mapping[str, Any] | None = None

    @property
    def department(self) -> str:
        """The department that ``source`` names."""
        return self.source.split("/", 2)[1]

    @property
    def place(self) -> str:
        """``topic/partition@offset``, for messages and quarantine."""
        return f"{self.topic}/{self.partition}@{self.offset}"

    def headers(self) -> list[tuple[str, bytes]]:
        """The record's headers, ready for any Kafka client."""
        out = [
            ("ce_specversion", b"1.0"),
            ("ce_id", self.id.encode()),
            ("ce_source", self.source.encode()),
            ("ce_type", self.type.encode()),
            ("ce_time", to_iso(self.time).encode()),
            ("content-type", b"application/avro"),
        ]
        optional = (("ce_correlationid", self.correlation_id), ("ce_causationid", self.causation_id), ("traceparent", self.traceparent))
        return out + [(name, text.encode()) for name, text in optional if text]


def event_id(*parts: str | int) -> str:
    """A deterministic id: 128 bits of SHA-256 over the parts, hex.

    At a source the parts are (department, system, source key, version); in an agent (cause id, step, n). Sending twice is
    therefore visible and harmless.
    """
    text = "\x1f".join(str(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def to_iso(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, the form of ``ce_time``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_ms(milliseconds: int) -> datetime:
    """A broker timestamp as an aware datetime."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def read_record(
    topic: str, partition: int, offset: int, recorded_ms: int, key: bytes | None, value: bytes | None, headers: Headers
) -> Envelope:
    """Build the envelope of a record that came from a topic; headers are data from outside, so they are bounded and checked.

    :raises Poison: BAD_HEADER, BAD_KEY or UNDECODABLE (no value) with the record's place
    """
    place = f"{topic}/{partition}@{offset}"
    found: dict[str, str] = {}
    for name, raw in headers:
        if name.startswith(("ce_", "traceparent")):
            if raw is None or len(raw) > 512 or name in found:
                raise Poison(Reason.BAD_HEADER, place, f"header {name[:40]!r} is empty, longer than 512 bytes or there twice")
            found[name] = _text(raw, name, place)
    if found.get("ce_specversion") != "1.0" or any(name not in found for name in _REQUIRED):
        raise Poison(Reason.BAD_HEADER, place, "ce_specversion 1.0, ce_id, ce_source, ce_type and ce_time are all required")
    checks = (("ce_id", _ID), ("ce_source", _SOURCE), ("ce_type", _TYPE))
    for name, form in checks:
        if not form.fullmatch(found[name]):
            raise Poison(Reason.BAD_HEADER, place, f"header {name} has not the form {form.pattern}")
    if not key:
        raise Poison(Reason.BAD_KEY, place, "the record has no key")
    if not value:
        raise Poison(Reason.UNDECODABLE, place, "the record has no value")
    return Envelope(
        id=found["ce_id"], source=found["ce_source"], type=found["ce_type"], time=_time(found["ce_time"], place), topic=topic, key=key,
        value=value, correlation_id=found.get("ce_correlationid", ""), causation_id=found.get("ce_causationid", ""),
        traceparent=found.get("traceparent", ""), partition=partition, offset=offset, recorded_ms=recorded_ms,
    )  # fmt: skip


def _text(raw: bytes, name: str, place: str) -> str:
    try:
        return raw.decode("ascii")
    except UnicodeDecodeError as error:
        raise Poison(Reason.BAD_HEADER, place, f"header {name} is not ASCII") from error


def _time(text: str, place: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Poison(Reason.BAD_HEADER, place, "header ce_time is not an RFC 3339 time") from error
    if moment.tzinfo is None:
        raise Poison(Reason.BAD_HEADER, place, "header ce_time has no time zone")
    return moment
