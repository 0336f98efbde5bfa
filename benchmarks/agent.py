"""``python -m benchmarks.agent``: the whole agent on one worker: headers, Avro, state, changelog, ledger, metrics, transactions, TLS.

The job is the peers' bare job (decode, compare with what is remembered of the key, encode, send) done by the house's own runtime with all
that the house adds. The input waits in the topic before the worker starts; the rate is taken from the broker's own times of the results.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition  # noqa: TID251

from agents.runtime.rdkafka import connection
from agents.runtime.worker import run_worker
from agents.shapes.decision import Decision, Output, State, Tick
from govbus.envelope import Envelope, event_id
from govbus.project import room
from govbus.settings import Home
from local import site_plan
from local.instance import PROJECT, Instance
from schemas.codec import Codec
from topics import broker
from topics.apply import apply
from topics.load import load

SUBJECTS, SLOT = 20_000, "worker-1"


class Comparing:
    """Rules of the bench: each request is compared with the parity of how often its subject was seen, and answered."""

    state_type = "gov_data.Ledger"
    subjects = int(os.environ.get("BENCH_SUBJECTS", "20000"))
    exchanges = ("bench",)
    inputs = ("housing.request",)

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


def preload(home: Home, codec: Codec, records: int) -> None:
    """Requests of SUBJECTS subjects, in large batches, as a mass round brings them."""
    producer = Producer({**connection(home, "housing"), "linger.ms": 50, "batch.size": 65_536, "partitioner": "murmur2_random"})
    subject = {"id_type": "111", "id_no": "449978199001010010", "name": "样本"}
    data = {
        "request_id": "", "department": "housing", "officer": "bench-1", "matter": "housing-rental", "item": "proof-01",
        "purpose": "rental-application", "legal_basis": "bench", "subject": subject, "claims": {"marital_status": "20"},
        "as_of": "2026-11-24", "commitment_hash": None, "respond_within_ms": None,
    }  # fmt: skip
    for number in range(records):
        name, key = event_id("bench", records, number), b"%032x" % (number * 2_654_435_761 % SUBJECTS)
        value = codec.encode("gov_data.ProofRequest", data | {"request_id": name})
        made = Envelope(name, "/housing/window", "gov_data.ProofRequest", datetime.now(UTC), "housing.request", key, value, name)
        producer.produce(made.topic, value, key, headers=made.headers())  # type: ignore[arg-type]
        while len(producer) > 50_000:
            producer.poll(0.1)
    producer.flush()


def measure(home: Home, project: Path, records: int) -> dict[str, float]:
    """Let one worker drain what waits; figures from the results' LogAppendTime and from the process's own account."""
    environment = {**os.environ, "GOVBUS_HOME": str(home.folder)}
    with subprocess.Popen([sys.executable, "-m", "benchmarks.agent", "work"], env=environment, cwd=project) as worker:
        usage = until_done(home, worker.pid, records)
        worker.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        worker.wait(30)
        stopped = time.monotonic() - begun
    stamps = sorted(record.timestamp for record in broker.scan(home, "admin", ["housing.verdict"]))
    first, last = stamps[len(stamps) // 10], stamps[-1]
    return {
        "results": len(stamps), "records_a_second": round(0.9 * len(stamps) / (last - first) * 1000), "stop_s": round(stopped, 2), **usage,
    }  # fmt: skip


def until_done(home: Home, pid: int, records: int) -> dict[str, float]:
    """Wait until so many results are there; what the process has taken until then."""
    reader, deadline = Consumer({**connection(home, "admin"), "group.id": "bench"}), time.monotonic() + 300
    ends = [TopicPartition("housing.verdict", number) for number in range(3)]
    done = 0
    while done < records:
        if time.monotonic() > deadline:
            sys.exit("the worker did not finish within five minutes")
        time.sleep(0.2)
        done = sum(reader.get_watermark_offsets(one, 10)[1] for one in ends)
    reader.close()
    fields = Path("/proc", str(pid), "stat").read_text().rsplit(")", 1)[1].split()
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    peak = next(line for line in Path("/proc", str(pid), "status").read_text().splitlines() if line.startswith("VmHWM"))
    return {"cpu_s_per_100k": round(cpu / records * 100_000, 2), "peak_mib": round(int(peak.split()[1]) / 1024)}


def work() -> None:
    """The worker process: the house's own worker under the bench's rules."""
    logging.basicConfig(level="WARNING")
    logging.getLogger("agents.runtime.engine").setLevel("INFO")
    home = Home()
    observer = room("monitoring.observer").open_observer(home, SLOT)
    sys.exit(run_worker(home, SLOT, Comparing(), Codec.load(load().records), observer))


def main(records: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="govbus-bench-") as folder:
        home = Path(folder) / "home"
        bus = Instance(home, site_plan.free_ports())
        try:
            bus.start_servers()
            apply(Home(home))
            preload(Home(home), Codec.load(load().records), records)
            sys.stdout.write(json.dumps(measure(Home(home), PROJECT, records)) + "\n")
        finally:
            bus.stop(purge=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["work"]:
        work()
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 200_000)
