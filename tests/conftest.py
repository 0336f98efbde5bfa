"""Hypothesis on a shared machine, and which tests run beside which.

An example may take as long as it takes; what is checked is what it finds. ``make test`` runs two tests at a time: those that share a bus
stand in one line, in their own order.
"""

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

LINES = ("live/whole", "faults", "live/whole/test_scenarios", "live/adapters", "live/whole/test_round", "live/items", "live")
"""In the order in which they begin: two that start many programs never at once. A test is of the longest line that its path begins with."""


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test to its line; a file of unit tests is one by itself."""
    places = {item: item.nodeid.removeprefix("tests/").partition("::")[0] for item in items}
    fitting = {item: [line for line in LINES if place.startswith(line)] for item, place in places.items()}
    lines = {item: max(found, key=len, default=places[item]) for item, found in fitting.items()}
    for item, line in lines.items():
        item.add_marker(pytest.mark.xdist_group(line))
    items.sort(key=lambda item: LINES.index(lines[item]) if lines[item] in LINES else len(LINES))
