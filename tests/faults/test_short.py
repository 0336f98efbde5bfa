"""The short run of ``make test``: each kind of fault once, then the mutants that must turn the checker red, all on one bed.

In this order: what a mutant spoils stays spoilt, and is known to the trial afterwards.
"""

from collections.abc import Iterator

import pytest

from tests.faults.bed import SLOTS, opened
from tests.faults.nemesis import FAILPOINTS, FreezeAtCommit
from tests.faults.trial import Trial, told

pytestmark = [pytest.mark.kafka, pytest.mark.faults]
SEED, RATE = 20261124, 80
FIRST, SECOND = SLOTS


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    """Both workers have died once right beside their first commit when this begins."""
    with opened() as bed:
        made = Trial(bed, SEED, RATE)
        with made.world(dict.fromkeys(SLOTS, "none"), dict(zip(SLOTS, FAILPOINTS, strict=True))):
            yield made


def test_deaths_beside_the_commit_a_freeze_and_a_kill_leave_no_trace(trial: Trial) -> None:
    assert sorted(trial.crew.left) == [(FIRST, 137), (SECOND, 137)], "both died where they were told to"

    def strike() -> None:
        FreezeAtCommit(FIRST).strike(trial, trial.chance)
        trial.crew.kill(SECOND)  # the only one at work, with the other's partitions too

    outcome, found = trial.stage("deaths, a freeze and a kill", 4, strike)
    assert not found, told(found)
    assert outcome.records > 500


def test_positions_that_are_committed_before_the_outputs_are_found(trial: Trial) -> None:
    def strike() -> None:
        trial.crew.kill(FIRST, then="early")
        trial.crew.ask(FIRST, "die")
        trial.post.send(trial.crowd.take(100))
        trial.crew.await_death(FIRST, then="dedupe")

    assert trial.stage("early", 1, strike, ask=False)[0].lost


def test_a_worker_that_does_not_know_a_duplicate_is_found(trial: Trial) -> None:
    assert trial.stage("dedupe", 1, lambda: trial.post.send(trial.crowd.take(300)), ask=False)[0].double


def test_a_worker_that_is_not_fenced_is_found(trial: Trial) -> None:
    def strike() -> None:
        trial.crew.kill(FIRST, then="fencing")
        FreezeAtCommit(FIRST, fenced=False).strike(trial, trial.chance)

    assert trial.stage("fencing", 1, strike, ask=False)[0].double
