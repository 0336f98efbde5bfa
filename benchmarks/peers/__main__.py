"""``python -m benchmarks.peers``: all contestants in turn, three rounds; report, plot and figures in docs/benchmarks."""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.peers import broker, environment, report
from benchmarks.peers.entrants import ENTRANTS
from benchmarks.peers.run import FULL, QUICK, Scale, turn
from benchmarks.peers.versions import versions
from govbus.errors import BusError
from local.instance import PROJECT
from local.talk import say

DOCS, TRIAL = PROJECT / "docs" / "benchmarks", PROJECT / ".govbus" / "bench"


def main() -> None:
    """Measure and write; a trial or a selection is written below ``.govbus``, never over the published figures."""
    words = _words()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the broker and the contestants are ended too
    scale, names = QUICK if words.quick else FULL, words.only or list(ENTRANTS)
    made = environment.ensure()
    with tempfile.TemporaryDirectory(prefix="govbus-peers-") as folder, broker.running(Path(folder), made.broker_classpath) as running:
        runs = _rounds(running, made, names, scale, Path(folder))
    out = TRIAL if words.quick or words.only else DOCS
    out.mkdir(parents=True, exist_ok=True)
    results = {"date": date.today().isoformat(), "scale": vars(scale), "versions": versions(made), "runs": runs}
    (out / "results.json").write_text(json.dumps(results, indent=1, default=list) + "\n", encoding="utf-8")
    (out / "peers.md").write_text(report.text(results), encoding="utf-8")
    plot = Path(__file__).with_name("plot.py")
    subprocess.run([str(made.python), str(plot), str(out / "results.json"), str(out / "peers.svg")], check=True)
    sys.stdout.write(f"{report.text(results)}\nwritten to {out.relative_to(PROJECT)}\n")


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round, a tenth of the records: does it work?")
    parser.add_argument("--only", type=_names, metavar="NAME,NAME", help=f"of {', '.join(ENTRANTS)}")
    return parser.parse_args()


def _names(text: str) -> list[str]:
    names = text.split(",")
    if strangers := sorted(set(names) - set(ENTRANTS)):
        msg = f"not a contestant: {', '.join(strangers)}"
        raise argparse.ArgumentTypeError(msg)
    return names


def _rounds(
    running: broker.Broker, made: environment.Environment, names: list[str], scale: Scale, folder: Path
) -> dict[str, list[dict[str, Any]]]:
    """All contestants, one after the other, then all again: what the machine does meanwhile meets everybody."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    _attempt(running, made, "ours", "warm-up", scale, folder)  # the broker compiles too, transactions above all
    for number in range(scale.rounds):
        first = number * len(names) // scale.rounds
        for name in names[first:] + names[:first]:
            runs[name].append(_attempt(running, made, name, f"{name}-{number + 1}", scale, folder))
    return runs


def _attempt(running: broker.Broker, made: environment.Environment, name: str, run: str, scale: Scale, folder: Path) -> dict[str, Any]:
    """One turn; a contestant that fails is said so, and the others go on."""
    try:
        found = turn(running, made, ENTRANTS[name], run, scale, folder)
    except BusError as error:
        found = {"failed": str(error)}
    say(f"  {run}: {found}")
    return found


if __name__ == "__main__":
    main()
