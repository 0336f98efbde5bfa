"""The one record type that flows through all rooms, and its form on the wire (CloudEvents 1.0, Kafka binding, binary mode)."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from typing import Any, NamedTuple

from govbus.errors import Poison
from govbus.reasons import Reason

_SOURCE = re.compile(r"/([a-z][a-z0-9-]{1,62})/([a-z0-9][a-z0-9-]{0,62})")
_ID = re.compile(r"[0-9A-Za-z._:-]{1,128}")
_TYPE = re.compile(r"[a-z][A-Za-z0-9_.-]{1,126}")
_READ = ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_correlationid", "ce_causationid", "traceparent")
_REQUIRED = frozenset(_READ[:5])
_OURS = frozenset((*_READ, "content-type"))
_LONGEST = 512
_CONSTANT = (("ce_specversion", b"1.0"), ("content-type", b"application/avro"))

Headers = Iterable[tuple[str, bytes]]


class Envelope(NamedTuple):
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

    def with_data(self, data: Mapping[str, Any]) -> "Envelope":
        """The same, decoded; quicker than ``_replace``, which looks at the fields' names."""
        return Envelope._make((*self[:-1], data))

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
        stamp = _stamp(self.time)
        return made_headers(self.id, self.source, self.type, stamp, self.correlation_id, self.causation_id, self.traceparent)


def made_headers(
    name: str, source: str, kind: str, stamp: bytes, correlation_id: str = "", causation_id: str = "", traceparent: str = ""
) -> list[tuple[str, bytes]]:
    """Headers of an envelope with these fields, for whoever writes so many that to make each an :class:`Envelope` first would count.

    :param stamp: the time as in :func:`stamped`
    """
    out = [*_constant(source, kind, stamp), ("ce_id", name.encode())]
    if correlation_id:
        out.append(("ce_correlationid", correlation_id.encode()))
    if causation_id:
        out.append(("ce_causationid", causation_id.encode()))
    if traceparent:
        out.append(("traceparent", traceparent.encode()))
    return out


@lru_cache(4096)  # many records of one kind are stamped with one time
def _constant(source: str, kind: str, stamp: bytes) -> tuple[tuple[str, bytes], ...]:
    return (*_CONSTANT, ("ce_source", source.encode()), ("ce_type", kind.encode()), ("ce_time", stamp))


def event_id(*parts: str | int) -> str:
    """A deterministic id: 128 bits of SHA-256 over the parts, hex.

    At a source the parts are (department, system, source key, version); in an agent (cause id, step, n). Sending twice is
    therefore visible and harmless.
    """
    return hashlib.sha256((_form(len(parts)) % parts).encode()).hexdigest()[:32]


@cache
def _form(parts: int) -> str:
    """The parts' places, with a character between them that stands in no id; quicker than to join their strings."""
    return "\x1f".join(["%s"] * parts)


