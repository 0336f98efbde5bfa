"""Whatever came in one group and whatever in the next: with the workers' own word of it, a replay writes the same bytes, in their order."""

import asyncio
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.runtime import order
from agents.runtime.consumer import Batch
from agents.runtime.rdkafka import Outgoing
from agents.runtime.store import Partition
from agents.runtime.work import Result, Work
from tests.unit.runtime.test_engine import ANSWERS, CODEC, FAR_MS, REQUESTS, WHO, Log, Raw, engine, raw
from tests.unit.shapes import world

MOMENTS = st.integers(0, 40)  # seconds; the holder has 30
ASKED = st.lists(st.tuples(MOMENTS, st.none() | MOMENTS, st.booleans()), min_size=1, max_size=6)
OWN = ("bus.verify.state", "bus.verify.ledger", order.TOPIC)


def logs(asked: list[tuple[int, int | None, bool]]) -> list[list[Raw]]:
    """The two input topics: requests at a moment, and the answers that come so long after them."""
    items = ("proof-17", "proof-01")
    requests = [(at, world.request(items[dialogue], request_id=f"r{n}")) for n, (at, _, dialogue) in enumerate(asked)]
    answers = [
        (at + later, world.answer("proof-01", request_id=f"r{n}"))
        for n, (at, later, dialogue) in enumerate(asked)
        if dialogue and later is not None
    ]
    return [
        [raw(made, offset, world.START_MS + at * 1000) for offset, (at, made) in enumerate(sorted(found, key=lambda each: each[0]))]
        for found in (requests, answers)
    ]


def lived(asked: list[tuple[int, int | None, bool]], steps: list[tuple[int, int]]) -> tuple[list[Outgoing], dict[tuple[str, int], Raw]]:
    """What an engine commits to which the log comes in these steps: so many requests and so many answers a group."""
    log, left = Log(), logs(asked)
    found = {(record.topic, record.offset): record for records in left for record in records}
    made, follows = engine(log), {REQUESTS: -1, ANSWERS: -1}

    async def work() -> None:
        for counts in [*steps, (99, 99)]:
            batches = []
            for place, records, count in zip((REQUESTS, ANSWERS), left, counts, strict=True):
                if part := records[:count]:
                    del records[:count]
                    batches.append(Batch(list(part), follows[place]))
                    follows[place] = part[-1].offset + 1
            read = {place: FAR_MS for place, records in zip((REQUESTS, ANSWERS), left, strict=True) if not records}
            await made.process(batches, read if all(counts) else {}, WHO)
            await made.tick(dict.fromkeys(read, FAR_MS), WHO)
        await made.tick(dict.fromkeys([REQUESTS, ANSWERS], FAR_MS), WHO)
        await made.settled()

    asyncio.run(work())
    return log.committed, found


def again(committed: list[Outgoing], found: dict[tuple[str, int], Raw]) -> Iterator[Outgoing]:
    """What a replay writes."""
    work, part = Work(world.make_desk(), CODEC), Partition.empty(0)
    for told in [CODEC.read(order.RECORD, each.value or b"") for each in committed if each.topic == order.TOPIC]:
        offsets = [(each["topic"], offset) for each in told["inputs"] for offset in range(each["first"], each["next"])]
        result = Result()
        for until_ms, record in order.turns([found[place] for place in offsets], told["horizon_ms"]):
            work.fire(part, until_ms, result)
            if record is not None:
                work.take(part, record, result)
        yield from result.records


@settings(max_examples=60)
@given(ASKED, st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=8))
def test_a_replay_takes_the_same_way(asked: list[tuple[int, int | None, bool]], steps: list[tuple[int, int]]) -> None:
    committed, found = lived(asked, steps)
    assert list(again(committed, found)) == [each for each in committed if each.topic not in OWN]


def test_it_names_batches_as_they_came() -> None:
    committed, found = lived([(0, 35, True), (34, None, True)], [(1, 1), (1, 0)])
    inputs = [CODEC.read(order.RECORD, each.value or b"")["inputs"] for each in committed if each.topic == order.TOPIC]
    assert inputs[0] == [
        {"topic": "housing.request", "first": 0, "next": 1}, {"topic": "civil-affairs.answer", "first": 0, "next": 1},
    ]  # fmt: skip
    assert list(again(committed, found)) == [each for each in committed if each.topic not in OWN]
