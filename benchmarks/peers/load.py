"""The load generator, a process of its own: ``BOOTSTRAP TOPIC COUNT RATE [events]``; rate 0 is as fast as it goes.

With ``events`` each request goes out as the bus's adapters send them: the value in Confluent's wire format, CloudEvents in the headers.
"""

import sys
import time
from datetime import UTC, datetime

from confluent_kafka import Producer

from benchmarks.peers.job import PREFIX, request
from govbus.envelope import Envelope, event_id

TICK_S = 0.002


def main() -> None:
    """Send COUNT requests, RATE a second; returns when the broker has all of them."""
    bootstrap, topic, count, rate, events = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), "events" in sys.argv
    linger_ms = 0 if rate else 20
    producer = Producer(
        {"bootstrap.servers": bootstrap, "partitioner": "murmur2_random", "linger.ms": linger_ms, "queue.buffering.max.messages": 1_000_000}
    )
    begun = time.monotonic()
    for number in range(count):
        while rate and time.monotonic() < begun + number / rate:
            producer.poll(0)
            time.sleep(TICK_S / 2)
        key, value = request(number, time.time_ns() // 1000)
        if events:
            value = PREFIX + value
            producer.produce(topic, value, key, headers=_headers(topic, number, key, value))  # type: ignore[arg-type]
        else:
            producer.produce(topic, value, key)
    if left := producer.flush(60):
        sys.exit(f"{left} requests were not taken by the broker")


def _headers(topic: str, number: int, key: bytes, value: bytes) -> list[tuple[str, bytes]]:
    name = event_id(topic, time.time_ns(), number)
    return Envelope(name, "/housing/window", "bench.Request", datetime.now(UTC), topic, key, value, name).headers()


if __name__ == "__main__":
    main()
