"""``python -m tests.faults --kills 50 --freezes 20 --storm 600 --seed N``: the long run; figures in docs/benchmarks/faults.md and .json."""

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from local.instance import PROJECT
from local.talk import say
from tests.faults.bed import SLOTS, opened
from tests.faults.mutations import MUTATIONS
from tests.faults.nemesis import (
    FAILPOINTS,
    BrokerKill,
    Fault,
    FreezeAtCommit,
    FreezeAtRandom,
    KillAtFailpoint,
    KillAtRandom,
    QuarantineRefused,
    Storm,
)
from tests.faults.trial import Outcome, Trial, told

OUT = PROJECT / "docs" / "benchmarks"


def main() -> int:
    """Run, print, write; 1 when anything was found."""
    words = argparse.ArgumentParser(prog="python -m tests.faults")
    words.add_argument("--kills", type=int, default=50, help="kill -9 of a worker, a third of them right beside a commit")
    words.add_argument("--freezes", type=int, default=20, help="SIGSTOP of a worker for longer than its session, half of them at a commit")
    words.add_argument("--storm", type=float, default=600, help="seconds of members coming and going")
    words.add_argument("--broker", type=int, default=5, help="kill -9 of the broker")
    words.add_argument("--quarantine", type=int, default=2, help="times the right to write the quarantine is taken away for a while")
    words.add_argument("--mutants", type=int, default=1, help="1: then show that each mutant of the worker is found; 0: leave it")
    words.add_argument("--rate", type=float, default=150, help="requests a second meanwhile")
    words.add_argument("--seed", type=int, default=20261124)
    asked = words.parse_args()
    with opened() as bed:
        trial = Trial(bed, asked.seed, asked.rate)
        with trial.world(dict.fromkeys(SLOTS, "")):
            outcomes = _run(trial, asked)
            mutants = _mutants(trial) if asked.mutants else []
    _write(asked, outcomes, mutants)
    return 0 if all(one.clean for one in outcomes) and all(one["red"] for one in mutants) else 1


def _plan(asked: argparse.Namespace) -> Iterator[tuple[str, Fault, int]]:
    """(title, fault, strikes): one line of the table each."""
    third = asked.kills // 3
    yield "kill -9 of a worker at a random moment", KillAtRandom(), asked.kills - 2 * (third // 2)
    for point in FAILPOINTS:
        yield f"worker dies at {point}", KillAtFailpoint(point), third // 2
    yield "worker frozen at a random moment, 11 to 14 s", FreezeAtRandom(), asked.freezes - asked.freezes // 2
    yield "worker frozen right before its commit", FreezeAtCommit(), asked.freezes // 2
    yield f"rebalance storm, {asked.storm:.0f} s", Storm(asked.storm), 1 if asked.storm else 0
    yield "kill -9 of the broker", BrokerKill(), asked.broker
    yield "no right to write the quarantine", QuarantineRefused(), asked.quarantine


def _run(trial: Trial, asked: argparse.Namespace) -> list[Outcome]:
    outcomes = [_stage(trial, title, fault, strikes) for title, fault, strikes in _plan(asked) if strikes]
    if not all(one.clean for one in outcomes):
        say(f"kept for you: {_keep(trial.bed.folder)}")
    return outcomes


def _stage(trial: Trial, title: str, fault: Fault, strikes: int) -> Outcome:
    def strike() -> None:
        for _ in range(strikes):
            fault.strike(trial, trial.chance)

    outcome, found = trial.stage(title, strikes, strike)
    say(f"{outcome}\n{told(found)}" if found else str(outcome))
    return outcome


def _mutants(trial: Trial) -> list[dict[str, Any]]:
    found = []
    for slot in SLOTS:
        trial.crew.kill(slot, then="none")
    for name, mutation in MUTATIONS.items():
        _, seen = trial.stage(name, 1, partial(mutation.strike, trial), ask=False)
        kinds = Counter(one.kind for one in seen)
        found.append({"mutant": name, "title": mutation.title, "red": mutation.kind in kinds, "found": dict(kinds)})
        say(f"mutant {name}: {dict(kinds)}")
    return found


def _keep(folder: Path) -> Path:
    """The history and the workers' logs of a run in which something was found."""
    kept = Path(tempfile.mkdtemp(prefix="govbus-faults-"))
    shutil.copytree(folder / "logs", kept / "logs")
    shutil.copy(folder / "history.jsonl", kept)
    return kept


def _write(asked: argparse.Namespace, outcomes: list[Outcome], mutants: list[dict[str, Any]]) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    report = {
        "day": date.today().isoformat(),
        "machine": machine,
        **vars(asked),
        "outcomes": [asdict(one) for one in outcomes],
        "mutants": mutants,
    }
    (OUT / "faults.json").write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    words = " ".join(f"--{name} {value:g}" for name, value in vars(asked).items())
    lines = [
        "# Faults", "",
        f"`python -m tests.faults {words}` on {report['day']}, {machine}; one broker (TLS, SCRAM), two workers of one group,",
        f"about {asked.rate:g} requests a second all the while. Generated by that command; what is checked: `tests/faults/check.py`.", "",
        "| fault | times | input records | output records | lost | twice | out of order | other | seconds | of these at rest |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *("| " + " | ".join(f"{value}" for value in asdict(one).values()) + " |" for one in outcomes), "",
        "A worker with one thing wrong in it, and what the checker found (`tests/faults/mutants.py`):", "",
        "| wrong | found |",
        "|---|---|",
        *(f"| {one['title']} | {', '.join(f'{kind} {count}' for kind, count in one['found'].items()) or 'nothing'} |" for one in mutants),
    ]  # fmt: skip
    (OUT / "faults.md").write_text("\n".join(lines) + "\n")
    say("\n".join(lines))


if __name__ == "__main__":
    sys.exit(main())
