"""The Observer that writes prometheus-client metrics, on a loopback port of its own a program."""

import time
from collections import Counter as Book
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, start_http_server

from govbus.ports import Account, Direction, NullObserver, Observer, Outcome, Stage
from govbus.settings import Home
from monitoring import labels, metrics
from monitoring.metrics import Metric

_DECLARED = (
    metrics.RECORDS, metrics.BYTES, metrics.LATENCY, metrics.REFUSALS, metrics.LEDGER, metrics.CONSERVATION, metrics.SUCCESS,
    metrics.BUILD, metrics.SEALED, metrics.SEALS, metrics.UNSEALED, metrics.UNSEALED_AGE,
)  # fmt: skip


class PrometheusObserver:
    """Counts facts. Safe for one writer thread and the scraper; a label value outside the closed sets is counted as ``other``."""

    def __init__(self, programs: Iterable[str] = ()) -> None:
        """:param programs: names that :meth:`succeeded` may be told"""
        self.registry = CollectorRegistry()
        self._sets = labels.closed_sets(programs)
        self._made = {each.name: _make(each, self.registry) for each in _DECLARED}
        self._children: dict[tuple[str, ...], Any] = {}
        self._books: dict[str, Book[str]] = {}
        self._made[metrics.BUILD.name].labels(version("govbus")).set(1)

    def expect(self, program: str) -> None:
        """Let every counter that ``program`` may raise stand at 0."""
        for metric, values in labels.expected(program):
            self._child(metric, *values)

    def moved(self, department: str, topic: str, direction: Direction, outcome: Outcome, records: int, size: int = 0) -> None:
        """See :class:`govbus.ports.Observer`."""
        self._child(metrics.RECORDS, department, topic, direction, outcome).inc(records)
        if size:
            self._child(metrics.BYTES, department, topic, direction).inc(size)

    def took(self, stage: Stage, exchange: str, seconds: Iterable[float]) -> None:
        """See :class:`govbus.ports.Observer`."""
        child = self._child(metrics.LATENCY, stage, exchange)
        for each in seconds:
            child.observe(each)

    def refused(self, department: str, topic: str, reason: str, records: int = 1) -> None:
        """See :class:`govbus.ports.Observer`."""
        self._child(metrics.REFUSALS, department, topic, reason).inc(records)

    def ledger(self, exchange: str, account: Account, records: int) -> None:
        """See :class:`govbus.ports.Observer`."""
        book = self._books.setdefault(exchange, Book())
        book[account] = records
        self._child(metrics.LEDGER, exchange, account).set(records)
        if account == "in_flight":  # told last: the book is complete
            self._child(metrics.CONSERVATION, exchange).set(2 * book["in"] - book.total())

    def sealed(self, topic: str, records: int) -> None:
        """See :class:`govbus.ports.Observer`."""
        self._child(metrics.SEALED, topic).inc(records)
        self._child(metrics.SEALS, topic).inc()

    def unsealed(self, records: int, seconds: float) -> None:
        """See :class:`govbus.ports.Observer`."""
        self._child(metrics.UNSEALED).set(records)
        self._child(metrics.UNSEALED_AGE).set(seconds)

    def succeeded(self, adapter: str) -> None:
        """See :class:`govbus.ports.Observer`."""
        self._child(metrics.SUCCESS, adapter).set(time.time())

    def _child(self, metric: Metric, *values: str) -> Any:
        found = self._children.get((metric.name, *values))
        if found is None:
            # Kept under what it was folded to: values from outside must not fill the memory either.
            told = [value if value in self._sets[label] else labels.OTHER for label, value in zip(metric.labels, values, strict=True)]
            made = self._made[metric.name]
            found = self._children[metric.name, *told] = made.labels(*told) if told else made
        return found


def open_observer(home: Home, program: str) -> Observer:
    """The Observer of one program, scraped at ``site.metrics[program]`` on loopback; watches nothing where no port is given."""
    port = home.site.metrics.get(program)
    if port is None:
        return NullObserver()
    observer = PrometheusObserver(home.site.metrics)
    observer.expect(program)
    serve(observer.registry, port)
    return observer


def serve(registry: CollectorRegistry, port: int) -> None:
    """Answer ``/metrics`` on loopback, from a thread of its own."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series a counter that nobody reads
    start_http_server(port, addr="127.0.0.1", registry=registry)


def _make(metric: Metric, registry: CollectorRegistry) -> Any:
    if metric.kind == "histogram":
        return Histogram(metric.name, metric.meaning, metric.labels, registry=registry, buckets=metric.buckets)
    kind = Counter if metric.kind == "counter" else Gauge
    return kind(metric.name, metric.meaning, metric.labels, registry=registry)
