"""``govbus status``: programs, topics, lag and the conservation ledger, as they stand now."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from govbus.errors import BusError
from govbus.project import room
from govbus.settings import Home
from topics import broker

_LINE = re.compile(r'exchange_ledger_records\{account="(?P<account>[a-z_]+)",exchange="(?P<exchange>[a-z0-9-]+)"\} (?P<value>[0-9.e+]+)')
ACCOUNTS = ("in", "delivered", "refused", "quarantined", "duplicate", "in_flight")


def programs(home: Path) -> list[dict[str, Any]]:
    """State of every program that the local supervisor runs; empty where no local set runs."""
    try:
        states: dict[str, str] = room("local.instance").at(home).supervisor.states()
    except (BusError, OSError):
        return []
    return [{"program": name, "state": state} for name, state in sorted(states.items())]


def ledger(home: Home) -> list[dict[str, Any]]:
    """The workers' ledgers, summed, with ``difference``: in minus everything else, 0 unless something is lost or doubled."""
    books: dict[str, Counter[str]] = {}
    for worker in home.site.workers:
        for found in _LINE.finditer(_scraped(home, worker)):
            books.setdefault(found["exchange"], Counter())[found["account"]] += int(float(found["value"]))
    return [
        {"exchange": name, **{account: book[account] for account in ACCOUNTS}, "difference": 2 * book["in"] - sum(book.values())}
        for name, book in sorted(books.items())
    ]


def lag(home: Home) -> list[dict[str, Any]]:
    """Records behind the end of the log by group and topic. One a partition may stay: the marker that ends a transaction."""
    totals: Counter[tuple[str, str]] = Counter()
    with broker.admin(home, "monitor") as admin:
        for (group, topic, _), behind in admin.lag(admin.groups()).items():
            totals[group, topic] += behind
    return [{"group": group, "topic": topic, "behind": behind} for (group, topic), behind in sorted(totals.items())]


def _scraped(home: Home, program: str) -> str:
    port = home.site.metrics.get(program)
    if port is None:
        return ""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=2).text
    except httpx.HTTPError:
        return ""
