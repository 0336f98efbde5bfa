"""A bare loop on librdkafka: what Python costs without any framework; at least once, positions committed each second after a flush."""

import signal
import sys
import time

from confluent_kafka import Consumer, Producer

from benchmarks.peers.job import Job

COMMIT_S = 1.0


def main() -> None:
    """Run until SIGTERM."""
    bootstrap, source, target, group = sys.argv[1:5]
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False},
    )
    producer = Producer({"bootstrap.servers": bootstrap, "queue.buffering.max.messages": 1_000_000})
    consumer.subscribe([source])
    job, due, ended = Job(), time.monotonic() + COMMIT_S, []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    while not ended:
        first = consumer.poll(0.1)  # consume() alone would wait for a full batch
        for message in [first, *consumer.consume(499, 0)] if first else []:
            if message.error():
                sys.exit(str(message.error()))
            key = message.key()
            producer.produce(target, job.work(key, message.value()), key)  # type: ignore[arg-type]
        producer.poll(0)
        if time.monotonic() > due:
            producer.flush()
            consumer.commit(asynchronous=True)
            due = time.monotonic() + COMMIT_S
    consumer.close()


if __name__ == "__main__":
    main()
