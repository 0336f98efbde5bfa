"""Avro in the Confluent wire format: ``0x00``, the schema id in 4 bytes big-endian, the record. The only module that knows fastavro.

Records of a purpose that ends one day are encrypted, and begin with ``0x45`` (:mod:`schemas.purposes`); in plain they are refused.

Logical types are left aside on purpose: ``timestamp-millis`` is an ``int`` of milliseconds on both sides, because turning
three of them into datetimes and back costs as much as half a record.
"""

from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from fastavro import parse_schema, schemaless_reader, schemaless_writer, writer  # noqa: TID251
from fastavro.types import Schema as Parsed  # noqa: TID251
from fastavro.validation import validate  # noqa: TID251

from govbus.errors import Poison, SetupError
from govbus.reasons import Reason
from schemas import compiled, purposes, release

_PREFIX = 5


class _Reader(NamedTuple):
    record: str
    written: Parsed
    wanted: Parsed | None  # None: written with the latest version, no resolution needed
    plain: compiled.Read  # the quick way, where nothing has to be resolved
    purpose: str  # whose key it is under; empty: in plain


class _Writer(NamedTuple):
    prefix: bytes
    schema: Parsed
    plain: compiled.Write
    purpose: str


class Codec:
    """Encodes the latest released version of each record type, decodes every version that was ever released into the latest."""

    def __init__(
        self,
        schemas: Mapping[int, release.Schema],
        latest: Mapping[str, int],
        records: Mapping[str, str],
        keys: purposes.Keys = purposes.NONE,
        under: Mapping[str, str] | None = None,
    ) -> None:
        """:param schemas: by id; :param latest: id by record type; :param records: record type by topic; :param under: purpose by record
        type, for those that have one; :param keys: of these purposes"""
        self.keys, under = keys, under or {}
        known = {number: parsed(schema) for number, schema in schemas.items()}
        names = {number: f"{schema['namespace']}.{schema['name']}" for number, schema in schemas.items()}
        self._writers = {name: _writer(number, known[number], under.get(name, "")) for name, number in latest.items()}
        self._readers: dict[bytes, _Reader] = {}
        for number, name in names.items():
            wanted = None if latest[name] == number else known[latest[name]]
            plain = compiled.unsure if wanted else compiled.reader(known[number])
            purpose = under.get(name, "")
            self._readers[beginning(number, purpose)] = _Reader(name, known[number], wanted, plain, purpose)
        self._records = dict(records)

    @classmethod
    def load(cls, records: Mapping[str, str] | None = None, room: Path = release.ROOM, keys: purposes.Keys = purposes.NONE) -> "Codec":
        """The codec of the committed release.

        :param records: record type by topic, for :meth:`decode`; see ``topics.load.records``
        :param keys: of purposes (``purposes.keys_of(home)``), for whoever reads or writes records of one
        :raises SetupError: the release is broken, or a topic or purpose declares a record type that is not released
        """
        released, under = release.load(room), purposes.by_record(room)
        latest = {name: entry.id for name, entry in released.latest().items()}
        if strangers := sorted((set((records or {}).values()) | set(under)) - set(latest)):
            msg = f"not in schemas/release.json: {', '.join(strangers)}; run 'govbus schemas release'"
            raise SetupError(msg)
        return cls({entry.id: release.text(entry, room) for entry in released.entries}, latest, records or {}, keys, under)

    def encode(self, record: str, data: Mapping[str, Any], place: str = "") -> bytes:
        """``data`` as bytes for the wire.

        :raises Poison: BAD_ROW with the names of the fields that are missing, unknown or of a wrong type; never with a value; PURPOSE_OVER
        :raises SetupError: no such record type, or no key of its purpose
        """
        try:
            writer = self._writers[record]
        except KeyError:
            msg = f"record type {record!r} is not in schemas/release.json; run 'govbus schemas list'"
            raise SetupError(msg) from None
        prefix = b"" if writer.purpose else writer.prefix
        try:
            value = writer.plain(prefix, data)
        except Exception:  # of any kind: not the plain case, so fastavro says what it is
            value = _write(writer, prefix, data, place or record)
        return self.keys.seal(writer.purpose, writer.prefix, value, place or record) if writer.purpose else value

    def decode(self, topic: str, value: bytes, place: str = "") -> tuple[str, dict[str, Any]]:
        """Record type and data of a value that came from ``topic``, i.e. from outside: nothing about it is believed.

        :raises Poison: UNDECODABLE, UNKNOWN_SCHEMA, or WRONG_SCHEMA where the topic declares another record type
        :raises SetupError: the topic is not in the mapping given to :meth:`load`
        """
        reader = self._readers.get(value[:_PREFIX])
        if reader is None:
            raise self._stranger(value, place)
        expected = self._records.get(topic)
        if expected != reader.record:
            if expected is None:
                msg = f"topic {topic} is not declared in topics/catalog, so its record type is not known"
                raise SetupError(msg)
            raise Poison(Reason.WRONG_SCHEMA, place, f"the value is a {reader.record}, the topic carries {expected}")
        return expected, self._read(reader, value, place)

    def read(self, record: str, value: bytes, place: str = "") -> dict[str, Any]:
        """Data of a value that should be a ``record``, e.g. the bus's own state.

        :raises Poison: as :meth:`decode`
        """
        reader = self._readers.get(value[:_PREFIX])
        if reader is None:
            raise self._stranger(value, place or record)
        if reader.record != record:
            raise Poison(Reason.WRONG_SCHEMA, place or record, f"the value is a {reader.record}, not a {record}")
        return self._read(reader, value, place or record)

    def _read(self, reader: _Reader, value: bytes, place: str) -> dict[str, Any]:
        start = _PREFIX
        if reader.purpose:
            value, start = self.keys.open(reader.purpose, value, place), 0
        try:
            return reader.plain(value, start)
        except Exception:  # of any kind: not the plain case, so fastavro says what it is
            return _resolved(reader, value, start, place)

    def _stranger(self, value: bytes, place: str) -> Poison:
        if len(value) < _PREFIX or value[0] not in (0, purposes.MAGIC):
            return Poison(Reason.UNDECODABLE, place, "the value does not begin with 0x00 and a schema id (Confluent wire format)")
        number = int.from_bytes(value[1:_PREFIX], "big")
        if (beginning(number, "any") if value[0] == 0 else beginning(number)) in self._readers:
            wrong = "in plain, and its purpose asks for encryption" if value[0] == 0 else "encrypted, and of no purpose"
            return Poison(Reason.NOT_ENCRYPTED if value[0] == 0 else Reason.UNDECODABLE, place, f"schema id {number} is {wrong}")
        return Poison(Reason.UNKNOWN_SCHEMA, place, f"schema id {number}")


