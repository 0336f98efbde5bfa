"""What a person sees of a running demo: a live table on a terminal, a line every few seconds elsewhere; on stderr, both."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Column, Table

OUTCOMES = ("match", "match_variant", "mismatch", "no_record", "ambiguous", "refused", "timeout")
_LINE_S = 3.0


@dataclass
class Tally:
    """How far a demo is. ``counts`` is the number of verdicts by (item, outcome)."""

    wanted: int
    sent: int = 0
    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)
    begun: float = field(default_factory=time.monotonic)

    @property
    def done(self) -> int:
        """Claims with a verdict."""
        return sum(self.counts.values())

    @property
    def in_flight(self) -> int:
        """Claims without one."""
        return self.sent - self.done

    @property
    def seconds(self) -> float:
        """Since the first claim."""
        return time.monotonic() - self.begun

    def by_item(self) -> dict[str, dict[str, int]]:
        """Verdicts by item, then outcome, in a fixed order and without zeros."""
        items = sorted({item for item, _ in self.counts})
        return {item: {out: self.counts[item, out] for out in OUTCOMES if (item, out) in self.counts} for item in items}

    def line(self) -> str:
        """One line for a log."""
        found = {out: sum(count for (_, name), count in self.counts.items() if name == out) for out in OUTCOMES}
        parts = ", ".join(f"{name} {count}" for name, count in found.items() if count)
        return f"  {self.seconds:5.1f} s  {self.done} of {self.wanted} verdicts, {self.in_flight} in flight: {parts}"

    def table(self) -> Table:
        """Items down, outcomes across."""
        rate = self.done / max(self.seconds, 0.1)
        caption = f"{self.done} of {self.wanted} verdicts, {self.in_flight} in flight, {rate:.0f} a second, {self.seconds:.0f} s"
        table = Table(
            Column("item", no_wrap=True), *(name.replace("_", "\n") for name in OUTCOMES), title="Proof checks of housing", caption=caption
        )
        for item, found in self.by_item().items():
            table.add_row(item, *(str(found.get(name, "")) for name in OUTCOMES))
        totals = [sum(found.get(name, 0) for found in self.by_item().values()) for name in OUTCOMES]
        table.add_section()
        table.add_row("all", *map(str, totals))
        return table


@contextmanager
def shown(wanted: int, console: Console | None = None) -> Iterator[Callable[[Tally], None]]:
    """Gives the function to call with each new standing."""
    console = console or Console(stderr=True, highlight=False)
    if console.is_terminal:
        with Live(Tally(wanted).table(), console=console, refresh_per_second=8) as live:
            yield lambda tally: live.update(tally.table())
        return
    said = time.monotonic() - _LINE_S

    def line(tally: Tally) -> None:
        nonlocal said
        if tally.done == wanted or time.monotonic() - said >= _LINE_S:
            said = time.monotonic()
            console.print(tally.line(), markup=False)

    yield line


def say_report(report: Mapping[str, Any], console: Console | None = None) -> None:
    """The end of a demo, on stdout: verdict counts, example verdicts, where to look next."""
    console = console or Console(highlight=False)
    console.print(
        f"{report['requests']} proof checks in {report['seconds']} s, and every one has its verdict in housing's own database:",
        soft_wrap=True,
    )
    for item, found in report["verdicts"].items():
        console.print(f"  {item}  " + ", ".join(f"{name} {count}" for name, count in found.items()), markup=False)
    for one in report["examples"]:
        console.print(f"  {one['application_no']} {one['proof_item']}: {one['outcome']}{_why(one)}", markup=False, soft_wrap=True)
        console.print(f"    every hop of it: govbus trace {one['request_id']}", markup=False, soft_wrap=True)
    for name, url in report["urls"].items():
        console.print(f"  {name:32} {url}", markup=False, soft_wrap=True)


def _why(verdict: Mapping[str, Any]) -> str:
    if verdict["reason"]:
        return f", {verdict['reason']}: {verdict['reason_text']}"
    fields = f" in {', '.join(verdict['mismatched_fields'])}" if verdict["mismatched_fields"] else ""
    return f"{fields}, says {verdict['holder']} for {verdict['as_of']} by {verdict['rule_version']}"
