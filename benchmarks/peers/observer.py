"""The observer, a process of its own: ``BOOTSTRAP TOPIC COUNT SKIP SECONDS``; prints ``ready``, then one line of JSON.

It reads committed results only, from the end of the topic as of its start, and takes the time from the stamp in the record to its own
receipt. Load generator and observer share the machine's clock.
"""

import json
import sys
import time
from collections.abc import Sequence
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from benchmarks.peers.broker import PARTITIONS
from benchmarks.peers.job import sent_us

OVERLOAD_MS = 500.0
"""Latency that still grows and is over this at the end is a queue, not a latency."""


def main() -> None:
    """Watch COUNT results, at the longest SECONDS; the first SKIP are read and not counted."""
    bootstrap, topic = sys.argv[1:3]
    count, skip, seconds = map(int, sys.argv[3:6])
    reader = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "observer", "isolation.level": "read_committed", "enable.auto.commit": False}
    )
    places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    for place in places:
        place.offset = reader.get_watermark_offsets(place, 30)[1]
    reader.assign(places)
    reader.poll(0.2)  # the connection is made before the first result
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    taken = _watch(reader, count, seconds)
    reader.close()
    sys.stdout.write(json.dumps(figures(taken[skip:], count - skip)) + "\n")


def _watch(reader: Consumer, count: int, seconds: int) -> list[float]:
    """Milliseconds of each result, in the order of receipt."""
    taken: list[float] = []
    deadline = time.monotonic() + seconds
    while len(taken) < count and time.monotonic() < deadline:
        message = reader.poll(0.1)
        if message and not message.error():
            value: Any = message.value()
            taken.append((time.time_ns() // 1000 - sent_us(value)) / 1000)
    return taken


def figures(taken: Sequence[float], count: int) -> dict[str, Any]:
    """p50, p99, p99.9 and the maximum in ms, and whether the contestant kept up."""
    if not taken:
        return {"received": 0, "overload": True}
    ordered, fifth = sorted(taken), max(1, len(taken) // 5)
    first, last = _at(sorted(taken[:fifth]), 0.5), _at(sorted(taken[-fifth:]), 0.5)
    return {
        "received": len(taken),
        "p50": _at(ordered, 0.5),
        "p99": _at(ordered, 0.99),
        "p999": _at(ordered, 0.999),
        "max": ordered[-1],
        "overload": len(taken) < count or (last > OVERLOAD_MS and last > 1.5 * first),
    }


def _at(ordered: Sequence[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2)


if __name__ == "__main__":
    main()
