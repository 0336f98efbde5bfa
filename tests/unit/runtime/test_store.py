"""Keyed state: what is staged becomes the standing only with its transaction; a restore gives the same standing; timers fire in order."""

from hypothesis import given
from hypothesis import strategies as st

from agents.runtime.store import Entry, Partition, state_key

KEYS = st.sampled_from([state_key(exchange, b"%02x" % n) for exchange in ("proof-01", "proof-17") for n in range(4)])
ENTRIES = st.none() | st.builds(Entry, st.binary(min_size=1, max_size=4), st.sampled_from([0, 10, 20, 30]), st.integers(0, 3))
BATCHES = st.lists(st.tuples(st.booleans(), st.lists(st.tuples(KEYS, ENTRIES), max_size=6)), max_size=8)


def headers_of(part: Partition) -> list[tuple[bytes, bytes | None, dict[str, bytes]]]:
    return [(each.key, each.value, dict(each.headers)) for each in part.changes("bus.verify.state")]


@given(BATCHES)
def test_only_committed_changes_stand_and_a_restore_gives_the_same_standing(batches: list) -> None:
    part, oracle, changelog = Partition.empty(0), {}, []
    for commits, changes in batches:
        for key, entry in changes:
            part.put(key, entry)
        if commits:
            oracle.update(changes)
            changelog += headers_of(part)
            part.settle()
        else:
            part.drop()
    standing = {key: entry for key, entry in oracle.items() if entry is not None}
    again = Partition.empty(0)
    for key, value, headers in changelog:
        again.restore(key, value, headers)
    assert part.entries == again.entries == standing
    for each in (part, again):
        for exchange in ("proof-01", "proof-17"):
            opened = sum(entry.open for key, entry in standing.items() if key.startswith(exchange.encode()))
            assert each.open.get(exchange, 0) == opened


@given(BATCHES, st.sampled_from([5, 15, 25, 35]))
def test_due_timers_come_in_order_and_each_once(batches: list, now_ms: int) -> None:
    part = Partition.empty(0)
    for _, changes in batches:
        for key, entry in changes:
            part.put(key, entry)
        part.settle()
    expected = sorted((entry.due_ms, key) for key, entry in part.entries.items() if 0 < entry.due_ms < now_ms)
    fired = []
    for due_ms, key in part.due(now_ms):
        fired.append((due_ms, key))
        part.put(key, None)  # what fires must not fire again
    assert sorted(fired) == expected
    assert [due_ms for due_ms, _ in fired] == sorted(due_ms for due_ms, _ in fired)


def test_a_timer_set_within_a_batch_is_seen_by_the_next_record_of_that_batch() -> None:
    part = Partition.empty(0)
    part.put(b"proof-01|a", Entry(b"x", 100, 1))
    assert list(part.due(101)) == [(100, b"proof-01|a")]
