"""``python -m benchmarks``: a bus of its own, a calm stretch for latency, a burst for throughput; files in docs/benchmarks."""

import json
import os
import platform
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.stages import STAGES, figures, percentiles
from govbus.settings import Home
from local import programs, site_plan
from local.departments.claims import Claim, plan
from local.departments.fill import fill
from local.instance import PROJECT, Instance
from local.landed import wait_landed
from local.window import next_number, write
from topics.apply import apply

RATE, SECONDS, BURST, PEOPLE = 50, 40, 5_000, 20_000
OUT = PROJECT / "docs" / "benchmarks"


def main() -> None:
    """Measure, print, write."""
    with tempfile.TemporaryDirectory(prefix="govbus-bench-") as folder:
        home = Path(folder) / "home"
        bus = Instance(home, site_plan.free_ports(), programs.ours(home, PROJECT, programs.adapters()))
        try:
            bus.start_servers()
            apply(Home(home))
            fill(bus, PEOPLE)
            bus.start_programs()
            wait_landed(Home(home))
            with psycopg.connect(bus.dsn("housing", "owner"), autocommit=True) as housing:
                _calm(housing, 5)  # warm: caches, connections, the first statement of each kind
                results = {"calm": _calm(housing, SECONDS), "burst": _burst(housing)}
        finally:
            bus.stop(purge=True)
    _report(results)


def _calm(housing: psycopg.Connection[Any], seconds: int) -> dict[str, Any]:
    """RATE requests a second, evenly; latency of each stage."""
    claims, first = _claims(housing, RATE * seconds), _last(housing)
    begun = time.monotonic()
    for number, claim in enumerate(claims):
        time.sleep(max(0.0, begun + number / RATE - time.monotonic()))
        write(housing, [claim])
    _until_answered(housing, first, len(claims))
    return {"requests": len(claims), "rate": RATE, "stages": percentiles(figures(housing, first))}


def _burst(housing: psycopg.Connection[Any]) -> dict[str, Any]:
    """BURST requests in one transaction; from its commit to the last verdict in the table."""
    claims, first = _claims(housing, BURST), _last(housing)
    write(housing, claims)
    begun = time.monotonic()
    _until_answered(housing, first, len(claims))
    seconds = time.monotonic() - begun
    return {"requests": BURST, "seconds": round(seconds, 2), "requests_a_second": round(BURST / seconds)}


def _claims(housing: psycopg.Connection[Any], count: int) -> list[Claim]:
    """Claims of every kind but those that wait for a silent holder."""
    planned = plan(count + count // 20 + 40, next_number(housing))
    return [one for one in planned if one.outcome != "timeout"][:count]


def _last(housing: psycopg.Connection[Any]) -> int:
    row = housing.execute("SELECT coalesce(max(claim_id), 0) FROM claim").fetchone()
    return int(row[0]) if row else 0


def _until_answered(housing: psycopg.Connection[Any], first: int, wanted: int) -> None:
    query = "SELECT count(*) FROM bus.verdict WHERE source_key::bigint > %s"
    deadline = time.monotonic() + 300
    while (housing.execute(query, (first,)).fetchone() or (0,))[0] < wanted:
        if time.monotonic() > deadline:
            sys.exit("the bus did not answer within five minutes: see govbus status")
        time.sleep(0.05)


def _report(results: dict[str, Any]) -> None:
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    calm, burst = results["calm"], results["burst"]
    lines = [
        "# The walking bus, end to end", "",
        f"Made by `make bench` on {date.today().isoformat()}; {machine}; one broker, one worker, five adapters, four databases on the same",
        "cores. Absolute figures are this machine's; the shares of the stages are what to read.", "",
        f"## {calm['rate']} requests a second, {calm['requests']} requests", "",
        "| stage | p50 ms | p99 ms | share of the median |", "|---|---|---|---|",
        *(f"| {name} | {row['p50']} | {row['p99']} | {row['share']} % |" for name, row in calm["stages"].items()), "",
        f"## {burst['requests']} requests at once", "",
        f"All verdicts in housing's table after {burst['seconds']} s: **{burst['requests_a_second']} requests a second**.", "",
        *(f"- *{name}*: {meaning}" for name, meaning in STAGES.items()), "",
    ]  # fmt: skip
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "walking-bus.md").write_text("\n".join(lines), encoding="utf-8")
    (OUT / "walking-bus.json").write_text(json.dumps({"machine": machine, "date": date.today().isoformat(), **results}, indent=2) + "\n")
    sys.stdout.write("\n".join(lines))


if __name__ == "__main__":
    main()
