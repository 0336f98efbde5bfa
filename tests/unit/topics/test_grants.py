"""A grant allows one department, one item, one purpose, between two days; everything else is refused with a reason."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topics.grants import Grant, Grants
from topics.load import load

DAY = date(2026, 11, 24)
GRANTS = load().grants


def grant(**changes: object) -> Grant:
    whole: dict[str, object] = {
        "id": "g-1", "department": "housing", "item": "proof-01", "holder": "civil-affairs", "fields": ["marital_status"],
        "purpose": "rent", "legal_basis": "Art 7", "from": "2026-01-01", "until": "2026-12-31", "approver": "civil-affairs",
    }  # fmt: skip
    return Grant.model_validate(whole | changes)


@pytest.mark.parametrize("item", ["proof-01", "proof-05", "proof-17"])
def test_housing_may_ask_for_public_rental_housing(item: str) -> None:
    answer = GRANTS.allows("housing", item, "public-rental-housing", DAY)
    assert answer
    assert answer.grant
    assert answer.grant.item == item


@pytest.mark.parametrize(
    ("department", "item", "purpose", "on", "why"),
    [
        ("education", "proof-01", "school-enrolment", DAY, "education has no grant for proof-01"),
        ("tax", "proof-05", "school-enrolment", DAY, "tax has no grant for proof-05"),
        ("housing", "proof-01", "curiosity", DAY, "housing has grants for proof-01, but not for this purpose"),
        ("housing", "proof-01", "public-rental-housing", date(2030, 1, 1), "2026-01-01 to 2028-12-31, not on 2030-01-01"),
        ("housing", "proof-01", "public-rental-housing", date(2025, 12, 31), "not on 2025-12-31"),
    ],
)
def test_refused_with_a_reason(department: str, item: str, purpose: str, on: date, why: str) -> None:
    answer = GRANTS.allows(department, item, purpose, on)
    assert not answer
    assert why in answer.why


def test_education_asks_nothing_of_marriages_or_disabilities() -> None:
    assert {"proof-01", "proof-17"}.isdisjoint(one.item for one in GRANTS.live("education", DAY))


def test_criminal_records_serve_no_other_purpose() -> None:
    assert GRANTS.allows("education", "proof-09", "teacher-qualification", DAY)
    assert "not for this purpose" in GRANTS.allows("education", "proof-09", "school-enrolment", DAY).why


def test_one_matter_serves_no_other() -> None:
    grants = Grants([grant(matter="m-1")])
    assert grants.allows("housing", "proof-01", "rent", DAY, "m-1")
    assert "another matter" in grants.allows("housing", "proof-01", "rent", DAY, "m-2").why


def test_renewed_grant_serves_after_the_expired_one() -> None:
    grants = Grants([grant(until="2026-06-30"), grant(id="g-2", **{"from": "2026-07-01"})])
    assert [
        answer.grant.id if (answer := grants.allows("housing", "proof-01", "rent", on)).grant else ""
        for on in (date(2026, 6, 30), date(2026, 7, 1))
    ] == ["g-1", "g-2"]


@given(st.integers(-1000, 1000))
def test_allowed_on_its_days_and_no_others(days: int) -> None:
    on = DAY + timedelta(days=days)
    assert bool(Grants([grant()]).allows("housing", "proof-01", "rent", on)) == (date(2026, 1, 1) <= on <= date(2026, 12, 31))


def test_where_several_are_asked_each_has_consented() -> None:
    grants = Grants([grant(holder="health", also=["civil-affairs"]), grant(id="g-2", holder="bank", until="2026-06-30")])
    for holder in ("health", "civil-affairs"):
        assert grants.allows("housing", "proof-01", "rent", DAY, holder=holder)
    assert "bank has not consented" not in (expired := grants.allows("housing", "proof-01", "rent", DAY, holder="bank").why)
    assert "not on 2026-11-24" in expired, "one holder's expired grant is not mended by another's"
    assert grants.allows("housing", "proof-01", "rent", DAY, holder="tax").why == (
        "tax has not consented that housing asks it proof-01 for this purpose"
    )
