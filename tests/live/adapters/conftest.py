"""A bus of its own for the tests of the doors: they put records on its topics that nobody else's test may find there."""

from collections.abc import Iterator

import pytest

from local.instance import Instance
from tests.live.bring_up import servers


@pytest.fixture(scope="package")
def bus() -> Iterator[Instance]:
    """None of our programs running; gone before the shared one is wanted."""
    with servers() as instance:
        yield instance
