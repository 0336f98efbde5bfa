"""The short run of ``make test``: each kind of fault once, and the mutants that must turn the checker red."""

from collections.abc import Iterator

import pytest

from tests.faults.bed import SLOTS, Bed, opened
from tests.faults.nemesis import FAILPOINTS, FreezeAtCommit, KillAtRandom
from tests.faults.trial import Trial, told

pytestmark = [pytest.mark.kafka, pytest.mark.faults]
SEED, RATE = 20261124, 200


@pytest.fixture
def bed() -> Iterator[Bed]:
    with opened() as made:
        yield made


def test_deaths_beside_the_commit_a_freeze_and_a_kill_leave_no_trace(bed: Bed) -> None:
    trial = Trial(bed, SEED, RATE)
    with trial.world(dict.fromkeys(SLOTS, "none"), dict(zip(SLOTS, FAILPOINTS, strict=True))):
        assert {code for _, code in trial.crew.left} == {137}, "both died where they were told to"

        def strike() -> None:
            FreezeAtCommit(SLOTS[0]).strike(trial, trial.chance)
            KillAtRandom((SLOTS[1],)).strike(trial, trial.chance)

        outcome, found = trial.stage("all", 4, strike)
        assert not found, told(found)
        assert outcome.records > 500


def test_each_mutant_is_found(bed: Bed) -> None:
    trial = Trial(bed, SEED, RATE)
    with trial.world({SLOTS[0]: "early"}):

        def die() -> None:
            trial.crew.ask(SLOTS[0], "die")
            trial.post.send(trial.crowd.take(100))
            trial.crew.await_death(SLOTS[0], then="dedupe")

        assert trial.stage("early", 1, die, ask=False)[0].lost
        assert trial.stage("dedupe", 1, lambda: trial.post.send(trial.crowd.take(300)), ask=False)[0].double

        def freeze() -> None:
            trial.crew.kill(SLOTS[0], then="fencing")
            trial.crew.start(SLOTS[1], "none")
            FreezeAtCommit(SLOTS[0], fenced=False).strike(trial, trial.chance)

        assert trial.stage("fencing", 1, freeze, ask=False)[0].double
