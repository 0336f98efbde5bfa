"""A bare loop on kafka-python, pure Python; at least once, positions committed each second after a flush."""

import signal
import sys
import time

from kafka import KafkaConsumer, KafkaProducer

from benchmarks.peers.job import Job

COMMIT_S = 1.0


def main() -> None:
    """Run until SIGTERM."""
    bootstrap, source, target, group = sys.argv[1:5]
    consumer = KafkaConsumer(source, bootstrap_servers=bootstrap, group_id=group, auto_offset_reset="earliest", enable_auto_commit=False)
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    job, due, ended = Job(), time.monotonic() + COMMIT_S, []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    while not ended:
        for records in consumer.poll(timeout_ms=100).values():
            for record in records:
                producer.send(target, key=record.key, value=job.work(record.key, record.value))
        if time.monotonic() > due:
            producer.flush()
            consumer.commit()
            due = time.monotonic() + COMMIT_S
    consumer.close()


if __name__ == "__main__":
    main()
