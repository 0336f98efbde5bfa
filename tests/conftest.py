"""Hypothesis on a shared machine, and which tests run beside which.

An example may take as long as it takes; what is checked is what it finds. ``make test`` runs two tests at a time: those that share a bus
stand in one line, in their own order.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

LINES = ("live/whole", "faults", "live/whole/test_scenarios", "live/adapters", "live/whole/test_round", "live/items", "live")
"""In the order in which they begin: two that start many programs never at once. A test is of the longest line that its path begins with."""


def line(nodeid: str) -> str:
    """A test's line; a file of unit tests is one by itself."""
    place = nodeid.removeprefix("tests/").partition("::")[0]
    return max((each for each in LINES if place.startswith(each)), key=len, default=place)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The lines one behind the other."""
    items.sort(key=lambda item: LINES.index(line(item.nodeid)) if line(item.nodeid) in LINES else len(LINES))


class Lines(LoadScopeScheduling):
    """One process takes a line as a whole. xdist's own groups by a mark do nothing under pytest 9: it writes them into a name that pytest
    no longer reads."""

    def _split_scope(self, nodeid: str) -> str:
        return line(nodeid)


def pytest_xdist_make_scheduler(config: Any, log: Any) -> Lines:
    """xdist asks for it, where tests run beside each other."""
    return Lines(config, log)
