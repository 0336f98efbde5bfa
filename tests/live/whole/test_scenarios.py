"""Every scenario of every proof item on the running bus: real tables, real answerers, real agents, and the verdict that the file states."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from govbus.settings import Home
from local.cases import Outcome, lines, play, playable
from local.departments.fill import fill
from local.departments.scenario_nights import NIGHTS
from local.instance import Instance
from tests.faults.check import check
from tests.faults.evidence import Witness
from tests.faults.history import History
from tests.live.bring_up import servers
from tests.live.runtime.test_worker import until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(900)]  # a bus with every holder's server, and 580 requests through it
PEOPLE = 3_040


@pytest.fixture(scope="module")
def holders() -> Iterator[Instance]:
    """A bus of its own with every holder; the shared one has the three of the demo."""
    with servers(holders=True) as instance:
        fill(instance, PEOPLE)
        instance.start_programs()
        yield instance


@pytest.fixture(scope="module")
def played(holders: Instance) -> list[Outcome]:
    """Every scenario once."""
    return play(Home(holders.home), playable())


def test_each_has_the_verdict_that_the_file_states(played: list[Outcome]) -> None:
    assert {each.scenario.id: (each.told or {}).get("outcome", "no verdict") for each in played if not each.as_expected} == {}


@pytest.mark.usefixtures("played")
def test_the_lines_that_the_file_says_go_back_to_the_federation(holders: Instance) -> None:
    done = Home(holders.home).site.drops["disabled-federation"] / "done"
    expected = [(row["残疾人证号"], row["refused"]) for row in lines("disabled-federation") if "refused" in row]
    assert sorted(each for night in NIGHTS for each in _gone_back(done / f"disability-{night}.csv.refused.csv")) == sorted(expected)


def _gone_back(path: Path) -> list[tuple[str, str]]:
    """Card number and reason of each line that was refused; a night without any has no such file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [(row["残疾人证号"], row["原因 reason"]) for row in csv.DictReader(file)]


def test_asked_again_the_same_people_have_the_same_verdicts(holders: Instance, played: list[Outcome]) -> None:
    assert all(each.as_expected for each in play(Home(holders.home), [each.scenario for each in played[:20]]))


def test_the_log_worked_again_gives_the_same_bytes(holders: Instance, played: list[Outcome], tmp_path: Path) -> None:
    """Verdicts, questions, standings and books of a replay without a broker; see :mod:`tests.faults.check` for what is compared."""
    witness = Witness(Home(holders.home))
    until("everything is worked off", lambda: witness.reached(witness.ends()))  # reviews stay open for days
    facts = witness.facts(History(tmp_path / "nobody-else-sent"))
    facts.attempted = set(facts.inputs.values())
    assert check(facts) == []
    assert len({effect.slot for effect in facts.found if ".verdict" in effect.slot}) >= len(played)
