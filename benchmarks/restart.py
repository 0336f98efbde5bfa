"""``python -m benchmarks.restart``: a worker that owns a million keys and a million timers starts; how long until its first record?"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from confluent_kafka import Producer  # noqa: TID251

from agents.runtime.rdkafka import connection
from agents.runtime.store import DUE, OPEN, state_key
from benchmarks.agent import SLOT, preload, until_done
from govbus.settings import Home
from local import site_plan
from local.instance import PROJECT, Instance
from schemas.codec import Codec
from topics.apply import apply
from topics.load import load

DAY_MS = 86_400_000


def fill(home: Home, codec: Codec, keys: int) -> None:
    """The changelog of ``keys`` subjects, each with a timer of its own within the next seven days."""
    producer = Producer({**connection(home, SLOT), "linger.ms": 50, "batch.size": 65_536, "partitioner": "murmur2_random"})
    value = codec.encode("gov_data.Ledger", dict.fromkeys(("accepted", "delivered", "refused", "quarantined", "duplicate"), 1))
    start_ms = int(time.time() * 1000) + DAY_MS
    for number in range(keys):
        headers: Any = [(DUE, b"%d" % (start_ms + number * 7 * DAY_MS // keys)), (OPEN, b"0")]
        producer.produce("bus.verify.state", value, state_key("bench", b"%032x" % (number + 1_000_000)), headers=headers)
        while len(producer) > 50_000:
            producer.poll(0.1)
    producer.flush()


def main(keys: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="govbus-bench-") as folder:
        home, codec = Path(folder) / "home", Codec.load(load().records)
        bus = Instance(home, site_plan.free_ports())
        try:
            bus.start_servers()
            apply(Home(home))
            fill(Home(home), codec, keys)
            preload(Home(home), codec, 1)
            begun = time.monotonic()
            environment = {**os.environ, "GOVBUS_HOME": str(home)}
            with subprocess.Popen([sys.executable, "-m", "benchmarks.agent", "work"], env=environment, cwd=PROJECT) as worker:
                usage = until_done(Home(home), worker.pid, 1)
                seconds = round(time.monotonic() - begun, 2)
                worker.terminate()
            told = {"keys": keys, "first_record_s": seconds, "peak_mib": usage["peak_mib"]}
            sys.stdout.write(json.dumps(told) + "\n")
        finally:
            bus.stop(purge=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000)
