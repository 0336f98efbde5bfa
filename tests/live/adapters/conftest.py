"""A bus of its own for the tests of the doors: they put records on its topics that nobody else's test may find there."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from govbus.settings import Home
from local import programs, site_plan
from local.instance import PROJECT, Instance
from topics.apply import apply


@pytest.fixture(scope="package")
def bus() -> Iterator[Instance]:
    """Servers, topics, rights and schemas on free ports, none of our programs running; gone before the shared one is wanted."""
    with tempfile.TemporaryDirectory(prefix=f"govbus-test-{os.getpid()}-") as folder:
        home = Path(folder) / "home"
        instance = Instance(home, site_plan.free_ports(), programs.ours(home, PROJECT, programs.adapters()))
        try:
            instance.start_servers()
            apply(Home(home))
            yield instance
        finally:
            instance.stop(purge=True)
