"""The recheck's bench: what a hop is, and that the page says what was measured."""

import pytest

from benchmarks import hops
from benchmarks.recheck import declared
from benchmarks.recheck_page import page
from govbus.identity import citizen_id


def test_a_hop_is_the_time_between_two_moments() -> None:
    rows = [(f"r{number}", 1_000, 1_000 + 100 * number + 31) for number in range(1, 101)]
    later = dict(zip(hops.TOPICS, (1, 3, 7, 15), strict=True))
    moments = {topic: {f"r{number}": 1_000 + 100 * number + ms for number in range(1, 101)} for topic, ms in later.items()}
    told = hops.taken([*rows, ("went another way", 1_000, 2_000)], moments)
    assert list(told) == list(hops.HOPS)
    assert [hop.p50 for hop in told.values()] == [5_051, 2, 4, 8, 16]
    assert [hop.p99 for hop in told.values()] == [10_001, 2, 4, 8, 16]
    assert told["outbox"].share == 99
    assert {hop.a_second for hop in told.values()} == {10}


@pytest.mark.parametrize("count", [1, 5, 400])
def test_everybody_declares_once_about_people_who_are_nobody(count: int) -> None:
    people = list(declared(count))
    assert len(people) >= count
    assert len({id_no for id_no, *_ in people}) >= len(people) * 0.95, "two of a family may share a number; that is a trap of old systems"
    assert not any(citizen_id.fault(id_no) for id_no, *_ in people)


def test_the_page_has_the_figures() -> None:
    hop = hops.Hop(5.0, 9.0, 20, 640)._asdict()
    told = {
        "date": "2026-11-25", "machine": "2 cores", "load_before": 0.4, "people": 5_000,
        "rows": {"seconds": 8.1, "a_second": 617, "hops": dict.fromkeys(hops.HOPS, hop), "cpu_s_per_1000": {"agent": 0.25, "sink": 0.75}},
        "file": {
            "seconds": 9.0, "a_second": 555, "people": 5_000, "decided": 4_990, "refused": 10, "missing": 0,
            "peak_mib": {"1000": 60, "5000": 61},
            "single": {"alone": {"requests": 200, "p50_ms": 80, "p99_ms": 140}, "meanwhile": {"requests": 90, "p50_ms": 90, "p99_ms": 400}},
        },
    }  # fmt: skip
    words = page(told)
    for line in (
        "**617 a second**", "| sink | 5 | 9 | 20 % | 640 |", "| agent | 0.25 | 25 % |", "Load average before it: 0.4",
        "60 MiB for 1000 people, 61 MiB for 5000 people",
        "| while the file runs | 90 | 90 | 400 |", "5000 people = 4990 decided + 10 refused + 0 open",
    ):  # fmt: skip
        assert line in words
