"""``python -m benchmarks.agent``: the whole agent, one to three workers: headers, Avro, state, changelog, ledger, metrics, TLS.

The job is the peers' bare job (decode, compare with what is remembered of the key, encode, send) done by the house's own runtime with all
that the house adds. The input waits in the topic before the worker starts; the rate is taken from the broker's own times of the results.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition  # noqa: TID251

from agents.runtime.rdkafka import connection
from agents.runtime.worker import run_worker
from agents.shapes.decision import Decision, Output, State, Tick
from govbus.envelope import Envelope, event_id
from govbus.project import room
from govbus.settings import Home
from local import programs, site_plan
from local.instance import PROJECT, Instance
from schemas.codec import Codec
from topics import broker
from topics.apply import apply
from topics.load import load

SUBJECTS, RATE, MASS = 20_000, 50, 250_000


class Comparing:
    """Rules of the bench: each request is compared with the parity of how often its subject was seen, and answered."""

    state_type = "gov_data.Ledger"
    subjects = int(os.environ.get("BENCH_SUBJECTS", "20000"))
    exchanges = ("bench",)
    inputs = ("housing.request", "education.request")

    def route(self, event: Envelope) -> str:  # noqa: ARG002
        """All records are of one exchange."""
        return "bench"

    def decide(self, exchange: str, state: State, event: Envelope | Tick, now_ms: int) -> Decision:
        """One verdict a request."""
        if isinstance(event, Tick) or event.data is None:
            return Decision(state)
        known = state or dict.fromkeys(("accepted", "delivered", "refused", "quarantined", "duplicate"), 0)
        seen = known["accepted"] + 1
        verdict = {**_VERDICT,
            "request_id": event.id, "item": event.data["item"], "exchange": exchange, "outcome": "match" if seen % 2 else "mismatch",
            "requested_at": int(event.time.timestamp() * 1000), "accepted_at": event.recorded_ms, "decided_at": now_ms,
        }  # fmt: skip
        output = Output("housing.verdict", "gov_data.ProofVerdict", verdict, "verdict")
        return Decision({**known, "accepted": seen, "delivered": seen}, (output,), None, {"in": 1, "delivered": 1})

    def open_dialogues(self, state: State) -> int:  # noqa: ARG002
        """None: each request is answered at once."""
        return 0


_VERDICT: Mapping[str, Any] = {
    "department": "housing", "mismatched_fields": [], "flags": [], "reason": None, "reason_text": None, "owner": None,
    "holder": "civil-affairs", "as_of": None, "source_version": None, "rule_version": "2026-1",
}  # fmt: skip


def preload(home: Home, codec: Codec, records: int, asker: str = "housing") -> None:
    """Requests of SUBJECTS subjects, in large batches, as a mass round brings them."""
    producer = Producer({**connection(home, asker), "linger.ms": 50, "batch.size": 65_536, "partitioner": "murmur2_random"})
    for number in range(records):
        _ask(producer, codec, asker, event_id("bench", asker, time.time_ns(), number), number)
        while len(producer) > 50_000:
            producer.poll(0.1)
    producer.flush()


def trickle(home: Home, codec: Codec, rate: int, seconds: float) -> set[str]:
    """``rate`` single requests a second of housing's counter, evenly; their ids."""
    producer, names, begun = Producer({**connection(home, "housing"), "linger.ms": 0}), set[str](), time.monotonic()
    for number in range(int(rate * seconds)):
        time.sleep(max(0.0, begun + number / rate - time.monotonic()))
        name = event_id("single", time.time_ns(), number)
        _ask(producer, codec, "housing", name, number)
        producer.poll(0)
        names.add(name)
    producer.flush()
    return names


def _ask(producer: Producer, codec: Codec, asker: str, name: str, number: int) -> None:
    value = codec.encode("gov_data.ProofRequest", _REQUEST | {"request_id": name, "department": asker})
    key = b"%032x" % (number * 2_654_435_761 % SUBJECTS)
    made = Envelope(name, f"/{asker}/window", "gov_data.ProofRequest", datetime.now(UTC), f"{asker}.request", key, value, name)
    producer.produce(made.topic, value, key, headers=made.headers())  # type: ignore[arg-type]


_REQUEST: dict[str, Any] = {
    "request_id": "", "department": "", "officer": "bench-1", "matter": "housing-rental", "item": "proof-01",
    "purpose": "rental-application", "legal_basis": "bench",
    "subject": {"id_type": "111", "id_no": "449978199001010010", "name": "样本"},
    "claims": {"marital_status": "20"}, "as_of": "2026-11-24", "commitment_hash": None, "respond_within_ms": None,
}  # fmt: skip


class Crew:
    """Worker processes under the bench's rules."""

    def __init__(self, home: Home, workers: int) -> None:
        environment = {**os.environ, "GOVBUS_HOME": str(home.folder)}
        words = [sys.executable, "-m", "benchmarks.agent", "work"]
        self._hands = [subprocess.Popen([*words, slot], env=environment, cwd=PROJECT) for slot in site_plan.WORKERS[:workers]]

    def cpu_s(self) -> float:
        """Processor seconds of all, their threads included."""
        return sum(_cpu_s(hand.pid) for hand in self._hands)

    def peak_mib(self) -> int:
        """The largest resident set any of them had."""
        return max(_peak_mib(hand.pid) for hand in self._hands)

    def stop(self) -> float:
        """Ask all to stop; how many seconds the slowest took."""
        begun = time.monotonic()
        for hand in self._hands:
            hand.terminate()
        for hand in self._hands:
            hand.wait(30)
        return round(time.monotonic() - begun, 2)


