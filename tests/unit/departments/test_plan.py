"""The demo's plan: every outcome often enough, on every item that can have it."""

from collections import Counter
from datetime import date

import pytest

from local.departments.claims import LEAST, plan

DAY = date(2026, 6, 30)


@pytest.mark.parametrize("count", [200, 1_000, 5_000])
def test_every_outcome_is_planned_twenty_times(count: int) -> None:
    found = Counter(claim.outcome for claim in plan(count, today=DAY))
    assert found.keys() == {"match", "match_variant", "mismatch", "no_record", "ambiguous", "refused", "timeout"}
    assert min(found.values()) >= LEAST
    assert found.total() == count


def test_the_claims_are_spread_over_the_items() -> None:
    found = Counter((claim.claim[1], claim.outcome) for claim in plan(1_000, today=DAY))
    for outcome in ("match", "match_variant", "mismatch", "no_record", "refused"):
        assert all(found[item, outcome] >= 10 for item in ("proof-01", "proof-05", "proof-17")), outcome


def test_the_same_plan_every_time_and_another_number_each_application() -> None:
    claims = plan(500, first=77, today=DAY)
    assert claims == plan(500, first=77, today=DAY)
    assert len({claim.application[0] for claim in claims}) == 500
    assert min(claim.application[0] for claim in claims) == "GZF-2026-0000077"


def test_only_claims_that_shall_time_out_have_a_deadline_of_their_own() -> None:
    assert {claim.outcome for claim in plan(1_000, today=DAY) if claim.claim[-1] is not None} == {"timeout"}
