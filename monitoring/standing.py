"""``govbus status``: programs, topics, lag and the conservation ledger, as they stand now."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from govbus.errors import BusError
from govbus.project import room
from govbus.settings import Home
from monitoring import metrics
from topics import broker
from topics.access import SEALER
from topics.load import load

ACCOUNTS = ("in", "delivered", "refused", "quarantined", "duplicate", "in_flight")


def programs(home: Path) -> list[dict[str, Any]]:
    """State of every program that the local supervisor runs; empty where no local set runs."""
    try:
        states: dict[str, str] = room("local.instance").at(home).supervisor.states()
    except (BusError, OSError):
        return []
    return [{"program": name, "state": state} for name, state in sorted(states.items())]


def last_success(home: Home) -> list[dict[str, Any]]:
    """Seconds since each of our programs last finished a round without error; None where it does not say."""
    found: dict[str, float] = {}
    for program in home.site.metrics:
        found |= {labels["adapter"]: value for labels, value in _scraped(home, program, metrics.SUCCESS.name)}
    return [{"program": name, "seconds_ago": round(time.time() - found[name], 1) if name in found else None} for name in home.site.metrics]


def seals(home: Home) -> list[dict[str, Any]]:
    """What the sealer has sealed since it began, and what waits; empty while it does not run."""
    made = sum(int(value) for _, value in _scraped(home, SEALER, metrics.SEALS.name))
    records = sum(int(value) for _, value in _scraped(home, SEALER, metrics.SEALED.name))
    waiting = [int(value) for _, value in _scraped(home, SEALER, metrics.UNSEALED.name)]
    oldest = [round(value, 1) for _, value in _scraped(home, SEALER, metrics.UNSEALED_AGE.name)]
    return [{"seals": made, "records": records, "not yet sealed": waiting[0], "oldest of them, s": oldest[0]}] if waiting and oldest else []


def ledger(home: Home) -> list[dict[str, Any]]:
    """The workers' ledgers, summed, with ``difference``: in minus everything else, 0 unless something is lost or doubled."""
    books: dict[str, Counter[str]] = {}
    for worker in home.site.workers:
        for labels, value in _scraped(home, worker, metrics.LEDGER.name):
            books.setdefault(labels["exchange"], Counter())[labels["account"]] += int(value)
    return [
        {"exchange": name, **{account: book[account] for account in ACCOUNTS}, "difference": 2 * book["in"] - sum(book.values())}
        for name, book in sorted(books.items())
    ]


def volumes(admin: broker.Admin) -> list[dict[str, Any]]:
    """Offsets of each declared topic that exists: ever written, and still kept. Markers of transactions count too."""
    written: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    for (topic, _), (start, end) in admin.offsets(sorted(load().topics)).items():
        written[topic] += end
        kept[topic] += end - start
    return [{"topic": topic, "written": written[topic], "kept": kept[topic]} for topic in sorted(written)]


def lag(home: Home) -> list[dict[str, Any]]:
    """Records behind the end of the log by group and topic. One a partition may stay: the marker that ends a transaction."""
    with broker.admin(home, "monitor") as admin:
        return behind(admin)


def behind(admin: broker.Admin) -> list[dict[str, Any]]:
    """As :func:`lag`, over a connection that is there already."""
    totals: Counter[tuple[str, str]] = Counter()
    for (group, topic, _), offsets in admin.lag(admin.groups()).items():
        totals[group, topic] += offsets
    return [{"group": group, "topic": topic, "behind": offsets} for (group, topic), offsets in sorted(totals.items())]


def _scraped(home: Home, program: str, metric: str) -> Iterator[tuple[dict[str, str], float]]:
    """Labels and value of each sample of ``metric`` that the program shows; nothing while it is down."""
    port = home.site.metrics.get(program)
    if port is None:
        return
    try:
        text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=2).text
    except httpx.HTTPError:
        return
    for family in text_string_to_metric_families(text):
        yield from ((one.labels, one.value) for one in family.samples if one.name == metric)
