"""The page about the yearly recheck."""

from collections.abc import Mapping
from typing import Any

from benchmarks.hops import HOPS


def page(told: Mapping[str, Any]) -> str:
    """Markdown of what :mod:`benchmarks.recheck` found."""
    rows, file, people = told["rows"], told["file"], told["people"]
    return "\n".join([
        "# The yearly recheck", "",
        f"Made by `python -m benchmarks.recheck {people}` on {told['date']}; {told['machine']}; one broker, one worker, one answerer and",
        "their databases on the same cores. Everybody is asked about through one exchange (proof-01). Absolute figures are this machine's;",
        f"what stands side by side was measured in one run. Load average before it: {told['load_before']}; above 1.5 others had the cores",
        "too.", "",
        f"## {people} rows of the asker's table", "",
        f"All verdicts in the asker's table after {rows['seconds']} s: **{rows['a_second']} a second**, the whole path.", "",
        "| hop | p50 ms | p99 ms | share of the wait | pass its end a second |", "|---|---|---|---|---|",
        *(f"| {name} | {hop['p50']:.0f} | {hop['p99']:.0f} | {hop['share']} % | {hop['a_second']} |" for name, hop in rows["hops"].items()),
        "", "All rows are there at once, so a wait is a queue, and it stands before the slowest. What each spends:", "",
        "| who | processor s per 1,000 | share |", "|---|---|---|", *_spent(rows["cpu_s_per_1000"]), "",
        *(f"- *{name}*: {meaning}" for name, meaning in HOPS.items()), "",
        f"## The same {people} as a file, single checks beside it", "",
        f"`govbus batch run`: {file['seconds']} s, **{file['a_second']} a second**; {file['people']} people = {file['decided']} decided"
        f" + {file['refused']} refused + {file['missing']} open.",
        "Peak memory of the batch: " + ", ".join(f"{mib} MiB for {count} people" for count, mib in file["peak_mib"].items()) + ".", "",
        "| a single check, from row to row | requests | p50 ms | p99 ms |", "|---|---|---|---|", *_singles(file["single"]), "",
    ])  # fmt: skip


def _spent(cpu: Mapping[str, float]) -> list[str]:
    whole = sum(cpu.values()) or 1.0
    return [f"| {who} | {seconds:.2f} | {100 * seconds / whole:.0f} % |" for who, seconds in cpu.items()]


def _singles(single: Mapping[str, Mapping[str, float]]) -> list[str]:
    names = {"alone": "alone", "meanwhile": "while the file runs"}
    return [
        f"| {words} | {single[name]['requests']} | {single[name]['p50_ms']} | {single[name]['p99_ms']} |" for name, words in names.items()
    ]
