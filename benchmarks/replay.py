"""``python -m benchmarks.replay [records]``: how fast the replay sandbox works a log again, beside the agent that wrote it.

Proof requests about people whom nobody's nightly file has, under the project's own rules. Copying and comparing count with the replay.
"""

import json
import resource
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from confluent_kafka import Producer  # noqa: TID251

from agents.wiring import make_desk
from audit.difference import Wanted
from audit.replay import Sandbox
from benchmarks.agent import Watch
from benchmarks.crew import DESK, Crew, bus
from govbus.envelope import Envelope, event_id
from govbus.pseudonym import SubjectKeys
from govbus.settings import Home
from local.instance import PROJECT
from schemas.codec import Codec
from topics.broker.bulk import connection
from topics.load import load

OUT = PROJECT / "docs" / "benchmarks"


def preload(home: Home, records: int) -> None:
    """Requests of housing about that many people."""
    codec, keys = Codec.load(load().records), SubjectKeys(home.secret("subject-key").get_secret_value())
    out = Producer({**connection(home, "housing"), "linger.ms": 50, "batch.size": 65_536, "partitioner": "murmur2_random"})
    for number in range(records):
        name, id_no = event_id("replay", number), f"E{number:08d}"
        data: dict[str, Any] = {
            "request_id": name, "department": "housing", "officer": "ZJ0001", "matter": "GZF", "item": "proof-17",
            "purpose": "public-rental-housing", "legal_basis": "bench", "subject": {"id_type": "414", "id_no": id_no, "name": "样本"},
            "claims": {"category": "4", "grade": "2"}, "as_of": "2026-11-24", "commitment_hash": None, "respond_within_ms": None,
            "case_id": None,
        }  # fmt: skip
        value = codec.encode("gov_data.ProofRequest", data)
        key, now = keys.key("414", id_no), datetime.now(UTC)
        made = Envelope(name, "/housing/window", "gov_data.ProofRequest", now, "housing.request", key, value)
        out.produce(made.topic, made.value, made.key, headers=made.headers())  # type: ignore[arg-type]
        while len(out) > 50_000:
            out.poll(0.1)
    out.flush()


def main(records: int) -> None:
    """Measure, print, write."""
    with bus() as home, tempfile.TemporaryDirectory() as folder:
        watch = Watch(home)
        preload(home, records)
        before, crew = watch.done(), Crew(home, 1, DESK)
        watch.until(before, 1)
        begun, cpu_s = time.monotonic(), crew.cpu_s()
        watch.until(before, records)
        live_s, live_cpu_s = time.monotonic() - begun, crew.cpu_s() - cpu_s
        crew.stop()
        watch.close()
        box = Sandbox(home, make_desk(home), Path(folder) / "replay", "the project")
        begun = time.monotonic()
        outcome = box.run(Wanted())
        whole_s = time.monotonic() - begun
    told = {
        "date": date.today().isoformat(), "records": records, "live records a second": round(records / live_s),
        "live cpu s per 100k": round(live_cpu_s / records * 100_000, 2), "replayed": outcome.inputs, "equal": outcome.equal,
        "differences": len(outcome.differences), "replay records a second, copy and comparison with it": round(records / whole_s),
        "peak MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip
    (OUT / "replay.json").write_text(json.dumps(told, indent=2) + "\n")
    sys.stdout.write(json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 100_000)
