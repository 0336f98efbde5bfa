"""``python -m benchmarks.restart``: a worker that owns a million keys and a million timers starts; how long until its first record?"""

import json
import sys
import time
from typing import Any

from confluent_kafka import Producer  # noqa: TID251

from agents.runtime.store import DUE, OPEN, state_key
from benchmarks.agent import Watch, preload
from benchmarks.crew import Crew, bus
from benchmarks.jobs import PROOF, job
from govbus.settings import Home
from schemas.codec import Codec
from topics.broker.bulk import connection

DAY_MS = 86_400_000


def fill(home: Home, codec: Codec, keys: int) -> None:
    """The changelog of ``keys`` subjects, each with a timer of its own within the next seven days."""
    producer = Producer({**connection(home, "worker-1"), "linger.ms": 50, "batch.size": 65_536, "partitioner": "murmur2_random"})
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
    proof = job(PROOF)
    with bus() as home:
        fill(home, proof.codec, keys)
        preload(home, proof, 1)
        watch = Watch(home)
        before, begun = watch.done(), time.monotonic()
        crew = Crew(home, 1)
        watch.until(before, 1)
        told = {"keys": keys, "timers": keys, "first_record_s": round(time.monotonic() - begun, 2), "peak_mib": crew.mib()}
        crew.stop()
        watch.close()
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000)
