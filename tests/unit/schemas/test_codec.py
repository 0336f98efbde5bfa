"""The wire format and its one promise: whatever the bytes, out comes the record or a Poison."""

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from govbus.errors import Poison, SetupError
from schemas import purposes, release
from schemas.codec import Codec

TOPIC, RECORD = "housing.request", "gov_data.ProofRequest"
CODEC = Codec.load({TOPIC: RECORD, "housing.verdict": "gov_data.ProofVerdict"})
ID_NO = "449999199001010011"

NAMES = ("request_id", "department", "officer", "matter", "item", "purpose", "legal_basis", "as_of")

texts = st.text(max_size=40)
requests = st.fixed_dictionaries(
    {
        **dict.fromkeys(NAMES, texts),
        "subject": st.fixed_dictionaries({"id_type": texts, "id_no": texts, "name": texts}),
        "claims": st.dictionaries(texts, texts, max_size=4),
        "commitment_hash": st.none() | texts,
        "respond_within_ms": st.none() | st.integers(-(2**63), 2**63 - 1),
        "case_id": st.none() | texts,
    }
)


def request(**changes: Any) -> dict[str, Any]:
    subject = {"id_type": "111", "id_no": ID_NO, "name": "陈大文"}
    return (
        dict.fromkeys(NAMES, "x")
        | {"subject": subject, "claims": {}, "commitment_hash": None, "respond_within_ms": None, "case_id": None}
        | changes
    )


VALUE = CODEC.encode(RECORD, request(claims={"town": "449999001"}))


@given(requests)
def test_round_trip(data: dict[str, Any]) -> None:
    assert CODEC.decode(TOPIC, CODEC.encode(RECORD, data), "here") == (RECORD, data)


def test_prefix_is_confluent_wire_format() -> None:
    assert struct.unpack(">bI", VALUE[:5]) == (0, release.load().latest()[RECORD].id)


def test_defaults_are_filled_in() -> None:
    data = request()
    del data["commitment_hash"]
    assert CODEC.read(RECORD, CODEC.encode(RECORD, data))["commitment_hash"] is None


def test_timestamps_are_milliseconds() -> None:
    verdict: dict[str, Any] = dict.fromkeys(("request_id", "department", "item"), "x") | {
        "outcome": "match",
        "mismatched_fields": [],
        "flags": [],
    }
    verdict |= {"requested_at": 1, "accepted_at": 2, "decided_at": 1_790_000_000_001}
    assert CODEC.read("gov_data.ProofVerdict", CODEC.encode("gov_data.ProofVerdict", verdict))["decided_at"] == 1_790_000_000_001


@given(st.integers(0, len(VALUE) - 1))
def test_truncated(cut: int) -> None:
    with pytest.raises(Poison) as bad:
        CODEC.decode(TOPIC, VALUE[:cut], "housing.request/0@1")
    assert bad.value.reason == "UNDECODABLE"


@given(st.binary(min_size=1, max_size=50))
def test_trailing_bytes(more: bytes) -> None:
    with pytest.raises(Poison, match=r"UNDECODABLE.*bytes follow"):
        CODEC.decode(TOPIC, VALUE + more, "housing.request/0@1")


@given(st.lists(st.tuples(st.integers(0, len(VALUE) - 1), st.integers(0, 255)), min_size=1, max_size=8))
@example([(5, 0xFF), (6, 0xFF), (7, 0xFF), (8, 0xFF), (9, 0x7F)])
def test_mutated_bytes_raise_poison_and_nothing_else(changes: list[tuple[int, int]]) -> None:
    raw = bytearray(VALUE)
    for place, byte in changes:
        raw[place] = byte
    try:
        CODEC.decode(TOPIC, bytes(raw), "here")
    except Poison as bad:
        assert ID_NO not in str(bad)


@given(st.binary(max_size=300))
def test_random_body_raises_poison_and_nothing_else(body: bytes) -> None:
    for entry in release.load().entries:
        try:
            CODEC.read(entry.record, b"\0" + entry.id.to_bytes(4, "big") + body)
        except Poison as bad:
            assert bad.reason == ("NOT_ENCRYPTED" if entry.record in purposes.by_record() else "UNDECODABLE")


def test_unknown_schema_names_the_id() -> None:
    with pytest.raises(Poison, match="UNKNOWN_SCHEMA: schema id 2147483647 at here"):
        CODEC.decode(TOPIC, b"\0\x7f\xff\xff\xff" + VALUE[5:], "here")


def test_record_of_another_topic() -> None:
    with pytest.raises(Poison, match=r"WRONG_SCHEMA: the value is a gov_data\.ProofRequest, the topic carries gov_data\.ProofVerdict"):
        CODEC.decode("housing.verdict", VALUE, "here")


def test_undeclared_topic_is_our_fault_not_the_record_s() -> None:
    with pytest.raises(SetupError, match=r"housing\.gossip"):
        CODEC.decode("housing.gossip", VALUE, "here")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({k: v for k, v in request().items() if k != "item"}, "missing: item"),
        (request(colour="green"), "unknown: colour"),
        (request(item=5), "wrong type: item"),
        (request(claims={"a": 1}), "wrong type: claims"),
        (request(respond_within_ms=2**63), "wrong type: respond_within_ms"),
        (request(subject={"id_no": ID_NO}), "wrong type: subject"),
        (request(officer=ID_NO.encode()), "wrong type: officer"),
    ],
)
def test_encoding_fault_names_the_field_and_never_the_value(data: dict[str, Any], told: str) -> None:
    with pytest.raises(Poison) as bad:
        CODEC.encode(RECORD, data, "row 7")
    assert (bad.value.reason, bad.value.place) == ("BAD_ROW", "row 7")
    assert told in str(bad.value)
    assert ID_NO not in str(bad.value)


def test_unknown_record_type() -> None:
    with pytest.raises(SetupError, match=r"gov_data\.Gossip"):
        CODEC.encode("gov_data.Gossip", {})


def test_older_version_is_read_as_the_latest(tmp_path: Path) -> None:
    first = {"type": "record", "namespace": "a", "name": "R", "fields": [{"name": "x", "type": "string"}]}
    second = json.loads(json.dumps(first)) | {"fields": [*first["fields"], {"name": "y", "type": ["null", "int"], "default": None}]}
    release.append({"a.R": first}, tmp_path)
    old = Codec.load({"t": "a.R"}, tmp_path).encode("a.R", {"x": "1"})
    release.append({"a.R": second}, tmp_path)
    codec = Codec.load({"t": "a.R"}, tmp_path)
    assert codec.decode("t", old, "here") == ("a.R", {"x": "1", "y": None})
    assert codec.encode("a.R", {"x": "1"})[:5] == b"\0\0\0\0\2"


def test_topic_with_a_record_nobody_released() -> None:
    with pytest.raises(SetupError, match=r"a\.Missing"):
        Codec.load({"t": "a.Missing"})
