"""Stock Faust: one event a record, its own producer, its own commits; at least once."""

import sys
from typing import Any

import faust
import uvloop

from benchmarks.peers.contestants.serve import serve
from benchmarks.peers.job import Job


async def main() -> None:
    """Run until SIGTERM."""
    bootstrap, source, target, group = sys.argv[1:5]
    job = Job()
    app = faust.App(
        group,
        broker=f"kafka://{bootstrap}",
        store="memory://",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
    )
    results = app.topic(target, key_serializer="raw", value_serializer="raw")

    async def agent(stream: Any) -> None:
        async for event in stream.events():
            await results.send(key=event.key, value=job.work(event.key, event.value))

    requests = app.topic(source, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
    app.agent(requests, name="bare")(agent)
    await serve(app)


if __name__ == "__main__":
    uvloop.run(main())
