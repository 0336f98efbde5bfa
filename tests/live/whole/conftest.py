"""A bus of its own for the tests of the whole: what they count must come from nobody else."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from govbus.settings import Home
from local import programs, site_plan
from local.demo import wait_landed
from local.departments.fill import fill
from local.instance import PROJECT, Instance
from topics.apply import apply

PEOPLE = 4_000


@pytest.fixture(scope="package")
def county() -> Iterator[Instance]:
    """Everything that ``make up`` starts, on free ports, with a small population."""
    with tempfile.TemporaryDirectory(prefix=f"govbus-test-{os.getpid()}-") as folder:
        home = Path(folder) / "home"
        instance = Instance(home, site_plan.free_ports(), programs.ours(home, PROJECT, programs.adapters()))
        try:
            instance.start_servers()
            apply(Home(home))
            fill(instance, PEOPLE)
            instance.start_programs()
            wait_landed(Home(home))
            yield instance
        finally:
            instance.stop(purge=True)
