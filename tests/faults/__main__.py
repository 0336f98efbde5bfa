"""``python -m tests.faults --kills 50 --freezes 20 --storm 600 --seed N``: the long run; figures in docs/benchmarks/faults.md and .json."""

import argparse
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from local.talk import say
from tests.faults.bed import SLOTS, Bed, Kind, opened
from tests.faults.beds import LinkedBed, SmallBed
from tests.faults.cluster import Cluster
from tests.faults.mutations import MUTATIONS, plainly
from tests.faults.nemesis import (
    FAILPOINTS,
    Fault,
    FreezeAtCommit,
    FreezeAtRandom,
    KillAtFailpoint,
    KillAtRandom,
    QuarantineRefused,
    Storm,
)
from tests.faults.outages import LINES, BadLine, BrokerKill, DiskFull, LeaderKill
from tests.faults.report import write
from tests.faults.trial import Outcome, Trial, told

Row = tuple[str, Fault, int]  # title, fault, strikes: one line of the table


def main() -> int:
    """Run, print, write; 1 when anything was found."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that brokers and workers are ended too
    asked, outcomes, mutants, whole = _asked(), list[Outcome](), list[dict[str, Any]](), False
    try:
        _strikes(asked, outcomes)
        mutants += [_mutant(name, asked) for name in MUTATIONS] if asked.mutants else []
        whole = True
    finally:  # a run that is ended half way tells what it has
        if outcomes:
            write(asked, outcomes, mutants, whole)
    return 0 if all(one.clean for one in outcomes) and all(one["red"] for one in mutants) else 1


def _strikes(asked: argparse.Namespace, outcomes: list[Outcome]) -> None:
    """The beds that need little time come first."""
    if asked.disk:
        with _world(SmallBed, asked) as (small, trial):
            _run(trial, [("the broker's disk is full", DiskFull(small), asked.disk)], outcomes)
    if asked.line:
        with _world(LinkedBed, asked) as (linked, trial):
            _run(trial, [(f"a worker's line is {how}", BadLine(linked, how), asked.line) for how in LINES], outcomes)
    if asked.leader:
        with _world(Cluster, asked) as (cluster, trial):
            _run(trial, [("three brokers: kill -9 of a leader", LeaderKill(cluster), asked.leader)], outcomes)
    if rows := [row for row in _plan(asked) if row[2]]:
        with _world(Bed, asked) as (_, trial):
            _run(trial, rows, outcomes)


def _asked() -> argparse.Namespace:
    words = argparse.ArgumentParser(prog="python -m tests.faults")
    words.add_argument("--kills", type=int, default=50, help="kill -9 of a worker, a third of them right beside a commit")
    words.add_argument("--freezes", type=int, default=20, help="SIGSTOP of a worker for longer than its session, half of them at a commit")
    words.add_argument("--storm", type=float, default=600, help="seconds of members coming and going")
    words.add_argument("--broker", type=int, default=5, help="kill -9 of the broker")
    words.add_argument("--quarantine", type=int, default=2, help="times the right to write the quarantine is taken away for a while")
    words.add_argument(
        "--disk", type=int, default=3, help="times the broker's disk is full for a while; root only, for it mounts a small disk"
    )
    words.add_argument("--line", type=int, default=3, help="times the line of a worker is slow, then deaf, then cut")
    words.add_argument("--leader", type=int, default=5, help="three brokers: kill -9 of the leader of a busy partition")
    words.add_argument("--mutants", type=int, default=1, help="1: then show that each mutant of the worker is found; 0: leave it")
    words.add_argument("--rate", type=float, default=150, help="requests a second meanwhile")
    words.add_argument("--seed", type=int, default=20261124)
    words.add_argument("--page", default="faults", help="name of the page below docs/benchmarks")
    return words.parse_args()


def _plan(asked: argparse.Namespace) -> Iterator[Row]:
    """What is done on the plain bed."""
    third = asked.kills // 3
    yield "kill -9 of a worker at a random moment", KillAtRandom(), asked.kills - 2 * (third // 2)
    for point in FAILPOINTS:
        yield f"worker dies at {point}", KillAtFailpoint(point), third // 2
    yield f"rebalance storm, {asked.storm:.0f} s", Storm(asked.storm), 1 if asked.storm else 0
    yield "kill -9 of the broker", BrokerKill(), asked.broker
    yield "no right to write the quarantine", QuarantineRefused(), asked.quarantine
    yield "worker frozen at a random moment, 11 to 14 s", FreezeAtRandom(), asked.freezes - asked.freezes // 2
    yield "worker frozen right before its commit", FreezeAtCommit(), asked.freezes // 2


@contextmanager
def _world(kind: Callable[[Path], Kind], asked: argparse.Namespace, mutant: str = "") -> Iterator[tuple[Kind, Trial]]:
    """A bed of this kind with workers, askers and holders at work."""
    with opened(kind) as bed:
        trial = Trial(bed, asked.seed, asked.rate)
        try:
            with trial.world(dict.fromkeys(SLOTS, mutant)):
                yield bed, trial
        except Exception:
            say(f"kept for you: {_keep(bed.folder)}")  # the bed's folder goes, and with it what could explain this
            raise


def _run(trial: Trial, rows: Iterable[Row], outcomes: list[Outcome]) -> None:
    before = len(outcomes)
    for row in rows:
        outcomes.append(_stage(trial, *row))
    if not all(one.clean for one in outcomes[before:]):
        say(f"kept for you: {_keep(trial.bed.folder)}")


def _stage(trial: Trial, title: str, fault: Fault, strikes: int) -> Outcome:
    def strike() -> None:
        for _ in range(strikes):
            fault.strike(trial, trial.chance)

    outcome, found = trial.stage(title, strikes, strike)
    say(f"{outcome}\n{told(found)}" if found else str(outcome))
    return outcome


def _mutant(name: str, asked: argparse.Namespace) -> dict[str, Any]:
    """On a bed of its own, and after the same work by a healthy worker: whatever is found then is this mutant's."""
    mutation = MUTATIONS[name]
    with _world(Bed, asked, "none") as (bed, trial):
        control, _ = trial.stage("healthy", 1, partial(plainly, trial, "none"), ask=False)
        _, seen = trial.stage(name, 1, partial(mutation.strike, trial), ask=False)
        kinds = Counter(one.kind for one in seen)
        red = control.clean and mutation.kind in kinds
        say(f"mutant {name}: {dict(kinds)}" if red else f"mutant {name} is not found: {told(seen)}\nkept for you: {_keep(bed.folder)}")
    return {"mutant": name, "title": mutation.title, "expected": mutation.kind, "red": red, "found": dict(kinds)}


def _keep(folder: Path) -> Path:
    """The history and the workers' logs of a run in which something was found."""
    kept = Path(tempfile.mkdtemp(prefix="govbus-faults-"))
    shutil.copytree(folder / "logs", kept / "logs")
    shutil.copy(folder / "history.jsonl", kept)
    return kept


if __name__ == "__main__":
    sys.exit(main())
