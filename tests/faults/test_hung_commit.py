"""A commit that does not end, because the line to the broker is dead and nobody says so: the process must leave, the next one goes on."""

import time

import pytest

from tests.faults.bed import SLOTS, opened
from tests.faults.beds import LinkedBed
from tests.faults.crew import FENCED
from tests.faults.mutants import IMPATIENT_S
from tests.faults.nemesis import halted
from tests.faults.trial import Trial, told

pytestmark = [pytest.mark.kafka, pytest.mark.faults]
SLOT = SLOTS[0]
LEAVES_S = IMPATIENT_S + 6  # well below the half minute after which librdkafka says something


def test_a_worker_whose_commit_hangs_leaves_with_70_and_the_next_one_does_its_work_once() -> None:
    with opened(LinkedBed) as bed:
        trial = Trial(bed, seed=20261125, rate=0)

        def strike() -> None:
            halted(trial, SLOT)
            trial.crew.resume(SLOT)
            assert not trial.crew.left, "one whose commit ends in time stays"
            halted(trial, SLOT)
            bed.links[SLOT].hold()
            begun = time.monotonic()
            trial.crew.thaw(SLOT)
            assert trial.crew.await_death(SLOT, seconds=LEAVES_S) == FENCED
            assert time.monotonic() - begun > IMPATIENT_S / 2, "it was the patience that ended"
            bed.links[SLOT].mend()

        with trial.world({SLOT: "impatient"}):
            outcome, found = trial.stage("a commit that hangs", 1, strike, ask=False)
            assert not found, told(found)
            assert outcome.effects
            assert "a transaction does not end" in (bed.folder / "logs" / f"{SLOT}.log").read_text()
