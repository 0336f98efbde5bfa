"""``python -m benchmarks.house``: a worker that reads every topic of the house, at rest and under few and more requests.

What counts here is not the work on a record but what comes with each fetch and each transaction when there are hundreds of partitions; the
other benches have two topics. The requests' key is not their subject's, so each ends in the quarantine and waits for no holder.
"""

import json
import os
import platform
import sys
import time
from datetime import UTC, date, datetime
from typing import Any

from benchmarks.agent import Watch, percentiles, trickle
from benchmarks.crew import DESK, Crew, bus, cpu_s
from benchmarks.jobs import PROOF, Job, job
from govbus.settings import Home
from local.instance import PROJECT, at
from topics import broker

QUARANTINE, RATES, SECONDS = "bus.quarantine", (0, 50, 300, 1_000), 10
OUT = PROJECT / "docs" / "benchmarks" / "house.json"


def steady(home: Home, of: Job, watch: Watch, crew: Crew, rate: int) -> dict[str, Any]:
    """Cores that worker and broker use, and how long requests wait, from log time to log time."""
    since, before, begun = datetime.now(UTC), watch.done(), time.monotonic()
    worker_s, broker_s = crew.cpu_s(), cpu_s(_broker(home))
    if rate:
        watch.until(before, len(trickle(home, of, rate, SECONDS)))
    else:
        time.sleep(SECONDS)
    took = time.monotonic() - begun
    told = {"rate": rate, "worker_cores": round((crew.cpu_s() - worker_s) / took, 3)}
    told["broker_cores"] = round((cpu_s(_broker(home)) - broker_s) / took, 3)
    found = broker.scan(home, "admin", [QUARANTINE], since) if rate else ()
    waited = [each.timestamp - of.codec.read("gov_data.Quarantined", each.value or b"")["recorded_at"] for each in found]
    return told | (percentiles(waited) if rate else {})


def _broker(home: Home) -> int:
    return at(home.folder).supervisor.pid("kafka")


def main(rounds: int) -> None:
    """Measure, print, write."""
    of, told = job(PROOF), list[dict[str, Any]]()
    with bus() as home:
        watch = Watch(home, QUARANTINE)
        for _ in range(rounds):
            crew, before = Crew(home, 1, DESK), watch.done()
            watch.until(before, len(trickle(home, of, 50, 8)))  # it has restored what it owns, and is warm
            for rate in RATES:
                told.append(steady(home, of, watch, crew, rate))
                sys.stdout.write(json.dumps(told[-1]) + "\n")
                sys.stdout.flush()
            crew.stop()
        watch.close()
    machine = {"date": date.today().isoformat(), "cores": os.cpu_count(), "python": platform.python_version()}
    OUT.write_text(json.dumps({**machine, "runs": told}, indent=2) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 3)
