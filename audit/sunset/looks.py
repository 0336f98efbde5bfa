"""What ``bus.access`` knows of a purpose: who took copies of its records out of the bus, and whether a receipt is recorded."""

from collections.abc import Sequence

from audit import access
from govbus.envelope import from_ms, to_iso
from govbus.settings import Home
from topics.load import load

_TAKES = "export"  # a replay's folder has values as they are on the wire, and the others show and keep nothing


def looks(home: Home, topics: Sequence[str]) -> list[dict[str, str]]:
    """Finished exports that had one of the topics, or everything: files that are elsewhere.

    :raises RetryLater: the broker is away
    """
    rows = []
    for data in access.records(home, access.TOPIC):
        if data["action"] == _TAKES and data["state"] == "finished" and _touches(data["what"], topics):
            rows.append({"when": to_iso(from_ms(data["at"])), "officer": data["officer"], "action": data["action"], "what": data["what"]})
    return rows


def recorded(home: Home, action: str, sha256: str) -> bool:
    """Whether a record of this action names this digest."""
    return any(
        data["action"] == action and data["state"] == "finished" and data["what"] == f"receipt {sha256}"
        for data in access.records(home, access.TOPIC)
    )


def _touches(what: str, topics: Sequence[str]) -> bool:
    return not any(name in what for name in load().records) or any(name in what for name in topics)
