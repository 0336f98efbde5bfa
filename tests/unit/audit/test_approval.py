"""Four eyes, without a broker: an approval holds for the request it was given for, by somebody else, for its time, for nothing besides."""

from typing import Any

import pytest

from audit.approval import HOUR_MS, LONGEST_H, digest, judged

ASKED = {"request_id": "r1", "action": "unmask", "what": "housing.request", "officer": "li", "why": "order", "ticket": "T", "at": 1_000}
APPROVED = {"request_id": "r1", "digest": digest(ASKED), "officer": "wang", "until": 2_000 + HOUR_MS, "at": 2_000}


def state(requests: list[dict[str, Any]], approvals: list[dict[str, Any]], now_ms: int = 3_000) -> list[str]:
    return [row["state"] for row in judged(requests, approvals, now_ms)]


@pytest.mark.parametrize(
    ("asked", "approved", "now_ms", "expected"),
    [
        ({}, None, 3_000, "open"),
        ({}, {}, 3_000, "approved"),
        ({}, {}, 2_000 + HOUR_MS, "over"),
        ({}, {"officer": "li"}, 3_000, "void"),
        ({"what": "housing.verdict"}, {}, 3_000, "void"),  # another thing under the approved id
        ({"at": 1}, {}, 3_000, "void"),
        ({}, {"request_id": "r2"}, 3_000, "open"),
        ({}, {"until": 10**15}, 2_000 + LONGEST_H * HOUR_MS, "over"),  # ten thousand years are a week
    ],
)
def test_what_an_approval_is_worth(asked: dict[str, Any], approved: dict[str, Any] | None, now_ms: int, expected: str) -> None:
    approvals = [] if approved is None else [APPROVED | approved]
    assert state([ASKED | asked], approvals, now_ms) == [expected]


def test_two_requests_of_one_id_are_worth_nothing_in_either_order() -> None:
    forged = ASKED | {"what": "health.lab-result", "at": 1}
    assert state([ASKED, forged], [APPROVED]) == ["void", "void"]
