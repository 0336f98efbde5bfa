"""``python -m benchmarks.agent``: the whole agent: headers, Avro, state, changelog, ledger, metrics, TLS, transactions.

What is measured: throughput of one, two and four workers on proof requests as the bus has them, and of one on records as small as the
peers'; latency at 300 and 3,000 a second; a single check of one asker while another's mass round is on. For throughput the input waits
in the topic before the worker starts. Rates and waits are taken from the broker's own times (LogAppendTime).
"""

import json
import os
import platform
import sys
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition  # noqa: TID251

from benchmarks.crew import Crew, bus
from benchmarks.jobs import PROOF, RESULTS, SMALL, Job, job
from benchmarks.path import requests, take
from govbus.envelope import event_id
from govbus.settings import Home
from local.instance import PROJECT
from topics import broker
from topics.broker.bulk import connection

RATE, MASS = 50, 250_000
OUT = PROJECT / "docs" / "benchmarks" / "agent.json"


def preload(home: Home, of: Job, records: int, asker: str = "housing") -> None:
    """Requests in large batches, as a mass round brings them."""
    producer = Producer({**connection(home, asker), "linger.ms": 50, "batch.size": 65_536, "partitioner": "murmur2_random"})
    for number in range(records):
        _ask(producer, of, asker, number)
        while len(producer) > 50_000:
            producer.poll(0.1)
    producer.flush()


def trickle(home: Home, of: Job, rate: int, seconds: float) -> set[str]:
    """``rate`` single requests a second of housing's counter, evenly; their ids."""
    producer = Producer({**connection(home, "housing"), "linger.ms": 0, "socket.nagle.disable": True})
    names, begun = set[str](), time.monotonic()
    for number in range(int(rate * seconds)):
        time.sleep(max(0.0, begun + number / rate - time.monotonic()))
        name = event_id("single", time.time_ns(), number)
        _ask(producer, of, "housing", number, name)
        producer.poll(0)
        names.add(name)
    producer.flush()
    return names


def _ask(producer: Producer, of: Job, asker: str, number: int, name: str = "") -> None:
    made = of.envelope(asker, number, name)
    producer.produce(made.topic, made.value, made.key, headers=made.headers())  # type: ignore[arg-type]


class Watch:
    """Sees how far the results' topic is."""

    def __init__(self, home: Home, topic: str = RESULTS) -> None:
        self._reader = Consumer({**connection(home, "admin"), "group.id": "bench"})
        numbers = self._reader.list_topics(topic, 10).topics[topic].partitions
        self._places = [TopicPartition(topic, number) for number in numbers]

    def done(self) -> int:
        """Sum of the end offsets; a transaction's marker counts as one."""
        return sum(self._reader.get_watermark_offsets(place, 10)[1] for place in self._places)

    def until(self, before: int, records: int, seconds: float = 400) -> int:
        """Wait until so many results stand behind ``before``; where it is now."""
        deadline = time.monotonic() + seconds
        while (now := self.done()) - before < records:
            if time.monotonic() > deadline:
                sys.exit("the workers did not finish in time")
            time.sleep(0.1)
        return now

    def close(self) -> None:
        """Let go of the connection."""
        self._reader.close()


