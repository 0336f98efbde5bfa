"""A commit that fails while Faust takes partitions away: nobody waits for it then, and Faust waits for its batches, which never end.

Found by the long run: a worker that was frozen in the middle of a rebalance stood still for good, and the whole group with it.
"""

import pytest

from tests.faults.bed import SLOTS, Bed, opened, until
from tests.faults.crew import FENCED
from tests.faults.trial import Trial, told

pytestmark = [pytest.mark.kafka, pytest.mark.faults]
FIRST, SECOND = SLOTS
LEAVES_S = 15.0  # a rebalance begins with the second's heartbeat, and the look is taken once a second


def test_a_worker_whose_commit_fails_during_a_rebalance_leaves_with_70_and_its_work_is_done_once() -> None:
    with opened(Bed) as bed:
        trial = Trial(bed, seed=20261129, rate=0)

        def strike() -> None:
            trial.crew.ask(FIRST, "fail")
            trial.post.send(trial.crowd.take(1))  # of more, the rest would wait for this one's commit, and hear of it
            until("the commit is held", lambda: trial.crew.holds(FIRST), 30)
            trial.crew.start(SECOND)
            assert trial.crew.await_death(FIRST, seconds=LEAVES_S) == FENCED

        with trial.world({FIRST: "unheard"}):
            outcome, found = trial.stage("a failure that nobody waits for", 1, strike, ask=False)
            assert not found, told(found)
            assert outcome.effects
            assert "a transaction has failed (this commit was told to fail)" in (bed.folder / "logs" / f"{FIRST}.log").read_text()
