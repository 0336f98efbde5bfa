"""How long a broker has been silent about an input: from its last answer, or from when an answer was first wanted."""

import pytest

from agents.runtime.consumer import longest_s

NOW, SINCE = 1_000_000, 900_000


@pytest.mark.parametrize(
    ("heard", "seconds"),
    [
        ([], 0.0),
        ([NOW], 0.0),
        ([NOW - 5_000, NOW - 70_000, NOW], 70.0),
        ([None, NOW], 100.0),  # never, since the assignment
        ([SINCE - 50_000], 100.0),  # an answer of before the assignment
    ],
)
def test_the_longest_counts(heard: list[int | None], seconds: float) -> None:
    assert longest_s(heard, SINCE, NOW) == seconds
