"""The Observer that writes prometheus-client metrics, on a loopback port of its own a program."""

import time
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from govbus.ports import Account, Direction, NullObserver, Observer, Outcome, Stage
from govbus.reasons import Reason
from govbus.settings import Home
from monitoring import metrics
from monitoring.metrics import Metric
from topics.load import load

OTHER = "other"
_EXCHANGES = Path(__file__).resolve().parent.parent / "agents" / "exchanges"


def make(metric: Metric, registry: CollectorRegistry) -> Any:
    """The prometheus-client object of a declared metric."""
    if metric.kind == "histogram":
        return Histogram(metric.name, metric.meaning, metric.labels, registry=registry, buckets=metric.buckets)
    kind = Counter if metric.kind == "counter" else Gauge
    return kind(metric.name, metric.meaning, metric.labels, registry=registry)


@cache
def closed_sets() -> Mapping[str, frozenset[str]]:
    """Which values each label may have; anything else is counted as ``other``, so that no stray text becomes a series."""
    catalogue = load()
    exchanges = {path.stem for path in _EXCHANGES.glob("*.yaml")} | {"unrouted", "all"}
    return {
        "department": frozenset(catalogue.departments),
        "topic": frozenset(catalogue.topics),
        "exchange": frozenset(exchanges),
        "reason": frozenset(reason.value for reason in Reason),
    }


class PrometheusObserver:
    """Counts facts. Safe for one writer thread and the scraper; raises nothing."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        declared = (
            metrics.RECORDS,
            metrics.BYTES,
            metrics.LATENCY,
            metrics.REFUSALS,
            metrics.LEDGER,
            metrics.CONSERVATION,
            metrics.SUCCESS,
        )
        self._made = {each.name: make(each, self.registry) for each in declared}
        self._children: dict[tuple[str, ...], Any] = {}
        self._ledger: dict[tuple[str, str], int] = {}
        make(metrics.BUILD, self.registry).labels(version("govbus")).set(1)

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
        self._ledger[exchange, account] = records
        self._child(metrics.LEDGER, exchange, account).set(records)
        if account == "in_flight":  # told last: the book is complete
            booked = {name: count for (each, name), count in self._ledger.items() if each == exchange}
            difference = booked.pop("in", 0) - sum(booked.values())
            self._child(metrics.CONSERVATION, exchange).set(difference)

    def succeeded(self, adapter: str) -> None:
        """See :class:`govbus.ports.Observer`."""
        self._child(metrics.SUCCESS, adapter).set(time.time())

    def _child(self, metric: Metric, *values: str) -> Any:
        key = (metric.name, *values)
        found = self._children.get(key)
        if found is None:
            sets = closed_sets()
            told = [value if value in sets.get(label, {value}) else OTHER for label, value in zip(metric.labels, values, strict=True)]
            found = self._children[key] = self._made[metric.name].labels(*told)
        return found


def open_observer(home: Home, program: str) -> Observer:
    """The Observer of one program, scraped at ``site.metrics[program]`` on loopback; watches nothing where no port is given."""
    port = home.site.metrics.get(program)
    if port is None:
        return NullObserver()
    observer = PrometheusObserver()
    start_http_server(port, addr="127.0.0.1", registry=observer.registry)
    return observer
