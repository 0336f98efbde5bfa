"""A complete bus for one test, package or session: on free ports, in a folder that names its owner, gone at the end whatever happened."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from govbus.settings import Home
from local import programs, site_plan
from local.instance import PROJECT, Instance
from topics.apply import apply

PREFIX = "govbus-test-"


@contextmanager
def servers(*, holders: bool = False, ids: tuple[str, ...] | None = None, workers: int = 1) -> Iterator[Instance]:
    """Servers, topics, rights and schemas; our programs are declared and none is running.

    :param holders: every holder of the proof items, instead of the three of the demo
    :param ids: of the adapters; default: all of the demo's
    """
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-") as folder:
        home = Path(folder) / "home"
        instance = Instance(home, site_plan.free_ports(), programs.ours(home, PROJECT, ids or programs.adapters(holders=holders), workers))
        try:
            instance.start_servers()
            apply(Home(home))
            yield instance
        finally:
            instance.stop(purge=True)
