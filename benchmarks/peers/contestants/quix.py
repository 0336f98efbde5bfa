"""Quix Streams, ``at-least-once`` or ``exactly-once``; runs in the bench environment.

Its commit interval is 5 s unless told, and with exactly-once nobody sees a result before the commit: 0.1 s is Kafka Streams' own choice
for exactly-once, so both get it. It looks at the interval when a poll returns, so that a poll must not last longer either.
"""

import sys
from typing import Any

from quixstreams import Application

from benchmarks.peers.job import Job

COMMIT_S = 0.1


def main() -> None:
    """Run until SIGTERM."""
    bootstrap, source, target, group, guarantee = sys.argv[1:6]
    job = Job()
    app = Application(
        broker_address=bootstrap,
        consumer_group=group,
        auto_offset_reset="earliest",
        auto_create_topics=False,
        processing_guarantee=guarantee,
        loglevel="WARNING",
        **({"commit_interval": COMMIT_S, "consumer_poll_timeout": COMMIT_S} if guarantee == "exactly-once" else {}),
    )

    def work(value: bytes, key: bytes, timestamp: int, headers: Any) -> bytes:  # noqa: ARG001
        return job.work(key, value)

    requests = app.topic(source, key_deserializer="bytes", value_deserializer="bytes")
    results = app.topic(target, key_serializer="bytes", value_serializer="bytes")
    app.dataframe(requests).apply(work, metadata=True).to_topic(results)
    app.run()


if __name__ == "__main__":
    main()
