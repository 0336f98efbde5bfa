"""``python -m benchmarks.memory [minutes]``: one worker at full speed for half an hour; is its memory flat?

The resident set is read every few seconds while requests are sent as fast as the worker works them off; figures and plot in
docs/benchmarks. The first minute is left out of the slope: pools and caches fill.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import date
from threading import Event, Thread
from typing import NamedTuple

from benchmarks.agent import Watch, preload
from benchmarks.crew import Crew, bus
from benchmarks.jobs import PROOF, RESULTS, Job, job
from govbus.settings import Home
from local.instance import PROJECT
from topics import broker

EVERY_S = 5.0
AHEAD = 60_000  # requests that wait for the worker, at the most
PORTION = 20_000
OUT = PROJECT / "docs" / "benchmarks"
_WIDTH, _HEIGHT, _LEFT = 640, 220, 48


class Sample(NamedTuple):
    """One look: seconds since the start, results so far, MiB resident."""

    at_s: float
    results: int
    mib: int


def _keep_little(home: Home) -> None:
    """Half an hour of records is 50 GB: the topics keep the last segments only."""
    with broker.admin(home) as admin:
        for topic in ("housing.request", RESULTS):
            admin.set_configs(topic, {"retention.bytes": "200000000", "segment.bytes": "50000000"})


def _feed(home: Home, of: Job, watch: Watch, over: Event) -> None:
    """Always something waits, never so much that the broker runs out of disk."""
    begun, sent = watch.done(), 0
    while not over.is_set():
        if sent - (watch.done() - begun) < AHEAD:
            preload(home, of, PORTION)
            sent += PORTION
        else:
            over.wait(0.2)


def measure(minutes: float) -> list[Sample]:
    """Samples of one worker's life."""
    of, over, samples = job(PROOF), Event(), list[Sample]()
    with bus() as home:
        _keep_little(home)
        watch, own = Watch(home), Watch(home)
        crew, before = Crew(home, 1), watch.done()
        feeder = Thread(target=_feed, args=(home, of, own, over))
        feeder.start()
        watch.until(before, 1)
        begun = time.monotonic()
        while (passed := time.monotonic() - begun) < minutes * 60:
            samples.append(Sample(round(passed, 1), watch.done() - before, crew.mib("VmRSS")))
            time.sleep(EVERY_S)
        over.set()
        feeder.join()
        crew.stop()
        watch.close()
        own.close()
    return samples


def slope(samples: Sequence[Sample]) -> float:
    """MiB an hour, by least squares, without the first minute."""
    late = [each for each in samples if each.at_s >= 60] or list(samples)
    middle_s, middle = sum(each.at_s for each in late) / len(late), sum(each.mib for each in late) / len(late)
    over = sum((each.at_s - middle_s) ** 2 for each in late)
    return 3600 * sum((each.at_s - middle_s) * (each.mib - middle) for each in late) / over if over else 0.0


def plot(samples: Sequence[Sample], title: str) -> str:
    """The resident set over time as an SVG."""
    most, last = max(each.mib for each in samples) * 1.2, samples[-1].at_s or 1.0
    points = " ".join(
        f"{_LEFT + each.at_s / last * (_WIDTH - _LEFT - 10):.1f},{_HEIGHT - 24 - each.mib / most * (_HEIGHT - 50):.1f}" for each in samples
    )
    marks = "".join(
        f'<text x="{_LEFT - 6}" y="{_HEIGHT - 20 - share * (_HEIGHT - 50):.0f}" text-anchor="end">{share * most:.0f}</text>'
        for share in (0, 0.5, 1)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="11">'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/><text x="{_LEFT}" y="16">{title}</text>{marks}'
        f'<text x="{_WIDTH - 10}" y="{_HEIGHT - 6}" text-anchor="end">{last / 60:.0f} min</text>'
        f'<polyline points="{points}" fill="none" stroke="#1f77b4" stroke-width="1.5"/></svg>\n'
    )


def main(minutes: float) -> None:
    """Measure, print, write."""
    samples = measure(minutes)
    told = {
        "date": date.today().isoformat(), "cores": os.cpu_count(), "minutes": minutes, "results": samples[-1].results,
        "records_a_second": round(samples[-1].results / samples[-1].at_s), "mib_an_hour": round(slope(samples), 1),
        "mib_at_1_min": next((each.mib for each in samples if each.at_s >= 60), samples[0].mib), "mib_at_the_end": samples[-1].mib,
    }  # fmt: skip
    sys.stdout.write(json.dumps(told) + "\n")
    (OUT / "memory.json").write_text(json.dumps({**told, "samples": samples}) + "\n")
    (OUT / "memory.svg").write_text(plot(samples, f"resident set of one worker at full speed, MiB ({told['results']:,} records)"))


if __name__ == "__main__":
    main(float(sys.argv[1]) if sys.argv[1:] else 30.0)
