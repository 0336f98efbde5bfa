"""Draws results.json as SVG: ``RESULTS OUT``; runs in the bench environment, which has matplotlib, and imports nothing of ours."""

import json
import sys
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams.update({"svg.hashsalt": "peers", "svg.fonttype": "none", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False})

import matplotlib.pyplot as plt  # noqa: E402

OURS, PEER = "#0b6e4f", "#8a95a5"
SHADES = {"p50": "#9fc5e8", "p99": "#5b8db8", "p999": "#2c4f70"}


def main() -> None:
    """Three panels of work, one of latency for each rate."""
    results = json.loads(Path(sys.argv[1]).read_text())
    runs, rates = results["runs"], results["scale"]["rates"]
    figure, axes = plt.subplots(1, 3 + len(rates), figsize=(3.1 * (3 + len(rates)), 3.2), sharey=True, layout="constrained")
    titles = (("per_s", "results/s"), ("cpu_s", "CPU-s per 100,000"), ("rss_mb", "peak RSS, MB"))
    for axis, (key, title) in zip(axes, titles, strict=False):
        _bars(axis, runs, key, title)
    for axis, rate in zip(axes[3:], rates, strict=True):
        _latency(axis, runs, rate)
    axes[0].set_yticks(range(len(runs)), list(runs))
    axes[0].invert_yaxis()
    figure.suptitle(f"The same bare job, 2 shared cores, {results['date']}: medians, line from minimum to maximum")
    figure.savefig(sys.argv[2], metadata={"Date": None})


def _bars(axis: Any, runs: dict[str, Any], key: str, title: str) -> None:
    for row, (name, found) in enumerate(runs.items()):
        if values := [run[key] for run in found if key in run]:
            axis.barh(row, median(values), color=OURS if name == "ours" else PEER)
            axis.plot([min(values), max(values)], [row, row], color="black", linewidth=1)
    axis.set_title(title)


def _latency(axis: Any, runs: dict[str, Any], rate: int) -> None:
    for row, found in enumerate(runs.values()):
        kept = [run[f"at_{rate}"] for run in found if not run.get(f"at_{rate}", {"overload": True})["overload"]]
        if not kept:
            state = "overload" if any(f"at_{rate}" in run for run in found) else "failed"
            axis.text(0.02, row, state, va="center", transform=axis.get_yaxis_transform())
        for place, (key, color) in enumerate(SHADES.items() if kept else ()):
            values = [one[key] for one in kept]
            at = row + (place - 1) * 0.25
            axis.plot(median(values), at, "o", color=color, label=key.replace("p999", "p99.9") if row == 0 else None)
            axis.plot([min(values), max(values)], [at, at], color=color, linewidth=1)
    axis.set(title=f"latency at {rate:,}/s, ms", xscale="log")
    axis.legend(frameon=False, fontsize=7)


if __name__ == "__main__":
    main()
