"""Whose data an account may look at by itself: a department's own auditor (内审) its department's; four eyes for another's.

An account that ``site.yaml`` does not list audits the county (审计局). What a look shows is masked all the same.
"""

from collections.abc import Collection

from audit import access, approval
from govbus.settings import Home
from topics.load import load

ACTION = "foreign"


def allowed(home: Home, look: str, approved: str, departments: Collection[str] = ()) -> None:
    """Go on only where the look stays in the account's own department, or another account has approved it.

    :param look: what is done with what, e.g. ``trace 3f2a``: what an approval is for
    :param approved: id of the approved request, if there is one
    :param departments: whose data is looked at; none: every department's
    :raises SetupError: it does not, and none has; the message says how to get one
    """
    own = home.site.auditors.get(access.officer())
    if own is not None and (not departments or set(departments) != {own}):
        approval.require(home, approved, ACTION, look)


def owner_of(topic: str) -> str:
    """The department that answers for a topic; empty where there is no such topic."""
    found = load().topics.get(topic)
    return found.meta.owner if found else ""
