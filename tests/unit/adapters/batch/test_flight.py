"""However often a run breaks off, everybody has one result, and what is held does not grow with the file."""

import gc
import tempfile
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import table
from adapters.batch import flight
from adapters.batch.flight import Flight
from adapters.batch.people import people
from tests.unit.adapters.batch.files import JOB, everybody, opened, put


class Topic:
    """What the department sees of the bus: one verdict for an id that is asked for, in any order, and none for the second time."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.verdicts: list[str] = []
        self._waiting: list[str] = []

    def ask(self, name: str) -> None:
        self.asked[name] += 1
        if self.asked[name] == 1:
            self._waiting.append(name)

    def answer(self, picks: list[int]) -> None:
        for pick in picks:
            if self._waiting:
                self.verdicts.append(self._waiting.pop(pick % len(self._waiting)))


PICKS = st.lists(st.lists(st.integers(0, 50), max_size=9), max_size=12)


@given(st.integers(1, 60), st.lists(PICKS, max_size=5), st.integers(1, 5), st.integers(5, 12))
@settings(max_examples=100, deadline=None)
def test_everybody_has_one_result_however_often_it_breaks_off(count: int, runs: list[list[list[int]]], least: int, most: int) -> None:
    topic = Topic()
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(flight, "LEAST", least)
        patch.setattr(flight, "MOST", most)
        path, out = put(Path(name), count), Path(name) / "out"
        wanted = {person.request_id for person in everybody(path)}
        for rounds in [*runs, None]:  # the last run goes on to the end
            with opened(path, out) as (found, kept):
                going = Flight(person for person in people(JOB, found) if not kept.has(person.line))
                read = turn = 0
                while going and (rounds is None or turn < len(rounds)):
                    for person in going.next():
                        topic.ask(person.request_id)
                    topic.answer(list(range(1, 40, 3)) if rounds is None else rounds[turn])
                    assert turn < 2_000, "a verdict was lost: the run waits for it for ever"
                    came = topic.verdicts[read : read + 4]
                    read, turn = read + len(came), turn + 1
                    for each in came:
                        if (back := going.back(each)) is not None:
                            kept.enter(back, {"outcome": "match"})
                    going.pace(len(came), 0.2)
        with opened(path, out) as (_, kept):
            lines = Counter(int(row["line"]) for row in kept.results())
    assert lines == Counter(range(2, count + 2))
    assert set(topic.asked) == wanted


def test_as_many_are_under_way_as_come_back_in_a_second(tmp_path: Path) -> None:
    going = Flight(iter(everybody(put(tmp_path, 12_000))))
    first = going.next()
    assert len(first) == flight.LEAST
    assert going.next() == []
    for _ in range(300):  # in bursts, as they come
        going.pace(0, 0.19)
        going.pace(200, 0.01)
    assert len(going.next()) == pytest.approx(1_000 - flight.LEAST, rel=0.15)
    for _ in range(30):
        going.pace(100_000, 1.0)
    assert len(going.next()) == pytest.approx(flight.MOST - 1_000, rel=0.05)


def peak(path: Path) -> int:
    """Bytes at the most while a file goes through."""
    gc.collect()
    tracemalloc.start()
    with opened(path, path.with_suffix("")) as (found, kept):
        going = Flight(person for person in people(JOB, found) if not kept.has(person.line))
        while going:
            for person in going.next():
                back = going.back(person.request_id)
                assert back is not None
                kept.enter(back, {"outcome": "match"})
            going.pace(1_000_000, 100.0)  # as wide as it may be, from the first round on
    found_peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found_peak


def folder(within: Path, size: int, turn: int) -> Path:
    """One of its own: the same file is not asked about twice."""
    made = within / f"{size}-{turn}"
    made.mkdir()
    return made


def test_what_is_held_does_not_grow_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flight, "MOST", 500)
    # The least of three: how much garbage lies about at the peak is the collector's chance, some 150 KB.
    small, large = (min(peak(put(folder(tmp_path, size, turn), size)) for turn in range(3)) for size in (1_500, 9_000))
    assert large < small + 7_500 * 40, "a person who is done leaves a byte, not what was asked about her (some 600 bytes)"


def test_the_table_is_read_a_line_at_a_time(tmp_path: Path) -> None:
    path = put(tmp_path, 6_000)
    tracemalloc.start()
    with table.opened(path) as found:
        assert sum(1 for _ in found.rows()) == 6_000
    assert tracemalloc.get_traced_memory()[1] < 300_000
    tracemalloc.stop()
