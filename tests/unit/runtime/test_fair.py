"""Turns: nothing lost, order within a topic, and a small topic never waits behind a large one."""

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from agents.runtime.fair import Turns


class Batch(NamedTuple):
    topic: str
    size: int
    number: int = 0


ROUNDS = st.lists(
    st.tuples(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 500)), max_size=9), st.integers(1, 1_000)), max_size=9
)


@given(ROUNDS)
def test_all_come_in_the_order_of_their_topic(rounds: list) -> None:
    turns, added, taken = Turns[Batch](), list[Batch](), list[Batch]()
    for batches, records in rounds:
        turns.add(new := [Batch(topic, size, len(added) + number) for number, (topic, size) in enumerate(batches)])
        added += new
        found = turns.take(records)
        assert not added[len(taken) :] or found, "at least one where one waits"
        once = {batch.topic for batch in found}
        assert once == {batch.topic for batch in added if batch not in taken}, "one of each topic that waits"
        largest = max((batch.size for batch in added), default=0)
        assert sum(batch.size for batch in found) < records + len(once) * largest + 1, "not much more than asked for"
        taken += found
    taken += turns.take(10**9)
    assert len(turns) == 0
    assert sorted(taken, key=lambda each: each.number) == added
    for topic in "abc":
        assert [each for each in taken if each.topic == topic] == [each for each in added if each.topic == topic]


@given(st.lists(st.integers(1, 500), min_size=1, max_size=50))
def test_a_single_check_is_in_the_next_transaction_whatever_waits(mass: list[int]) -> None:
    turns = Turns[Batch]()
    turns.add([Batch("education.request", size) for size in mass])
    turns.add([Batch("housing.request", 1)])
    assert "housing.request" in {batch.topic for batch in turns.take(1)}


def test_single_checks_do_not_wait_because_each_is_a_batch_of_its_own() -> None:
    turns = Turns[Batch]()
    turns.add([Batch("education.request", 100)] * 9)
    turns.add([Batch("housing.request", 1, number) for number in range(50)])
    assert sum(batch.topic == "housing.request" for batch in turns.take(100)) == 50
    assert {batch.topic for batch in turns.take(100)} == {"education.request"}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 500)), max_size=9), st.integers(1, 1_000))
def test_few_are_counted_in_records_over_all_topics(waiting: list[tuple[str, int]], records: int) -> None:
    turns = Turns[Batch]()
    turns.add([Batch(topic, size) for topic, size in waiting])
    assert turns.fewer_than(records) == (sum(size for _, size in waiting) < records)
