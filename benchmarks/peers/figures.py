"""From runs to what is said of them: minimum, median and maximum, and in which measures a peer is ahead."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

Run = Mapping[str, Any]


@dataclass(frozen=True)
class Measure:
    """One figure of a run.

    :ivar path: keys to it; of a rate's figures there is none where the contestant did not keep up
    :ivar more: is more better?
    """

    title: str
    path: tuple[str, ...]
    digits: int
    more: bool = False

    def of(self, run: Run) -> float | None:
        """The figure, None where the run has none."""
        found: Any = run
        for key in self.path:
            if not isinstance(found, Mapping) or found.get("overload"):
                return None
            found = found.get(key)
        return None if found is None else float(found)

    def of_all(self, runs: Iterable[Run]) -> list[float]:
        """The figure of each run that has one."""
        return [found for found in map(self.of, runs) if found is not None]

    def better(self, one: float, other: float) -> bool:
        """Is ``one`` better than ``other``?"""
        return one > other if self.more else one < other

    def show(self, figure: float) -> str:
        """As text, thousands apart."""
        return f"{figure:,.{self.digits}f}"


WORK = (
    Measure("results/s", ("per_s",), 0, more=True),
    Measure("CPU-s per 100,000", ("cpu_s",), 2),
    Measure("peak RSS, MB", ("rss_mb",), 0),
)


def steady(rate: int) -> tuple[Measure, ...]:
    """The measures of a steady load of ``rate`` a second; latencies in ms."""
    place = f"at_{rate}"
    latencies = (("p50 ms", "p50"), ("p99 ms", "p99"), ("p99.9 ms", "p999"))
    return (*(Measure(title, (place, key), 1) for title, key in latencies), Measure("cores used", (place, "cores"), 2))


def spread(measure: Measure, runs: Iterable[Run]) -> str:
    """``median (min–max)`` of the runs that have the figure; what is wrong where none has."""
    runs = list(runs)
    found = measure.of_all(runs)
    if not found:
        return "failed" if all("failed" in run for run in runs) else "overload"
    lacking = f", {len(found)} of {len(runs)} runs" if len(found) < len(runs) else ""
    return f"**{measure.show(median(found))}** ({measure.show(min(found))}–{measure.show(max(found))}{lacking})"


def ahead(measure: Measure, ours: Sequence[Run], peers: Mapping[str, Sequence[Run]], title: Callable[[str], str]) -> list[str]:
    """Peers whose median is better than ours: how much, and in how many of the rounds; or who have a figure where we have none."""
    mine, said = measure.of_all(ours), []
    for name, runs in peers.items():
        theirs = measure.of_all(runs)
        if not theirs:
            continue
        if not mine:
            said.append(f"{title(name)}: {measure.show(median(theirs))}, where the runtime has no figure")
        elif measure.better(median(theirs), median(mine)):
            won = sum(_won(measure, own, other) for own, other in zip(ours, runs, strict=True))
            said.append(f"{title(name)}: {measure.show(median(theirs))} against {measure.show(median(mine))} ({won} of {len(runs)} rounds)")
    return said


def _won(measure: Measure, own: Run, other: Run) -> bool:
    mine, theirs = measure.of(own), measure.of(other)
    return theirs is not None and (mine is None or measure.better(theirs, mine))
