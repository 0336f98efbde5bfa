"""The quick readers and writers against fastavro: the same bytes, the same data, and never more than it accepts."""

from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest
from fastavro import parse_schema, schemaless_reader, schemaless_writer
from hypothesis import given
from hypothesis import strategies as st

from schemas import compiled, release
from schemas.codec import Codec

PREFIX = b"\0\0\0\0\1"
NAMES = st.text("abcdefgh", min_size=1, max_size=6)
PLAIN = {
    "string": st.text(max_size=200),
    "bytes": st.binary(max_size=200),
    "long": st.integers(-(2**63), 2**63 - 1) | st.integers(-70, 70),
    "int": st.integers(-(2**31), 2**31 - 1),
    "boolean": st.booleans(),
}
SYMBOLS = ("match", "mismatch", "unknown")


def _wrapped(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        inner.map(lambda each: ("array", each)),
        inner.map(lambda each: ("map", each)),
        st.tuples(st.sampled_from(("null first", "null last")), inner.filter(lambda each: not each[0].startswith("null"))),
        st.dictionaries(NAMES, inner, min_size=1, max_size=4).map(lambda fields: ("record", fields)),
    )


FORMS = st.recursive(st.sampled_from([(name, None) for name in (*PLAIN, "enum")]), _wrapped, max_leaves=8)
RECORDS = st.dictionaries(NAMES, FORMS, min_size=1, max_size=5).map(lambda fields: ("record", fields))


class Maker:
    """Schema and data of a form; each named type gets a name of its own."""

    def __init__(self) -> None:
        self.names = 0

    def schema(self, form: tuple[str, Any]) -> Any:
        kind, inner = form
        self.names += 1
        name = f"T{self.names}"
        makers: dict[str, Callable[[], Any]] = {
            "record": lambda: {"name": name, "fields": [{"name": key, "type": self.schema(each)} for key, each in inner.items()]},
            "enum": lambda: {"name": name, "symbols": list(SYMBOLS)},
            "array": lambda: {"items": self.schema(inner)},
            "map": lambda: {"values": self.schema(inner)},
        }
        if kind.startswith("null"):
            other = self.schema(inner)
            return ["null", other] if kind == "null first" else [other, "null"]
        return {"type": kind, **makers[kind]()} if kind in makers else kind

    def data(self, form: tuple[str, Any]) -> st.SearchStrategy[Any]:
        kind, inner = form
        match kind:
            case "record":
                return st.fixed_dictionaries({key: self.data(each) for key, each in inner.items()})
            case "enum":
                return st.sampled_from(SYMBOLS)
            case "array":
                return st.lists(self.data(inner), max_size=5)
            case "map":
                return st.dictionaries(st.text(max_size=5), self.data(inner), max_size=5)
            case "null first" | "null last":
                return st.none() | self.data(inner)
        return PLAIN[kind]


CASES = RECORDS.flatmap(lambda form: st.tuples(st.just(parse_schema(Maker().schema(form))), Maker().data(form)))


def fast_bytes(schema: Any, data: Any) -> bytes:
    stream = BytesIO()
    schemaless_writer(stream, schema, data, strict_allow_default=True)
    return stream.getvalue()


@given(CASES)
def test_the_same_bytes_and_the_same_data(case: tuple[Any, Any]) -> None:
    schema, data = case
    value = PREFIX + fast_bytes(schema, data)
    assert compiled.writer(schema)(PREFIX, data) == value
    assert compiled.reader(schema)(value, len(PREFIX)) == data


FIELDS: dict[str, Any] = {
    "text": "string",
    "raw": "bytes",
    "at": "long",
    "small": "int",
    "sure": "boolean",
    "outcome": {"type": "enum", "name": "Outcome", "symbols": list(SYMBOLS)},
    "marks": {"type": "map", "values": "long"},
    "flags": {"type": "array", "items": ["null", "string"]},
    "why": ["null", "string"],
    "inner": {
        "type": "record",
        "name": "Inner",
        "fields": [{"name": "of", "type": "Outcome"}, {"name": "n", "type": ["long", "null"]}],
    },
}
EACH = parse_schema({"type": "record", "name": "Each", "fields": [{"name": name, "type": kind} for name, kind in FIELDS.items()]})
WHOLE: dict[str, Any] = {
    "text": "陈大文𠮷", "raw": b"\0\1", "at": 1_790_000_000_001, "small": -7, "sure": True, "outcome": "mismatch",
    "marks": {"a": 1, "b": -(2**40)}, "flags": ["x", None], "why": "late", "inner": {"of": "match", "n": None},
}  # fmt: skip
NUMBERS = (0, 2**31, -(2**31) - 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 2**80)
ODD = (*NUMBERS, None, True, 1.0, "x", "match", "\ud800", b"x", [], [1], ("x",), {}, {"a": "b"}, {1: 1}, {"of": "match"})


def same_or_nothing(value: bytes) -> bool:
    """Whether it was read; where it was, fastavro reads the same."""
    try:
        found = compiled.reader(EACH)(value, 0)
    except Exception:  # it is fastavro's turn then
        return False
    stream = BytesIO(value)
    assert schemaless_reader(stream, EACH, None) == found
    assert stream.tell() == len(value)
    return True


