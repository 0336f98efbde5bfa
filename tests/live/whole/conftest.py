"""A bus of its own for the tests of the whole: what they count must come from nobody else."""

from collections.abc import Iterator

import pytest

from govbus.settings import Home
from local.departments.fill import fill
from local.instance import Instance
from local.landed import wait_landed
from tests.live.bring_up import servers

PEOPLE = 4_000


@pytest.fixture(scope="package")
def county() -> Iterator[Instance]:
    """Everything that ``make up`` starts, with a small population."""
    with servers() as instance:
        fill(instance, PEOPLE)
        instance.start_programs()
        wait_landed(Home(instance.home))
        yield instance
