"""What no single program knows: how long the topics are, how far behind the groups are. Principal ``monitor`` may only look."""

import logging
import time
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from govbus.errors import RetryLater
from govbus.settings import Home
from monitoring import metrics
from monitoring.metrics import Metric
from monitoring.observer import serve
from topics import broker
from topics.load import load

log = logging.getLogger(__name__)
PROGRAM = "monitor"
QUARANTINE_TOPIC = "bus.quarantine"
Sample = tuple[Metric, tuple[str, ...], float]


class Exporter(Collector):
    """Shows the last :meth:`look`, whole: a scrape never sees half of a new one, and a group that is gone leaves no series behind."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._admin: broker.Admin | None = None
        self._samples: list[Sample] = []
        self._last_success = 0.0
        self.registry = CollectorRegistry()
        self.registry.register(self)

    def serve(self) -> None:
        """Open the metrics port on loopback, where the site names one."""
        port = self._home.site.metrics.get(PROGRAM)
        if port is not None:
            serve(self.registry, port)

    def look(self) -> None:
        """Read offsets and positions once, a handful of requests. While the broker is away there is nothing to show but since when."""
        try:
            self._admin = self._admin or broker.admin(self._home, PROGRAM)
            self._samples = list(samples(self._admin))
            self._last_success = time.time()
        except RetryLater as away:
            log.warning("%s", away)
            self._samples = []
            self.close()

    def close(self) -> None:
        """Let go of the broker."""
        if self._admin is not None:
            self._admin.close()
            self._admin = None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Called by prometheus-client at each scrape."""
        own: list[Sample] = [(metrics.BUILD, (version("govbus"),), 1)]
        if self._last_success:
            own.append((metrics.SUCCESS, (PROGRAM,), self._last_success))
        families: dict[str, GaugeMetricFamily] = {}
        for metric, values, number in own + self._samples:
            family = families.setdefault(metric.name, GaugeMetricFamily(metric.name, metric.meaning, labels=metric.labels))
            family.add_metric(values, number)
        yield from families.values()


def samples(admin: broker.Admin) -> Iterator[Sample]:
    """Sizes of the declared topics and positions of the groups, as they stand now."""
    at = admin.positions(admin.groups())  # positions before ends: a lag is never negative
    spans = admin.offsets(sorted(load().topics))
    count, kept = Counter[str](), 0
    for (topic, partition), (start, end) in spans.items():
        count[topic] += 1
        kept += end - start if topic == QUARANTINE_TOPIC else 0
        yield metrics.TOPIC_START, (topic, str(partition)), start
        yield metrics.TOPIC_END, (topic, str(partition)), end
    for (group, topic, partition), position in at.items():
        if (topic, partition) in spans:
            lag = max(0, spans[topic, partition][1] - position)
            yield metrics.GROUP_AT, (group, topic, str(partition)), position
            yield metrics.GROUP_LAG, (group, topic, str(partition)), lag
    yield from ((metrics.PARTITIONS, (topic,), number) for topic, number in count.items())
    yield metrics.QUARANTINE, (QUARANTINE_TOPIC,), kept
