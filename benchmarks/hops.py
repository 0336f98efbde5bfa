"""The hops of a proof check, from the row that asks to the row that answers: how long each takes, and what each program spends."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import psycopg

from benchmarks.crew import cpu_s
from govbus.settings import Home
from local.instance import Instance
from topics import broker

HOPS: Mapping[str, str] = {
    "outbox": "the row's updated_at to LogAppendTime on housing.request: the source's look, its send",
    "agent asks": "to LogAppendTime on civil-affairs.question: the agent admits the request, in a transaction",
    "holder answers": "to LogAppendTime on civil-affairs.answer: the answerer's query in the holder's database, its comparison",
    "agent joins": "to LogAppendTime on housing.verdict: the agent decides, in a transaction",
    "sink": "to the row in bus.verdict: the sink's read and write",
}
TOPICS = ("housing.request", "civil-affairs.question", "civil-affairs.answer", "housing.verdict")
WHO: Mapping[str, tuple[str, ...]] = {
    "source": ("housing.requests",), "agent": ("worker-1",), "answerer": ("civil-affairs.answers",), "sink": ("housing.verdicts",),
    "asker's database": ("postgres-housing",), "holder's database": ("postgres-civil-affairs",), "broker": ("kafka",),
}  # fmt: skip
Moments = Mapping[str, Mapping[str, int]]


class Hop(NamedTuple):
    """Milliseconds of one hop, its share of the sum of the medians, and how many passed its end in a second."""

    p50: float
    p99: float
    share: int
    a_second: int


def on_topics(home: Home, since: datetime) -> Moments:
    """LogAppendTime in milliseconds by topic and request id, of each request's first record there."""
    found: dict[str, dict[str, int]] = {}
    for topic in TOPICS:
        times = found.setdefault(topic, {})
        for record in broker.scan(home, "admin", [topic], since):
            times.setdefault(dict(record.headers)["ce_correlationid"].decode(), record.timestamp)
    return found


def in_table(asker: psycopg.Connection[Any], first: int) -> list[tuple[str, int, int]]:
    """Request id, moment of the row that asks and of the row that answers, milliseconds, of the claims after ``first``."""
    told = "(extract(epoch FROM requested_at) * 1000)::bigint, (extract(epoch FROM delivered_at) * 1000)::bigint"
    query = f"SELECT request_id, {told} FROM bus.verdict WHERE source_key::bigint > %s"  # noqa: S608
    return [(name, asked, answered) for name, asked, answered in asker.execute(query.encode(), (first,))]


def taken(rows: Iterable[tuple[str, int, int]], moments: Moments) -> dict[str, Hop]:
    """Each hop of the requests that took all of them."""
    whole = [
        (asked, *(moments[topic][name] for topic in TOPICS), answered)
        for name, asked, answered in rows
        if all(name in moments[topic] for topic in TOPICS)
    ]
    waits = [[max(0, after - before) for before, after in (pair[place] for pair in map(_pairs, whole))] for place in range(len(HOPS))]
    middles = [median(each) for each in waits]
    return {
        name: Hop(middle, at(waited, 0.99), round(100 * middle / max(sum(middles), 1)), rate([each[place + 1] for each in whole]))
        for place, (name, middle, waited) in enumerate(zip(HOPS, middles, waits, strict=True))
    }


def at(values: Sequence[float], share: float) -> float:
    """The value below which this share lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def rate(moments: Sequence[int]) -> int:
    """Records a second without the first tenth, in which caches fill; moments in milliseconds."""
    ordered = sorted(moments)
    first, last = ordered[len(ordered) // 10], ordered[-1]
    return round(0.9 * len(ordered) / max(last - first, 1) * 1000)


def spent(bus: Instance) -> dict[str, float]:
    """Processor seconds so far, by who spends them; a server's with those of its children."""
    return {who: round(sum(_tree(bus.supervisor.pid(name)) for name in names), 2) for who, names in WHO.items()}


def _pairs(moments: Sequence[int]) -> list[tuple[int, int]]:
    return list(pairwise(moments))


def _tree(pid: int) -> float:
    children = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return cpu_s(pid) + sum(cpu_s(child) for child in children)