def drain(home: Home, records: int, workers: int) -> dict[str, float]:
    """Let the workers drain what waits; the rate from the results' LogAppendTime, the rest from the processes' own accounts."""
    since = datetime.now(UTC)
    before, crew = done(home), Crew(home, workers)
    until(home, before, records)
    cpu_s, peak_mib, stop_s = crew.cpu_s(), crew.peak_mib(), crew.stop()
    stamps = sorted(record.timestamp for record in broker.scan(home, "admin", ["housing.verdict"], since))
    first, last = stamps[len(stamps) // 10], stamps[-1]
    return {
        "workers": workers, "results": len(stamps), "records_a_second": round(0.9 * len(stamps) / (last - first) * 1000),
        "cpu_s_per_100k": round(cpu_s / records * 100_000, 2), "peak_mib": peak_mib, "stop_s": stop_s,
    }  # fmt: skip


@cache
def _reader(home: Home) -> Consumer:
    return Consumer({**connection(home, "admin"), "group.id": "bench"})


def done(home: Home) -> int:
    """How far the verdict topic is."""
    reader = _reader(home)
    numbers = reader.list_topics("housing.verdict", 10).topics["housing.verdict"].partitions
    return sum(reader.get_watermark_offsets(TopicPartition("housing.verdict", number), 10)[1] for number in numbers)


def until(home: Home, before: int, records: int) -> None:
    """Wait until so many results are there behind ``before``; transaction markers make it a little early for a million, not for one."""
    deadline = time.monotonic() + 400
    while done(home) - before < records:
        if time.monotonic() > deadline:
            sys.exit("the workers did not finish in time")
        time.sleep(0.25)


def _cpu_s(pid: int) -> float:
    fields = Path("/proc", str(pid), "stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_mib(pid: int) -> int:
    peak = next(line for line in Path("/proc", str(pid), "status").read_text().splitlines() if line.startswith("VmHWM"))
    return round(int(peak.split()[1]) / 1024)


def singles(home: Home, codec: Codec, names: set[str], since: datetime) -> dict[str, float]:
    """Milliseconds from the log time of a request to the log time of its verdict, of the requests ``names``."""
    waited = sorted(
        record.timestamp - verdict["accepted_at"]
        for record in broker.scan(home, "admin", ["housing.verdict"], since)
        if (verdict := codec.read("gov_data.ProofVerdict", record.value or b""))["request_id"] in names
    )
    at = [waited[min(len(waited) - 1, int(len(waited) * share))] for share in (0.5, 0.99)]
    return {"requests": len(waited), "p50_ms": at[0], "p99_ms": at[1]}


def fairness(home: Home, codec: Codec) -> dict[str, Any]:
    """Single checks of one asker, first alone, then while the same worker drains a mass round of another."""
    before, since = done(home), datetime.now(UTC)
    crew = Crew(home, 1)
    until(home, before, len(trickle(home, codec, RATE, 8)))  # it has restored what it owns, and is warm
    idle = trickle(home, codec, RATE, 15)
    preload(home, codec, MASS, "education")
    busy = trickle(home, codec, RATE, 12)
    before = done(home)
    time.sleep(1)
    still = done(home) > before
    crew.stop()
    told = {"idle": singles(home, codec, idle, since), "during a mass round": singles(home, codec, busy, since)}
    return {"rate": RATE, "mass": MASS, "mass round still running at the end": still, **told}


def work(slot: str) -> None:
    """The worker process: the house's own worker under the bench's rules."""
    logging.basicConfig(level="WARNING")
    logging.getLogger("agents.runtime.engine").setLevel("INFO")
    home = Home()
    observer = room("monitoring.observer").open_observer(home, slot)
    sys.exit(run_worker(home, slot, Comparing(), Codec.load(load().records), observer))


@contextmanager
def bus() -> Iterator[Home]:
    """Servers of the bench's own, with three worker slots."""
    with tempfile.TemporaryDirectory(prefix="govbus-bench-") as folder:
        home = Path(folder) / "home"
        instance = Instance(home, site_plan.free_ports(), programs.ours(home, PROJECT, (), len(site_plan.WORKERS)))
        try:
            instance.start_servers()
            apply(Home(home))
            yield Home(home)
        finally:
            instance.stop(purge=True)


def main(records: int) -> None:
    """Measure, print, write."""
    codec, sizes = Codec.load(load().records), []
    with bus() as home:
        for workers in (1, 1, 2, 3):
            preload(home, codec, records)
            sizes.append(drain(home, records, workers))
            sys.stdout.write(json.dumps(sizes[-1]) + "\n")
        fair = fairness(home, codec)
        sys.stdout.write(json.dumps(fair) + "\n")
    results = {"date": date.today().isoformat(), "cores": os.cpu_count(), "load": os.getloadavg()[0], "sizes": sizes[1:], "fairness": fair}
    (PROJECT / "docs" / "benchmarks" / "agent.json").write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        work(sys.argv[2])
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 200_000)
