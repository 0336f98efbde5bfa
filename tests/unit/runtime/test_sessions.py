"""Fetch sessions and a broker that keeps its side as KIP-227 says: after each answer the consumer knows what a whole fetch would tell."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.protocol.fetch import FetchRequest, FetchRequest_v11
from aiokafka.protocol.metadata import MetadataRequest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.runtime.sessions import Sessions

PLACES = [("a", 0), ("a", 1), ("b", 0)]
NODE, LOST, WRONG_EPOCH = 1, 70, 71


@dataclass
class Broker:
    """Ends of partitions, and what it has said of them in each session."""

    cluster = None
    ends: dict[tuple[str, int], int] = field(default_factory=lambda: dict.fromkeys(PLACES, 0))
    kept: dict[int, tuple[int, dict[Any, int], dict[Any, int]]] = field(default_factory=dict)  # epoch, offsets, ends that were told
    room: bool = True
    fails: str = ""
    asked: list[Any] = field(default_factory=list)
    reads: dict[tuple[str, int], int] = field(default_factory=dict)  # from where, in the last answer

    async def send(self, node_id: int, request: Any) -> Any:
        """As aiokafka's client; the request goes through its wire form."""
        made = FetchRequest_v11.decode(request.prepare({1: (4, 18)}).encode())
        self.asked.append(made)
        if self.fails == "before":
            raise KafkaConnectionError
        answer = self._answer(made)
        if self.fails == "after":
            raise KafkaConnectionError
        return answer

    def _answer(self, made: Any) -> Any:
        named = {(topic, number): offset for topic, parts in made.topics for number, _, offset, _, _ in parts}
        if made.session_epoch == 0:
            assert made.session_id == 0
            number = len(self.asked) if self.room else 0
            epoch, offsets, told = 0, {}, {}
        elif made.session_id not in self.kept:
            return SimpleNamespace(error_code=LOST, session_id=0, topics=[])
        else:
            number = made.session_id
            epoch, offsets, told = self.kept[number]
            if made.session_epoch != epoch:
                return SimpleNamespace(error_code=WRONG_EPOCH, session_id=0, topics=[])
        for topic, numbers in made.forgotten_topics_data:
            for gone in numbers:
                del offsets[topic, gone], told[topic, gone]
        offsets.update(named)
        self.reads = dict(offsets)
        told.update((place, -1) for place in named.keys() - told.keys())
        says = [place for place in offsets if self.ends[place] > offsets[place] or told[place] != self.ends[place]]
        told.update((place, self.ends[place]) for place in says)
        if number:
            self.kept[number] = (epoch + 1, offsets, told)
        topics = [(topic, [(part, 0, self.ends[topic, part])]) for topic, part in says]
        return SimpleNamespace(error_code=0, session_id=number, topics=topics)


class State:
    """Of a partition, as in aiokafka."""

    def __init__(self) -> None:
        self.position, self.end, self.timestamp, self.has_valid_position = 0, None, 0, True


class Consumer:
    """What aiokafka's fetcher does with an answer."""

    def __init__(self, broker: Broker) -> None:
        self.subscription = SimpleNamespace(subscription=SimpleNamespace(assignment=None))
        self.assign()
        self.sessions = Sessions(broker, self.subscription)

    def assign(self) -> None:
        self.states = {place: State() for place in PLACES}
        states = self.states
        self.subscription.subscription.assignment = SimpleNamespace(state_value=lambda tp: states.get((tp.topic, tp.partition)))

    async def fetch(self, places: Iterable[tuple[str, int]]) -> None:
        wanted = [(topic, number, self.states[topic, number].position) for topic, number in places]
        topics = [(topic, [(number, offset, 1000)]) for topic, number, offset in wanted]
        answer = await self.sessions.send(NODE, FetchRequest(100, 1, 1_000_000, 1, topics))
        for topic, parts in answer.topics:
            for number, _, end in parts:
                state = self.states[topic, number]
                state.end, state.timestamp = end, 1


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.sampled_from(PLACES)),
        st.tuples(st.just("consume"), st.sampled_from(PLACES)),
        st.tuples(st.just("seek"), st.sampled_from(PLACES)),
        st.tuples(st.just("fetch"), st.sets(st.sampled_from(PLACES), min_size=1)),
        st.tuples(st.sampled_from(["restart", "assign", "full", "before", "after"]), st.none()),
    ),
    max_size=30,
)


