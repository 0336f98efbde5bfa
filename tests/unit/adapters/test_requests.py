"""From a row to the wire: the same row is the same bytes, and nothing that travels in clear tells who it is about."""

import copy
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.requests import RECORD, request_id, to_envelope
from govbus.envelope import Envelope
from govbus.errors import Poison
from govbus.identity.citizen_id import check_digit
from govbus.pseudonym import SubjectKeys
from govbus.reasons import Reason
from schemas.codec import Codec
from topics.load import records

CODEC, KEYS = Codec.load(records()), SubjectKeys("5a" * 32)
ID = "44999919900307101" + check_digit("44999919900307101")
ROW: dict[str, Any] = {
    "source_key": "17", "version": 1, "updated_at": datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC), "officer": "ZJ0001", "matter": "公租房",
    "item": "proof-01", "purpose": "public-rental-housing", "legal_basis": "公共租赁住房管理办法 Art 7", "id_type": "111", "id_no": ID,
    "name": "张三", "as_of": "2026-01-01", "respond_within_ms": None, "claims": {"marital_status": "20", "spouse_id": None},
}  # fmt: skip


def made(row: dict[str, Any]) -> Envelope:
    return to_envelope("housing", "permits", "housing.request", row, CODEC, KEYS)


def told(row: dict[str, Any]) -> dict[str, Any]:
    return CODEC.decode("housing.request", made(row).value, "here")[1]


def test_the_same_row_is_the_same_bytes() -> None:
    other = {**copy.deepcopy(ROW), "updated_at": ROW["updated_at"].astimezone(timezone(timedelta(hours=8)))}
    one, two = made(ROW), made(dict(reversed(other.items())))
    assert (one, one.headers()) == (two, two.headers())


def test_one_id_for_the_whole_dialogue_new_with_each_version() -> None:
    one = made(ROW)
    assert one.id == one.correlation_id == told(ROW)["request_id"] == request_id("housing", "permits", ROW)
    others = {made({**ROW, **change}).id for change in ({}, {"version": 2}, {"source_key": "18"})}
    assert len(others) == 3


def test_what_travels_in_clear_tells_nobody() -> None:
    one = made(ROW)
    clear = " ".join([one.topic, one.key.decode(), *(value.decode() for _, value in one.headers())])
    assert ID not in clear and ID[:17] not in clear and "张三" not in clear
    assert one.key == made({**ROW, "source_key": "18", "name": "李四"}).key


def test_both_forms_of_a_number_are_one_subject() -> None:
    assert made({**ROW, "id_no": ID[:6] + ID[8:17]}).key == made(ROW).key


@pytest.mark.parametrize("column", ["officer", "matter", "item", "purpose", "legal_basis", "as_of"])
def test_an_empty_column_goes_on_empty_for_the_gate_to_refuse(column: str) -> None:
    assert told({**ROW, column: None})[column] == ""


@pytest.mark.parametrize("column", ["id_type", "id_no", "name"])
def test_an_empty_subject_goes_on_empty(column: str) -> None:
    assert told({**ROW, column: None})["subject"][column] == ""


@pytest.mark.parametrize(
    ("claims", "sent"),
    [
        ({"a": "1", "b": None, "c": 3}, {"a": "1", "c": "3"}),
        ('{"a": "1", "b": null}', {"a": "1"}),
        (None, {}),
        ([1, 2], {}),
        ('"text"', {}),
        ("no json", {}),
    ],
)
def test_claims_are_text_and_absent_when_not_declared(claims: object, sent: dict[str, str]) -> None:
    assert told({**ROW, "claims": claims})["claims"] == sent


def test_what_cannot_be_written_is_poison_and_quotes_nothing() -> None:
    with pytest.raises(Poison) as caught:
        made({**ROW, "respond_within_ms": "soon"})
    assert caught.value.reason == Reason.BAD_ROW
    assert "respond_within_ms" in str(caught.value)
    assert "soon" not in str(caught.value) and ID not in str(caught.value)


@settings(suppress_health_check=[HealthCheck.too_slow])  # in a fresh clone the first text costs a second: Hypothesis makes its tables
@given(
    st.dictionaries(st.sampled_from([name for name in ROW if name not in ("updated_at", "claims")]), st.none() | st.text() | st.integers())
)
def test_any_row_is_sent_or_refused(changed: dict[str, Any]) -> None:
    try:
        envelope = made({**ROW, **changed})
    except Poison as bad:
        assert bad.reason == Reason.BAD_ROW
    else:
        assert CODEC.read(RECORD, envelope.value)["request_id"] == envelope.id
