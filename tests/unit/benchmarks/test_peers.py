"""The referees of the peers' benchmark: what they call overload, and that they hide no peer's lead."""

from io import BytesIO
from typing import Any

import pytest

from benchmarks.peers.entrants import ENTRANTS
from benchmarks.peers.figures import WORK, Measure, ahead, spread, steady
from benchmarks.peers.job import Job, request, sent_us
from benchmarks.peers.observer import figures
from benchmarks.peers.report import text

SPEED = WORK[0]
MIDDLE = steady(300)[0]


def run(per_s: float, p50: float = 5.0, overload: bool = False) -> dict[str, Any]:
    latency = {"p50": p50, "p99": 9.0, "p999": 12.0, "cores": 0.1, "overload": overload}
    return {"per_s": per_s, "cpu_s": 2.0, "rss_mb": 90, "at_300": latency, "at_3000": latency}


def test_a_request_has_300_bytes_and_its_stamp_comes_back() -> None:
    key, value = request(7, 1_764_000_000_000_000)
    assert len(value) == 300
    assert sent_us(Job().work(key, value)) == 1_764_000_000_000_000


def test_the_job_compares_with_the_keys_last_counter() -> None:
    job, (key, value) = Job(), request(7, 0)
    first, second = job.work(key, value), job.work(key, value)
    assert b"new" in BytesIO(first).read()
    assert b"seen" in BytesIO(second).read()


@pytest.mark.parametrize(
    ("taken", "overload"),
    [
        ([5.0] * 1000, False),
        ([800.0] * 1000, False),  # slow, but no slower at the end than at the beginning
        ([float(number) for number in range(1000)], True),
        ([5.0] * 900, True),  # a hundred never came
    ],
)
def test_overload_is_a_queue_that_grows(taken: list[float], overload: bool) -> None:
    assert figures(taken, 1000)["overload"] is overload


def test_percentiles_are_of_the_records_in_order_of_size() -> None:
    found = figures([float(number) for number in reversed(range(1, 401))], 400)
    assert (found["p50"], found["p99"], found["max"]) == (201.0, 397.0, 400.0)


def test_a_spread_says_how_many_runs_it_stands_for() -> None:
    assert spread(SPEED, [run(1000), run(3000), run(2000)]) == "**2,000** (1,000–3,000)"
    assert spread(SPEED, [run(1000), {"failed": "x"}]) == "**1,000** (1,000–1,000, 1 of 2 runs)"
    assert spread(SPEED, [{"failed": "x"}]) == "failed"
    assert spread(MIDDLE, [run(1000, overload=True)]) == "overload"


@pytest.mark.parametrize(
    ("measure", "theirs", "leads"), [(SPEED, run(2000), True), (SPEED, run(500), False), (MIDDLE, run(1000, p50=2.0), True)]
)
def test_a_peer_that_is_better_is_named(measure: Measure, theirs: dict[str, Any], leads: bool) -> None:
    assert bool(ahead(measure, [run(1000)] * 3, {"quix": [theirs] * 3}, str)) is leads


def test_a_lead_over_a_runtime_that_failed_is_a_lead() -> None:
    assert ahead(MIDDLE, [run(1000, overload=True)], {"quix": [run(900)]}, str) == ["quix: 5.0, where the runtime has no figure"]


def test_the_page_lists_every_contestant() -> None:
    results = {"date": "2026-11-24", "scale": {"rounds": 1, "rates": [300], "seconds": 4}, "versions": {"Python": "3.11"}}
    page = text({**results, "runs": {name: [run(1000)] for name in ENTRANTS}})
    assert all(entrant.title in page for entrant in ENTRANTS.values())
