"""Hypothesis on a shared machine: an example may take as long as it takes; what is checked is what it finds. And the order of the tests."""

import pytest
from hypothesis import HealthCheck, settings

from govbus.project import refuse_stale
from local.instance import PROJECT

refuse_stale(PROJECT)  # a compiled module that is older than its source would be tested in its place
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

_BUSES = ("bus", "city", "county", "office")
_RANKS = {"function": 1, "module": 1, "package": 2, "session": 3}


def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Modules without a bus first, then those with one of their own, those that share a package's, and those of the session's.

    A bus lives until the last test of its scope: in alphabetical order four of them stood beside each other, on two cores.
    """
    ranks: dict[str, int] = {}
    for item in items:
        module = item.nodeid.partition("::")[0]
        least = 0 if "/unit/" in module else 1  # the quick ones first
        ranks[module] = max(ranks.get(module, 0), least, *(_rank(session, item, name) for name in _BUSES))
    items.sort(key=lambda item: ranks[item.nodeid.partition("::")[0]])


def _rank(session: pytest.Session, item: pytest.Item, name: str) -> int:
    if name not in getattr(item, "fixturenames", ()):
        return 0
    found = session._fixturemanager.getfixturedefs(name, item)
    return _RANKS[found[-1].scope] if found else 0
