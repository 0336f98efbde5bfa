"""Rows about persons as records: by the issuer's own table or not at all, the raw value beside it, no number, the same bytes each time."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adapters import facts
from adapters.declaration import SqlSource, load_adapters
from govbus.envelope import Envelope
from govbus.errors import Poison
from govbus.pseudonym import SubjectKeys
from schemas.codec import Codec
from tests.unit import purpose_keys
from topics.load import records

CODEC, KEYS = Codec.load(records(), keys=purpose_keys.KEYS), SubjectKeys("5a" * 32)
SPEC = load_adapters()["health.foreign-codes"].spec
assert isinstance(SPEC, SqlSource)
TABLES = SPEC.codes["level"].tables
NUMBER = "449999199003070015"
ROW: dict[str, Any] = {
    "source_key": "hm-1", "version": 1, "updated_at": datetime(2026, 11, 29, 8, tzinfo=UTC), "id_type": "111", "id_no": NUMBER,
    "code_id": "45.1", "action": "recognised", "issue_region": "45", "way": "1", "level": "3", "raw_level": "3", "reason_class": "密接",
    "raw_reason": "密接", "issued_at": datetime(2026, 11, 29, 7, tzinfo=UTC), "until": None, "division": "440883000000",
}  # fmt: skip


def made(**changed: Any) -> Envelope:
    row, spec = {**ROW, **changed}, SPEC
    assert isinstance(spec, SqlSource)
    return facts.to_envelope("health", spec.system, spec.topic, row, CODEC, KEYS, record=spec.carries, codes=spec.codes)


def data(**changed: Any) -> dict[str, Any]:
    one = made(**changed)
    return CODEC.decode(one.topic, one.value)[1]


@given(st.sampled_from([(region, raw) for region, table in TABLES.items() for raw in table]))
def test_each_value_means_what_its_own_issuer_says_and_stays_beside_it(code: tuple[str, str]) -> None:
    region, raw = code
    found = data(issue_region=region, level=raw, raw_level=raw)
    assert (found["level"], found["raw_level"]) == (TABLES[region][raw], raw)


def test_one_number_is_three_colours_in_three_regions() -> None:
    assert [data(issue_region=region, level="2")["level"] for region in ("45", "46", "35")] == ["yellow", "red", "green"]


@pytest.mark.parametrize(
    ("changed", "reason", "words"),
    [
        ({"issue_region": "99"}, "UNKNOWN_CODE", "no table for this issue_region"),
        ({"level": "7"}, "UNKNOWN_CODE", "field level is not in its code table"),
        ({"reason_class": "其他原因"}, "UNKNOWN_CODE", "field reason_class"),
        ({"id_no": ""}, "BAD_ROW", "id_no"),
        ({"id_no": NUMBER[:-1] + "6"}, "BAD_CHECK_DIGIT", "field id_no"),
        ({"code_id": None}, "BAD_ROW", "code_id"),
        ({"issued_at": "yesterday"}, "BAD_ROW", "issued_at"),
    ],
)
def test_what_cannot_be_meant_goes_back_with_its_reason_and_without_its_value(changed: dict[str, Any], reason: str, words: str) -> None:
    with pytest.raises(Poison) as bad:
        made(**changed)
    assert bad.value.reason == reason
    assert words in str(bad.value)
    assert not any(str(value) in str(bad.value) for value in changed.values() if value)
    assert NUMBER not in str(bad.value)


def test_the_same_row_is_the_same_bytes_under_the_persons_key_and_names_nobody() -> None:
    one = made()
    assert (one.id, one.value, one.key) == (made().id, made().value, KEYS.key("111", NUMBER))
    assert NUMBER.encode() not in one.value
    assert data()["person_key"] == one.key.decode()
    assert data()["issued_at"] == int(ROW["issued_at"].timestamp() * 1000)
    assert made(version=2).id != one.id
    assert made(id_no="449999900307001").key == KEYS.key("111", "449999900307001")


def test_days_and_decimals_are_texts() -> None:
    assert (facts._plain(date(2026, 11, 29)), facts._plain(Decimal("1.50"))) == ("2026-11-29", "1.50")


@pytest.mark.parametrize(
    "changed",
    [{"record": "fact", "carries": ""}, {"record": "request", "carries": "health.ForeignCode"}, {"record": "request", "carries": ""}],
)
def test_a_declaration_says_what_a_row_becomes_or_nothing(changed: dict[str, Any]) -> None:
    assert isinstance(SPEC, SqlSource)
    with pytest.raises(ValidationError, match="go together"):
        SqlSource.model_validate({**SPEC.model_dump(), **changed})
