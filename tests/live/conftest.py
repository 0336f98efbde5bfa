"""Fixtures of the live tests: one complete instance on free ports, shared by a session, gone at its end whatever happened."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from govbus.settings import Home
from local import site_plan
from local.instance import Instance
from topics.apply import apply


@pytest.fixture(scope="session")
def bus() -> Iterator[Instance]:
    """Kafka, four PostgreSQL servers and the registry, secured, with topics, rights and schemas applied; no programs run."""
    with tempfile.TemporaryDirectory(prefix="govbus-test-") as folder:
        instance = Instance(Path(folder) / "home", site_plan.free_ports())
        try:
            instance.start_servers()
            apply(Home(instance.home))
            yield instance
        finally:
            instance.stop(purge=True)
