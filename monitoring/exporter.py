"""What no single program knows: how long the topics are, how far behind the groups are. Principal ``monitor`` may only look."""

import logging
from typing import Any

from prometheus_client import CollectorRegistry, start_http_server

from govbus.errors import RetryLater
from govbus.settings import Home
from monitoring import metrics
from monitoring.observer import make
from topics import broker
from topics.load import load

log = logging.getLogger(__name__)
QUARANTINE_TOPIC = "bus.quarantine"


class Exporter:
    """Fills the lag metrics; one :meth:`look` is a handful of requests to the broker."""

    def __init__(self, home: Home) -> None:
        self._home, self.registry = home, CollectorRegistry()
        wanted = (metrics.TOPIC_END, metrics.TOPIC_START, metrics.GROUP_LAG, metrics.QUARANTINE)
        self._made: dict[str, Any] = {each.name: make(each, self.registry) for each in wanted}
        self._admin: broker.Admin | None = None

    def serve(self) -> None:
        """Open the metrics port on loopback."""
        port = self._home.site.metrics.get("monitor")
        if port is not None:
            start_http_server(port, addr="127.0.0.1", registry=self.registry)

    def look(self) -> None:
        """Read offsets and lag once; a broker that is away leaves the old values, whose age Prometheus shows by the broker's own target."""
        try:
            self._admin = self._admin or broker.admin(self._home, "monitor")
            self._fill(self._admin)
        except RetryLater as away:
            log.warning("%s", away)
            self.close()

    def close(self) -> None:
        """Let go of the broker."""
        if self._admin is not None:
            self._admin.close()
            self._admin = None

    def _fill(self, admin: broker.Admin) -> None:
        declared = set(load().topics)
        kept = 0
        for (topic, partition), (start, end) in admin.offsets(sorted(declared)).items():
            self._made[metrics.TOPIC_START.name].labels(topic, partition).set(start)
            self._made[metrics.TOPIC_END.name].labels(topic, partition).set(end)
            kept += end - start if topic == QUARANTINE_TOPIC else 0
        self._made[metrics.QUARANTINE.name].labels(QUARANTINE_TOPIC).set(kept)
        for (group, topic, partition), behind in admin.lag(admin.groups()).items():
            self._made[metrics.GROUP_LAG.name].labels(group, topic, partition).set(behind)