@settings(max_examples=400)
@given(STEPS)
def test_after_each_answer_all_is_known_that_a_whole_fetch_would_tell(steps: list[tuple[str, Any]]) -> None:
    broker = Broker()
    consumer = Consumer(broker)

    async def play() -> None:
        for what, where in [*steps, ("fetch", PLACES)]:
            match what:
                case "append":
                    broker.ends[where] += 1
                case "consume":
                    consumer.states[where].position = consumer.states[where].end or 0
                case "seek":
                    consumer.states[where].position = 0
                case "restart":
                    broker.kept.clear()
                case "full":
                    broker.room = not broker.room
                case "assign":
                    consumer.assign()
                case "fetch":
                    for state in consumer.states.values():
                        state.timestamp = 0
                    await consumer.fetch(where)
                    for place in where:
                        state = consumer.states[place]
                        assert state.end == broker.ends[place]
                        assert state.timestamp, "heard of, though it has nothing new"
                        assert broker.reads[place] == state.position
                    assert not any(state.timestamp for place, state in consumer.states.items() if place not in where)
                case _:
                    broker.fails = what
                    with pytest.raises(KafkaConnectionError):
                        await consumer.fetch(PLACES)
                    broker.fails = ""

    asyncio.run(play())


def test_a_second_fetch_names_only_what_has_moved() -> None:
    broker = Broker()
    consumer = Consumer(broker)

    async def play() -> None:
        await consumer.fetch(PLACES)
        await consumer.fetch(PLACES)
        broker.ends["b", 0] = 3
        await consumer.fetch(PLACES)
        consumer.states["b", 0].position = 3
        await consumer.fetch(PLACES)
        await consumer.fetch(PLACES[:2])

    asyncio.run(play())
    named = [[(topic, part[0]) for topic, parts in made.topics for part in parts] for made in broker.asked]
    assert named == [PLACES, [], [], [("b", 0)], []]
    assert [made.forgotten_topics_data for made in broker.asked] == [[], [], [], [], [("b", [0])]]
    assert [made.session_epoch for made in broker.asked] == [0, 1, 2, 3, 4]


def test_an_answer_of_before_says_nothing_of_a_partition_that_was_sought_meanwhile() -> None:
    consumer = Consumer(Broker())
    asyncio.run(consumer.fetch(PLACES))
    known = consumer.sessions._sessions[NODE]
    consumer.states["a", 0].position, consumer.states["a", 0].timestamp = 5, 0
    consumer.states["a", 1].has_valid_position, consumer.states["a", 1].timestamp = False, 0
    known.answered(SimpleNamespace(session_id=1, topics=[]), 7)
    assert [consumer.states[place].timestamp for place in PLACES] == [0, 0, 7]


def test_a_broker_that_refuses_a_new_session_too_is_an_error() -> None:
    class Refusing(Broker):
        def _answer(self, made: Any) -> Any:
            return SimpleNamespace(error_code=31, session_id=0, topics=[])

    with pytest.raises(KafkaError):
        asyncio.run(Consumer(Refusing()).fetch(PLACES))


def test_what_is_no_fetch_passes_and_so_do_other_calls() -> None:
    class Client:
        cluster = "the cluster"

        async def send(self, node_id: int, request: Any, *, group: int = 0) -> Any:
            return node_id, request, group

        async def ready(self) -> bool:
            return True

    sessions: Any = Sessions(Client(), None)
    asked = MetadataRequest([])
    assert asyncio.run(sessions.send(3, asked, group=1)) == (3, asked, 1)
    assert sessions.cluster == "the cluster"
    assert asyncio.run(sessions.ready())