def test_what_it_reads_of_broken_bytes_fastavro_reads_too() -> None:
    value = fast_bytes(EACH, WHOLE)
    assert same_or_nothing(value)
    assert not any(same_or_nothing(value[:size]) for size in range(len(value)))
    assert not any(same_or_nothing(value + bytes([more])) for more in range(256))
    changed = [value[:at] + bytes([byte]) + value[at + 1 :] for at in range(len(value)) for byte in range(256)]
    assert sum(map(same_or_nothing, changed)) > len(value)


@pytest.mark.parametrize("name", [*WHOLE, "stranger"])
def test_what_it_writes_of_wrong_data_fastavro_writes_too(name: str) -> None:
    write, kept = compiled.writer(EACH), {key: each for key, each in WHOLE.items() if key != name}
    for data in (kept, *(kept | {name: odd} for odd in ODD)):
        with suppress(compiled.Unsure, AttributeError, KeyError, TypeError, ValueError):  # it is fastavro's turn then
            value = write(b"", data)
            assert value == fast_bytes(EACH, data), data


DEFAULTS: dict[str, Any] = {
    "text": "", "at": -1, "small": 7, "sure": False, "outcome": "unknown", "marks": {"a": 1}, "flags": [None, "x"],
    "inner": {"of": "match", "n": 3},
}  # fmt: skip
WITH_DEFAULTS = parse_schema({
    "type": "record", "name": "Some",
    "fields": [{"name": name, "type": kind, **({"default": DEFAULTS[name]} if name in DEFAULTS else {})} for name, kind in FIELDS.items()],
})  # fmt: skip


@given(st.sets(st.sampled_from([*WHOLE, "stranger"])))
def test_fields_that_are_left_out_are_written_by_their_defaults(names: set[str]) -> None:
    data = {name: WHOLE.get(name, 1) for name in names}
    if "stranger" in names or not names >= WHOLE.keys() - DEFAULTS.keys():
        with pytest.raises((compiled.Unsure, KeyError)):
            compiled.writer(WITH_DEFAULTS)(PREFIX, data)
    else:
        assert compiled.writer(WITH_DEFAULTS)(PREFIX, data) == PREFIX + fast_bytes(WITH_DEFAULTS, data)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("kind", ["int", "long"])
def test_numbers_that_do_not_fit_are_not_read(kind: str, number: int) -> None:
    rest, value = 2 * number if number >= 0 else -2 * number - 1, bytearray()
    while rest > 127:
        value.append(rest & 127 | 128)
        rest >>= 7
    schema = parse_schema({"type": "record", "name": "R", "fields": [{"name": "a", "type": kind}]})
    bits = {"int": 31, "long": 63}[kind]
    fits = -(2**bits) <= number < 2**bits
    try:
        assert compiled.reader(schema)(bytes([*value, rest]), 0) == {"a": number}
    except compiled.Unsure:
        assert not fits
    else:
        assert fits


def test_sizes_below_nothing_do_not_make_it_read_for_ever() -> None:
    schema = parse_schema({"type": "record", "name": "R", "fields": [{"name": "a", "type": {"type": "array", "items": "string"}}]})
    with pytest.raises(compiled.Unsure):
        compiled.reader(schema)(b"\x80\x80\x80\x80\x80\x01" + b"\x01", 0)


@pytest.mark.parametrize("entry", release.load().entries, ids=str)
def test_every_released_record_goes_the_quick_way(entry: Any) -> None:
    schema: Any = parse_schema(dict(release.text(entry)))
    assert compiled.reader(schema) is not compiled.unsure
    assert compiled.writer(schema) is not compiled.unsure


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "record", "name": "R", "fields": [{"name": "a", "type": "double"}]},
        {"type": "record", "name": "R", "fields": [{"name": "a", "type": ["null", "long", "string"]}]},
        {"type": "record", "name": "R", "fields": [{"name": "a", "type": ["null", "R"]}]},
        {
            "type": "record",
            "name": "R",
            "fields": [{"name": "a", "type": {"type": "array", "items": {"type": "record", "name": "E", "fields": []}}}],
        },
    ],
    ids=["double", "union of three", "recursive", "of no bytes"],
)
def test_what_is_not_covered_says_so(schema: Any) -> None:
    assert compiled.reader(parse_schema(schema)) is compiled.unsure


def test_a_long_run_of_continuation_bytes_costs_nothing() -> None:
    schema = parse_schema({"type": "record", "name": "R", "fields": [{"name": "a", "type": "string"}]})
    with pytest.raises(compiled.Unsure):
        compiled.reader(schema)(b"\xff" * 1_000_000, 0)


def test_a_value_that_only_fastavro_takes_is_still_written() -> None:
    codec = Codec.load()
    ledger = dict.fromkeys(("accepted", "delivered", "refused", "quarantined", "duplicate"), 1)
    assert codec.read("gov_data.Ledger", codec.encode("gov_data.Ledger", ledger | {"accepted": True})) == ledger