def drain(home: Home, watch: Watch, records: int, workers: int, of: str = PROOF) -> dict[str, Any]:
    """Let the workers drain what waits. Processor time counts from the first results on: what a start costs is told apart."""
    since = datetime.now(UTC)
    before, crew = watch.done(), Crew(home, workers, of)
    begun, start_s = watch.until(before, 1), crew.cpu_s()
    ended = watch.until(before, records)
    cpu_s, peak_mib, stop_s = crew.cpu_s() - start_s, crew.mib(), crew.stop()
    stamps = sorted(record.timestamp for record in broker.scan(home, "admin", [RESULTS], since))
    first, last = stamps[len(stamps) // 10], stamps[-1]
    return {
        "job": of, "workers": workers, "results": len(stamps), "records_a_second": round(0.9 * len(stamps) / (last - first) * 1000),
        "cpu_s_per_100k": round(cpu_s / (ended - begun) * 100_000, 2), "start_cpu_s": round(start_s, 2), "peak_mib": peak_mib,
        "stop_s": stop_s,
    }  # fmt: skip


def waits(home: Home, of: Job, names: set[str], since: datetime) -> dict[str, Any]:
    """Milliseconds from the log time of a request to the log time of its verdict, of the requests ``names``."""
    return percentiles(
        record.timestamp - verdict["accepted_at"]
        for record in broker.scan(home, "admin", [RESULTS], since)
        if (verdict := of.codec.read(of.result, record.value or b""))["request_id"] in names
    )


def percentiles(waits_ms: Iterable[int]) -> dict[str, Any]:
    """How many, and p50, p99 and p99.9."""
    waited = sorted(waits_ms)
    at = {f"p{share:g}_ms": waited[min(len(waited) - 1, int(len(waited) * share / 100))] for share in (50, 99, 99.9)}
    return {"requests": len(waited), **at}


def latency(home: Home, watch: Watch, of: Job) -> list[dict[str, Any]]:
    """One worker, warm, at 300 and at 3,000 requests a second."""
    crew, told = Crew(home, 1), []
    watch.until(watch.done(), len(trickle(home, of, 300, 10)))  # it has restored what it owns, and is warm
    for rate in (300, 3000):
        since, before = datetime.now(UTC), watch.done()
        names = trickle(home, of, rate, 20)
        watch.until(before, len(names))
        told.append({"rate": rate, **waits(home, of, names, since)})
    crew.stop()
    return told


def fairness(home: Home, watch: Watch, of: Job) -> dict[str, Any]:
    """Single checks of one asker: alone, in the first second beside a mass round of another asker, and from then on.

    Told apart, because the mass is worked in large groups until the first single check comes, and that one finds such a group at work.
    """
    before, since = watch.done(), datetime.now(UTC)
    crew = Crew(home, 1)
    watch.until(before, len(trickle(home, of, RATE, 8)))
    idle = trickle(home, of, RATE, 15)
    preload(home, of, MASS, "education")
    before, begun = watch.done(), time.monotonic()
    first, busy = trickle(home, of, RATE, 1), trickle(home, of, RATE, 15)
    rate = (watch.done() - before) / (time.monotonic() - begun)
    before = watch.done()
    time.sleep(1)
    still = watch.done() > before
    crew.stop()
    spans = {"idle": idle, "first second of a mass round": first, "during a mass round": busy}
    told = {name: waits(home, of, names, since) for name, names in spans.items()}
    return {"rate": RATE, "mass": MASS, "mass a second meanwhile": round(rate), "mass round still on at the end": still, **told}


def _say(told: Any) -> Any:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    return told


def main(records: int) -> None:
    """Measure, print, write."""
    proof, small = job(PROOF), job(SMALL)
    with bus(fourth=True) as home:
        watch = Watch(home)
        runs = []
        for of, workers in ((proof, 1), (proof, 1), (proof, 1), (proof, 1), (proof, 2), (proof, 4)):
            preload(home, of, records)
            runs.append(_say(drain(home, watch, records, workers)))
        late, fair = _say(latency(home, watch, proof)), _say(fairness(home, watch, proof))
        watch.close()
    with bus() as home:  # the same topics with other records in them
        watch = Watch(home)
        for _ in range(4):
            preload(home, small, records)
            runs.append(_say(drain(home, watch, records, 1, SMALL)))
        watch.close()
    yardstick, _ = take(proof, requests(proof))  # of machine and interpreter: figures of two days compare by it
    machine = {"date": date.today().isoformat(), "cores": os.cpu_count(), "python": platform.python_version(), "take_us": yardstick}
    runs = [each for number, each in enumerate(runs) if number not in (0, 6)]  # the first on a new broker meets a cold JVM
    OUT.write_text(json.dumps({**machine, "runs": runs, "latency": late, "fairness": fair}, indent=2) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 200_000)
