"""What is done to each mutant, and what the checker must find then. One slot is wrong, the other stays healthy."""

from collections.abc import Callable
from typing import NamedTuple

from tests.faults.bed import SLOTS, until
from tests.faults.nemesis import PATIENCE_S, FreezeAtCommit, moved_on
from tests.faults.trial import Trial

WRONG, OTHER = SLOTS


class Mutation(NamedTuple):
    """``kind`` of violation that must be found after ``strike``."""

    title: str
    kind: str
    strike: Callable[[Trial], None]


def two_steps(trial: Trial, mutant: str) -> None:
    """The mutant dies between its two commits; a healthy worker goes on. Requests come until it does: on a busy machine the other slot has
    worked off whatever came before the mutant was up."""

    def died() -> bool:
        trial.post.send(trial.crowd.take(20))
        return trial.crew.has_left(WRONG)

    trial.crew.kill(WRONG, then=mutant)
    trial.crew.ask(WRONG, "die")
    until(f"{WRONG} dies between its commits", died, PATIENCE_S)  # whoever tends the crew would start it again
    trial.crew.await_death(WRONG, then="none")


def not_fenced(trial: Trial) -> None:
    """Frozen with work in hand that another has done meanwhile."""
    trial.crew.kill(WRONG, then="fencing")
    FreezeAtCommit(WRONG, fenced=False).strike(trial, trial.chance)


def plainly(trial: Trial, mutant: str) -> None:
    """No fault is needed, only work, and at the end a healthy successor. The mutant works alone: on a busy machine the other
    slot had everything done before the mutant was up, and there was nothing to be found."""
    trial.crew.stop(OTHER)
    trial.crew.kill(WRONG, then=mutant)
    trial.post.send(trial.crowd.take(300))
    moved_on(trial)
    trial.crew.kill(WRONG, then="none")
    trial.crew.start(OTHER, "none")


MUTATIONS = {
    "early": Mutation("positions committed before the outputs", "lost", lambda trial: two_steps(trial, "early")),
    "late": Mutation("outputs committed before the positions", "double", lambda trial: two_steps(trial, "late")),
    "dedupe": Mutation("a duplicate is decided again", "double", lambda trial: plainly(trial, "dedupe")),
    "fencing": Mutation("the transaction does not name its reader", "double", not_fenced),
    "forgetful": Mutation("the state is not written", "state", lambda trial: plainly(trial, "forgetful")),
    "reasonless": Mutation("refusals name no owner", "unexplained", lambda trial: plainly(trial, "reasonless")),
}
