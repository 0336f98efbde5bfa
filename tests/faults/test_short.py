"""The short run of ``make test``: each kind of fault once, then the mutants that must turn the checker red, all on one bed.

In this order: what a mutant spoils stays spoilt, and is known to the trial afterwards.
"""

from collections.abc import Callable, Iterator

import pytest

from tests.faults.bed import SLOTS, Bed, opened, until
from tests.faults.mutations import MUTATIONS
from tests.faults.nemesis import FAILPOINTS, FreezeAtCommit
from tests.faults.trial import Trial, told

pytestmark = [pytest.mark.kafka, pytest.mark.faults]
SEED, RATE = 20261124, 80
FIRST, SECOND = SLOTS


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    """Both workers have died once right beside their first commit when this begins."""
    with opened(Bed) as bed:
        made = Trial(bed, SEED, RATE)
        with made.world(dict.fromkeys(SLOTS, "none"), dict(zip(SLOTS, FAILPOINTS, strict=True))):
            with made.asking():  # of the feed alone one of them may have done all, before the other had its partitions
                tended_until(made, lambda: len(made.crew.left) >= len(SLOTS))
            made.rest()
            yield made


def tended_until(trial: Trial, true: Callable[[], bool]) -> None:
    """Go on as a supervisor does until ``true``."""

    def look() -> bool:
        trial.crew.tend()
        return true()

    until("both died where they were told to", look)


def test_deaths_beside_the_commit_a_freeze_and_a_kill_leave_no_trace(trial: Trial) -> None:
    assert sorted(trial.crew.left) == [(FIRST, 137), (SECOND, 137)], "both died where they were told to"

    def strike() -> None:
        FreezeAtCommit(FIRST).strike(trial, trial.chance)
        trial.crew.kill(SECOND)  # the only one at work, with the other's partitions too

    outcome, found = trial.stage("deaths, a freeze and a kill", 4, strike)
    assert not found, told(found)
    assert outcome.records > 500


@pytest.mark.parametrize("mutant", ["early", "dedupe", "fencing"])  # python -m tests.faults runs all
def test_a_mutant_is_found(trial: Trial, mutant: str) -> None:
    mutation = MUTATIONS[mutant]
    trial.crowd.forget()
    _, found = trial.stage(mutant, 1, lambda: mutation.strike(trial), ask=False)
    assert mutation.kind in {one.kind for one in found}, told(found)
