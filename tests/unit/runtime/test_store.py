"""Keyed state: the changelog gives the same standing again; timers fire in order, each once, wherever now stands."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.runtime.entries import Disk, Entry
from agents.runtime.store import Partition, state_key

KEYS = st.sampled_from([state_key(exchange, b"%02x" % n) for exchange in ("proof-01", "proof-17") for n in range(4)])
ENTRIES = st.none() | st.builds(
    Entry, st.binary(min_size=1, max_size=4), st.sampled_from([0, 10, 990, 1_000, 1_010, 5_500]), st.integers(0, 3)
)
NOW = st.sampled_from([5, 995, 1_000, 1_005, 4_000, 9_000])
BATCHES = st.lists(st.lists(st.tuples(KEYS, ENTRIES), max_size=6), max_size=8)


@given(BATCHES)
def test_the_changelog_restores_the_same_standing(batches: list) -> None:
    part, oracle, changelog = Partition.empty(0), {}, []
    for changes in batches:
        for key, entry in changes:
            part.put(key, entry)
        oracle.update(changes)
        changelog += [(each.key, each.value, each.headers) for each in part.changes("bus.verify.state")]
        assert list(part.changes("bus.verify.state")) == []
    standing = {key: entry for key, entry in oracle.items() if entry is not None}
    again = Partition.empty(0)
    for key, value, headers in changelog:
        again.restore(key, value, headers)
    again.restored()
    assert dict(part.entries.items()) == dict(again.entries.items()) == standing
    for each in (part, again):
        for exchange in ("proof-01", "proof-17"):
            opened = sum(entry.open for key, entry in standing.items() if key.startswith(exchange.encode()))
            assert each.open.get(exchange, 0) == opened


@given(st.lists(st.tuples(BATCHES, NOW), min_size=1, max_size=4))
def test_due_timers_come_in_order_and_each_once(rounds: list) -> None:
    part = Partition.empty(0)
    for batches, now_ms in rounds:
        for key, entry in (change for changes in batches for change in changes):
            part.put(key, entry)
        fires_all_before(part, now_ms)


def fires_all_before(part: Partition, now_ms: int) -> None:
    expected = sorted((entry.due_ms, key) for key, entry in part.entries.items() if 0 < entry.due_ms < now_ms)
    fired = []
    for due_ms, key in part.due(now_ms):
        fired.append((due_ms, key))
        part.put(key, None)  # what fires must not fire again
    assert fired == expected
    assert not part.timers.may_be_due(0) and list(part.due(now_ms)) == []


def test_a_timer_set_within_a_batch_is_seen_by_the_next_record_of_that_batch() -> None:
    part = Partition.empty(0)
    part.put(b"proof-01|a", Entry(b"x", 100, 1))
    assert list(part.due(101)) == [(100, b"proof-01|a")]


@given(BATCHES)
def test_disk_and_memory_are_alike(tmp_path_factory: pytest.TempPathFactory, batches: list) -> None:
    disk = Partition.empty(0, Disk(tmp_path_factory.mktemp("state") / "0"))
    memory = Partition.empty(0)
    for key, entry in (change for changes in batches for change in changes):
        for each in (disk, memory):
            each.put(key, entry)
        assert disk.get(key) == memory.get(key) == entry
    assert dict(disk.entries.items()) == dict(memory.entries.items())
    assert list(disk.due(9_000)) == list(memory.due(9_000))
    assert disk.open == memory.open
    disk.entries.close()


def test_a_disk_begins_empty_and_leaves_nothing(tmp_path: Path) -> None:
    """Whatever a killed worker left there is not trusted: its changelog is."""
    left = Disk(tmp_path / "0")
    left.put(b"k", Entry(b"old", 0, 0))
    left._kept.close()
    again = Disk(tmp_path / "0")
    assert again.get(b"k") is None
    again.close()
    assert not (tmp_path / "0").exists()
