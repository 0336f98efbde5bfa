"""A bus of its own for the tests of the doors: they put records on its topics that nobody else's test may find there."""

from collections.abc import Iterator

import pytest

from local.departments.fill import fill
from local.instance import Instance
from tests.live.adapters.world import Desk
from tests.live.bring_up import servers

PEOPLE = 3_040


@pytest.fixture(scope="package")
def bus() -> Iterator[Instance]:
    """None of our programs running; gone before the shared one is wanted."""
    with servers() as instance:
        yield instance


@pytest.fixture
def desk(bus: Instance) -> Iterator[Desk]:
    """A department's desk on that bus, its departments filled."""
    fill(bus, PEOPLE)
    desk = Desk(bus)
    yield desk
    desk.close()