def _write(writer: _Writer, prefix: bytes, data: Mapping[str, Any], place: str) -> bytes:
    stream = BytesIO()
    stream.write(prefix)
    try:
        schemaless_writer(stream, writer.schema, data, strict_allow_default=True)
    except Exception:  # fastavro has no root error, and its messages quote the value: a citizen's number in a log
        raise Poison(Reason.BAD_ROW, place, _wrong_fields(writer.schema, data)) from None
    return stream.getvalue()


def _resolved(reader: _Reader, value: bytes, start: int, place: str) -> dict[str, Any]:
    stream = BytesIO(value)
    stream.seek(start)
    try:
        data: dict[str, Any] = schemaless_reader(stream, reader.written, reader.wanted)  # type: ignore[assignment]
    except Exception as error:  # bytes from outside make fastavro raise whatever Python has, and its messages quote them
        raise Poison(Reason.UNDECODABLE, place, f"not a whole {reader.record} ({type(error).__name__})") from None
    if stream.tell() != len(value):
        raise Poison(Reason.UNDECODABLE, place, f"{len(value) - stream.tell()} bytes follow the {reader.record}")
    return data


def _writer(number: int, schema: Parsed, purpose: str) -> _Writer:
    return _Writer(beginning(number, purpose), schema, compiled.writer(schema), purpose)


def beginning(number: int, purpose: str = "") -> bytes:
    """How a value begins: magic byte, of an encrypted one where its record is for a purpose, and schema id."""
    return bytes([purposes.MAGIC if purpose else 0]) + number.to_bytes(4, "big")


def parsed(schema: release.Schema) -> Parsed:
    """As fastavro wants it, without logical types."""
    return parse_schema(_plain(schema))


def _plain(schema: Any) -> Any:
    """The schema without logical types."""
    if isinstance(schema, dict):
        return {key: _plain(value) for key, value in schema.items() if key != "logicalType"}
    return [_plain(part) for part in schema] if isinstance(schema, list) else schema


def _wrong_fields(schema: Parsed, data: Mapping[str, Any]) -> str:
    """Which fields are wrong: the slow look that only a failure pays for."""
    fields: dict[str, Any] = {field["name"]: field for field in schema["fields"]}  # type: ignore[index, call-overload]
    missing = [name for name, field in fields.items() if name not in data and "default" not in field]
    unknown = sorted(str(name)[:40] for name in set(data) - set(fields))
    wrong = [name for name, field in fields.items() if name in data and not _fits(schema, field, data[name])]
    named = (("missing", missing), ("unknown", unknown), ("of a wrong type", wrong))
    return "; ".join(f"fields {what}: {', '.join(names)}" for what, names in named if names) or "a value does not fit its field"


def _fits(schema: Parsed, field: dict[str, Any], value: Any) -> bool:
    """Whether the one field would be written; a whole record is validated so that its named types are known."""
    alone = {**schema, "fields": [field], "__fastavro_parsed__": False}  # type: ignore[dict-item]
    try:
        return bool(validate({field["name"]: value}, alone, raise_errors=False))
    except Exception:
        return False


def container(path: Path, schema: release.Schema, rows: Iterable[Mapping[str, Any]]) -> None:
    """An Avro object container file of ``rows``; times stay milliseconds."""
    with path.open("wb") as file:
        writer(file, parsed(schema), rows, codec="deflate")
