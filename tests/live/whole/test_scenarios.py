"""Every scenario of every proof item on the running bus: real tables, real answerers, real agents, and the verdict that the file states."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from govbus.settings import Home
from local.cases import Outcome, play, playable
from local.departments.fill import fill
from local.instance import Instance
from tests.faults.check import check
from tests.faults.evidence import Witness
from tests.faults.history import History
from tests.live.bring_up import servers
from tests.live.runtime.test_worker import until

pytestmark = pytest.mark.kafka
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


def test_asked_again_the_same_people_have_the_same_verdicts(holders: Instance, played: list[Outcome]) -> None:
    assert all(each.as_expected for each in play(Home(holders.home), [each.scenario for each in played[:20]]))


def test_the_log_worked_again_gives_the_same_bytes(holders: Instance, played: list[Outcome], tmp_path: Path) -> None:
    """Verdicts, questions, standings and books of a replay without a broker; see :mod:`tests.faults.check` for what is compared."""
    witness = Witness(Home(holders.home))
    until("everything is worked off", witness.at_rest)
    facts = witness.facts(History(tmp_path / "nobody-else-sent"))
    facts.attempted = set(facts.inputs.values())
    assert check(facts) == []
    assert len({effect.slot for effect in facts.found if ".verdict" in effect.slot}) >= len(played)
