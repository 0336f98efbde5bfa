"""When nightly files have landed: out of the drop folder, on the bus, and in the agents' state."""

import time
from collections.abc import Sequence

from govbus.errors import RetryLater
from govbus.settings import Home
from local.departments.disabled_federation import NIGHTS
from topics import broker

_PATIENCE_S = 90.0
_FEED = "disabled-federation.disability"
_AGENTS = "bus-verify"


def wait_landed(home: Home, nights: Sequence[str] = NIGHTS) -> None:
    """Until the files of these nights, YYYYMMDD, are on the bus and in the agents' state.

    :raises RetryLater: they do not land; the message says where to look
    """
    deadline = time.monotonic() + _PATIENCE_S
    while not _landed(home, nights):
        if time.monotonic() > deadline:
            msg = "the nightly files of disabled-federation have not landed: see govbus status and govbus doctor"
            raise RetryLater(msg)
        time.sleep(0.3)


def _landed(home: Home, nights: Sequence[str]) -> bool:
    """The files are in ``done/``, none waits to be taken again, and the agents have read all that came of them."""
    drop = home.site.drops["disabled-federation"]
    if any(drop.glob("*.csv.ok")) or not all(any((drop / "done").glob(f"*{night}.csv")) for night in nights):
        return False
    return worked_off(home)


def worked_off(home: Home) -> bool:
    """Whether the agents have read all that has come of the files: a check that is read before its card finds no record."""
    with broker.admin(home, "monitor") as admin:
        behind = [lag for (_, topic, _), lag in admin.lag([_AGENTS]).items() if topic == _FEED]
        return len(behind) == admin.topics()[_FEED] and not any(behind)