def to_iso(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, the form of ``ce_time``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@lru_cache(4096)  # the broker stamps a whole batch with one time
def _stamp(moment: datetime) -> bytes:
    return to_iso(moment).encode()


@lru_cache(4096)
def stamped(milliseconds: int) -> bytes:
    """A broker timestamp in the form of ``ce_time``."""
    return _stamp(from_ms(milliseconds))


@lru_cache(4096)
def from_ms(milliseconds: int) -> datetime:
    """A broker timestamp as an aware datetime."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def read_record(
    topic: str, partition: int, offset: int, recorded_ms: int, key: bytes | None, value: bytes | None, headers: Headers,
    data: Mapping[str, Any] | None = None,
) -> Envelope:  # fmt: skip
    """Build the envelope of a record that came from a topic; headers are data from outside, so they are bounded and checked.

    :param data: the value, where the caller has decoded it
    :raises Poison: BAD_HEADER, BAD_KEY or UNDECODABLE (no value) with the record's place
    """
    pairs: tuple[Any, ...] = tuple(headers)  # of a name and bytes, or nothing in their place, whatever the sender's client made of it
    try:
        plain, whole, version, name, source, kind, time, about, cause, trace = _places(tuple([pair[0] for pair in pairs]))
        if not plain:
            _bounded(pairs)
        if not whole or pairs[version][1] != b"1.0":
            msg = "ce_specversion 1.0, ce_id, ce_source, ce_type and ce_time are all required"
            raise _Strange(msg)
        # Not Envelope(...): that is a Python function around this very call.
        envelope = tuple.__new__(Envelope, (
            _formed("ce_id", _ID, pairs[name][1]),
            _source(pairs[source][1]),
            _type(pairs[kind][1]),
            _time(pairs[time][1]), topic, key or b"", value or b"",
            _text("ce_correlationid", pairs[about][1]) if about >= 0 else "",
            _text("ce_causationid", pairs[cause][1]) if cause >= 0 else "",
            _text("traceparent", pairs[trace][1]) if trace >= 0 else "",
            partition, offset, recorded_ms, data,
        ))  # fmt: skip
    except _Strange as strange:
        raise Poison(Reason.BAD_HEADER, f"{topic}/{partition}@{offset}", str(strange)) from None
    if not key:
        raise Poison(Reason.BAD_KEY, envelope.place, "the record has no key")
    if not value:
        raise Poison(Reason.UNDECODABLE, envelope.place, "the record has no value")
    return envelope


@lru_cache(64)  # a sender's records have the same headers, in the same order
def _places(names: tuple[str, ...]) -> tuple[bool, bool, int, int, int, int, int, int, int, int]:
    """Whether all are ours and none is there twice, whether the required ones are among them, and where each stands that is read (-1:
    nowhere)."""
    plain = _OURS.issuperset(names) and len(set(names)) == len(names)
    at = {name: place for place, name in enumerate(names)}
    version, name, source, kind, time, about, cause, trace = (at.get(each, -1) for each in _READ)
    return plain, _REQUIRED.issubset(names), version, name, source, kind, time, about, cause, trace


class _Strange(Exception):
    """What is wrong with a header; without its content, which may be anything."""


def _bounded(pairs: Sequence[tuple[str, bytes | None]]) -> None:
    """Headers of others are not read, but may be neither doubled nor endless where they call themselves CloudEvents'."""
    seen: set[str] = set()
    for name, raw in pairs:
        if name.startswith(("ce_", "traceparent")):
            if name in seen:
                msg = f"header {name[:40]!r} is there twice"
                raise _Strange(msg)
            seen.add(name)
            _text(name, raw)


def _text(name: str, raw: bytes | None) -> str:
    if raw is None or len(raw) > _LONGEST:
        msg = f"header {name[:40]!r} is empty or longer than {_LONGEST} bytes"
        raise _Strange(msg)
    try:
        return raw.decode("ascii")
    except UnicodeDecodeError:
        msg = f"header {name[:40]!r} is not ASCII"
        raise _Strange(msg) from None


def _formed(name: str, form: re.Pattern[str], raw: bytes | None) -> str:
    text = _text(name, raw)
    if not form.fullmatch(text):
        msg = f"header {name} has not the form {form.pattern}"
        raise _Strange(msg)
    return text


_source = lru_cache(4096)(partial(_formed, "ce_source", _SOURCE))  # departments and record types are few, records are many
_type = lru_cache(4096)(partial(_formed, "ce_type", _TYPE))


@lru_cache(4096)  # whoever sends many at once stamps many with one time
def _time(raw: bytes | None) -> datetime:
    try:
        moment = datetime.fromisoformat(_text("ce_time", raw))
    except ValueError:
        msg = "header ce_time is not an RFC 3339 time"
        raise _Strange(msg) from None
    if moment.tzinfo is None:
        msg = "header ce_time has no time zone"
        raise _Strange(msg)
    return moment
