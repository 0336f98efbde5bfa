"""Hypothesis on a shared machine, and which tests run beside which.

An example may take as long as it takes; what is checked is what it finds. ``make test`` runs two tests at a time: those that share a bus
stand in one line, in their own order; the lines that take longest begin first.
"""

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

LINES = ("live/whole/test_scenarios", "live/whole", "faults", "live/adapters", "live/items", "live")
"""Longest first; a line is all tests below that path that no line before has. Each has servers of its own, which one process starts."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test to its line; a file of unit tests is one by itself."""
    places = {item: item.nodeid.removeprefix("tests/").partition("::")[0] for item in items}
    lines = {item: next((line for line in LINES if place.startswith(line)), place) for item, place in places.items()}
    for item, line in lines.items():
        item.add_marker(pytest.mark.xdist_group(line))
    items.sort(key=lambda item: LINES.index(lines[item]) if lines[item] in LINES else len(LINES))
