"""The load generator, a process of its own: ``BOOTSTRAP TOPIC COUNT RATE``; rate 0 is as fast as it goes."""

import sys
import time

from confluent_kafka import Producer

from benchmarks.peers.job import request

TICK_S = 0.002


def main() -> None:
    """Send COUNT requests, RATE a second; returns when the broker has all of them."""
    bootstrap, topic, count, rate = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
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
        producer.produce(topic, value, key)
    if left := producer.flush(60):
        sys.exit(f"{left} requests were not taken by the broker")


if __name__ == "__main__":
    main()
