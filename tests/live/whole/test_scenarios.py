"""Every scenario of every proof item on the running bus: real tables, real answerers, real agents, and the verdict that the file states."""

from collections.abc import Iterator

import pytest

from govbus.settings import Home
from local.cases import play, playable
from local.departments.fill import fill
from local.instance import Instance
from tests.live.bring_up import servers

pytestmark = pytest.mark.kafka
PEOPLE = 3_040


@pytest.fixture(scope="module")
def holders() -> Iterator[Instance]:
    """A bus of its own with every holder; the shared one has the three of the demo."""
    with servers(holders=True) as instance:
        fill(instance, PEOPLE)
        instance.start_programs()
        yield instance


def test_each_has_the_verdict_that_the_file_states(holders: Instance) -> None:
    asked = playable()
    outcomes = play(Home(holders.home), asked)
    odd = {each.scenario.id: (each.told or {}).get("outcome", "no verdict") for each in outcomes if not each.as_expected}
    assert odd == {}
    again = play(Home(holders.home), asked[:20])
    assert all(each.as_expected for each in again), "asked again, the same people have the same verdicts"
