"""The faults of the workers. Each is a small class; ``strike`` does it once (or for its stretch) while the trial's world goes on.

What is done to brokers, disks and lines: :mod:`tests.faults.outages`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Protocol

from govbus.errors import RetryLater
from tests.faults.bed import SLOTS, until
from tests.faults.crew import FENCED
from tests.faults.evidence import Positions
from tests.faults.trial import Trial
from topics import broker
from topics.access import Rule

FAILPOINTS = ("agent.before-commit", "agent.after-commit")
SESSION_S = 10.0  # seconds; agents.runtime.worker: a member that is silent for longer has lost its partitions
PATIENCE_S = 120.0  # how long the work may stand still behind a fault: a loaded machine restarts slowly, and that is no loss
QUARANTINE = Rule("", "write", "topic", "bus.quarantine")


class Fault(Protocol):
    """Something that happens to the system. ``chance`` is seeded."""

    @property
    def name(self) -> str: ...

    def strike(self, trial: Trial, chance: Random) -> None: ...


def tended(trial: Trial, seconds: float) -> None:
    """Let the world go on for ``seconds``; whoever leaves is started again."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        trial.crew.tend()
        time.sleep(0.05)


def meanwhile(trial: Trial, what: str, ready: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    """Wait until ``ready``; whoever leaves is started again. A broker that does not answer is not ready."""

    def look() -> bool:
        trial.crew.tend()
        try:
            return ready()
        except RetryLater:
            return False

    until(what, look, seconds)


def ends_now(trial: Trial) -> Positions:
    """Where each input ends, as soon as the broker says it."""
    said: list[Positions] = []
    meanwhile(trial, "the broker says where its topics end", lambda: not said.append(trial.witness.ends()))
    return said[0]


def moved_on(trial: Trial, seconds: float = PATIENCE_S) -> None:
    """Wait until all that is in the inputs now is worked off: there is somebody who works."""
    ends = ends_now(trial)
    meanwhile(trial, "the workers go on", lambda: trial.witness.reached(ends), seconds)


def halted(trial: Trial, slot: str) -> None:
    """Let ``slot`` freeze right before its next commit."""

    def frozen() -> bool:
        trial.post.send(trial.crowd.take(20))
        return trial.crew.is_frozen(slot)

    trial.crew.ask(slot, "halt")
    meanwhile(trial, f"{slot} halts", frozen)


@dataclass(frozen=True)
class KillAtRandom:
    """kill -9 of one worker at a random moment of its work."""

    name = "kill -9 at random"

    def strike(self, trial: Trial, chance: Random) -> None:
        moved_on(trial)
        tended(trial, chance.uniform(0.0, 1.5))
        trial.crew.kill(chance.choice(SLOTS))


@dataclass(frozen=True)
class KillAtFailpoint:
    """The worker dies at a named line right beside its commit."""

    point: str

    @property
    def name(self) -> str:
        return f"death at {self.point}"

    def strike(self, trial: Trial, chance: Random) -> None:
        slot = chance.choice(SLOTS)
        trial.crew.stop(slot, 9)
        trial.crew.start(slot, "", self.point)
        trial.crew.await_death(slot)


@dataclass(frozen=True)
class FreezeAtRandom:
    """SIGSTOP of a busy worker for longer than its session, then SIGCONT."""

    name = "freeze at random"

    def strike(self, trial: Trial, chance: Random) -> None:
        moved_on(trial)
        slot = chance.choice(SLOTS)
        trial.crew.freeze(slot)
        tended(trial, SESSION_S + chance.uniform(1.0, 4.0))
        trial.crew.thaw(slot)


@dataclass(frozen=True)
class FreezeAtCommit:
    """The worst moment: frozen with a finished group in hand, woken when another has done the same work.

    :param fenced: the worker must find itself so and leave; the mutant that is not fenced goes on
    """

    slot: str = SLOTS[0]
    fenced: bool = True
    name = "freeze right before the commit"

    def strike(self, trial: Trial, chance: Random) -> None:
        crew = trial.crew
        if not crew.can_halt(self.slot):
            crew.kill(self.slot, then="none")
        halted(trial, self.slot)
        moved_on(trial)
        crew.resume(self.slot)
        if self.fenced and (code := crew.await_death(self.slot)) != FENCED:
            msg = f"a worker that had lost its partitions left with {code}, not {FENCED}"
            raise AssertionError(msg)


@dataclass(frozen=True)
class Storm:
    """Members come and go: every few seconds one is stopped, politely or not, and started again a moment later."""

    seconds: float
    name = "rebalance storm"

    def strike(self, trial: Trial, chance: Random) -> None:
        deadline = time.monotonic() + self.seconds
        while time.monotonic() < deadline:
            slot = chance.choice(SLOTS)
            trial.crew.stop(slot, chance.choice((9, 15)))
            tended(trial, chance.uniform(0.5, 4.0))
            trial.crew.start(slot)
            tended(trial, chance.uniform(2.0, 5.0))


@dataclass(frozen=True)
class QuarantineRefused:
    """The right to write the quarantine is gone: bad records must stop the line and must not be skipped."""

    name = "quarantine refused"

    def strike(self, trial: Trial, chance: Random) -> None:
        rules = [QUARANTINE._replace(principal=slot) for slot in SLOTS]
        with broker.admin(trial.bed.home) as admin:
            trial.history.fault("forbid", QUARANTINE.name)
            admin.forbid(rules)
            until("the rights are gone", lambda: not admin.rules() & set(rules))
            before = len(trial.crew.left)

            meanwhile(trial, "a worker gives up", lambda: any(code == FENCED for _, code in trial.crew.left[before:]))
            trial.history.fault("allow", QUARANTINE.name)
            admin.allow(rules)
