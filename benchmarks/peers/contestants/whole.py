"""The whole agent: the house's own worker with all that the bare job leaves out, on the bare job's bytes and the peers' broker.

Envelope and headers checked, wire format, a standing in Avro with its changelog, ids, the ledger, the order of work, Prometheus metrics.
What a bus has beside it is TLS. The rules are the bench's: a counter for each subject.
"""

import logging
import sys

import uvloop

from agents.runtime.transport import SETTINGS, BatchApp
from agents.runtime.worker import Worker
from benchmarks.jobs import SMALL, Comparing, job
from monitoring.observer import PrometheusObserver

SLOT = "slot-1"


async def main() -> int:
    """Run until SIGTERM."""
    bootstrap, source, target, group = sys.argv[1:5]
    of = job(SMALL, (source,))
    app = BatchApp(group, broker=f"kafka://{bootstrap}", consumer_group_instance_id=SLOT, **SETTINGS)
    rules, observer = Comparing(of, (source,), target), PrometheusObserver([SLOT])
    return await Worker(SLOT, app, {"bootstrap.servers": bootstrap}, rules, of.codec, observer).run()


if __name__ == "__main__":
    logging.basicConfig(level="WARNING")
    sys.exit(uvloop.run(main()))
