"""kill -9 of the agent, of each adapter and of the broker, at random moments, while 5,000 requests run: nothing lost, no effect twice."""

import os
import random
import signal
import threading
import time

import pytest

from local.departments.claims import Claim, plan
from local.instance import Instance
from local.window import next_number, write
from monitoring import standing
from tests.live.whole.onlooker import Onlooker

pytestmark = [pytest.mark.kafka, pytest.mark.faults, pytest.mark.timeout(600)]
REQUESTS, ROUNDS, A_SECOND, SEED = 5_000, 20, 110, 20261124
VICTIMS = ("worker-1", "housing.requests", "housing.verdicts", "civil-affairs.answers", "public-security.answers", "kafka",
           "disabled-federation.disability")  # fmt: skip


def test_kill_9_of_everything_at_random_moments(county: Instance) -> None:
    onlooker = Onlooker(county)
    onlooker.write_history()
    claims = [one for one in plan(REQUESTS + 400, next_number(onlooker.housing)) if one.outcome != "timeout"][:REQUESTS]
    sender = threading.Thread(target=_send, args=(county, claims))
    sender.start()
    killed = _kill(county, random.Random(SEED))  # noqa: S311  # repeatable moments, not a secret
    sender.join()
    _until_quiet(onlooker)
    assert len(killed) == ROUNDS
    assert set(killed) == set(VICTIMS)
    verdicts = onlooker.verdicts()
    assert len(verdicts) == REQUESTS, "lost"
    assert set(onlooker.effects().values()) == {1}, "an effect twice"
    assert set(onlooker.on_topic("housing.verdict", "gov_data.ProofVerdict").values()) == {1}, "the agent decided twice"
    truth = onlooker.truth()
    wrong = {claim: told for claim, told in verdicts.items() if told != truth[claim] and told[0] != "timeout"}
    assert wrong == {}
    answered = onlooker.answered_ms()
    robbed = [name for name, due_ms in onlooker.timed_out().items() if answered.get(name, due_ms + 1) < due_ms]
    assert robbed == [], "an answer that was in the log in time lost against a timer"
    ledger = standing.ledger(onlooker.home)
    assert [book["difference"] for book in ledger] == [0] * len(ledger)
    assert sum(book["in_flight"] for book in ledger) == 0
    onlooker.close()


def _send(county: Instance, claims: list[Claim]) -> None:
    onlooker, begun = Onlooker(county), time.monotonic()
    for start in range(0, len(claims), 10):
        write(onlooker.housing, claims[start : start + 10])
        time.sleep(max(0.0, begun + start / A_SECOND - time.monotonic()))
    onlooker.close()


def _kill(county: Instance, chance: random.Random) -> list[str]:
    """Everyone once, then whom chance picks; a victim that is not up yet is waited for, so that every round kills somebody."""
    order = [*VICTIMS, *chance.choices(VICTIMS, k=ROUNDS - len(VICTIMS))]
    chance.shuffle(order)
    for name in order:
        time.sleep(chance.uniform(0.8, 2.2))  # the random moment
        deadline = time.monotonic() + 60
        while not (pid := county.supervisor.pid(name)):
            assert time.monotonic() < deadline, f"{name} does not come back"
            time.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
    return order


def _until_quiet(onlooker: Onlooker) -> None:
    deadline = time.monotonic() + 180
    while onlooker.open_claims():
        assert time.monotonic() < deadline, f"{onlooker.open_claims()} claims have no verdict"
        time.sleep(0.5)
    # The last commits and ledgers are told a moment after the last row.
    while any(book["in_flight"] or book["difference"] for book in standing.ledger(onlooker.home)) and time.monotonic() < deadline:
        time.sleep(0.2)
