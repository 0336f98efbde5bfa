"""What ``bus.access`` knows of a purpose: who took copies of its records out of the bus, and whether a receipt is recorded."""

from collections.abc import Iterator, Sequence
from typing import Any

from audit import access
from govbus.envelope import from_ms, to_iso
from govbus.settings import Home
from schemas.codec import Codec
from topics import broker
from topics.load import load

_READER = "auditor"
_TAKES = "export"  # a replay's folder has values as they are on the wire, and the others show and keep nothing


def looks(home: Home, topics: Sequence[str]) -> list[dict[str, str]]:
    """Finished exports that had one of the topics, or everything: files that are elsewhere.

    :raises RetryLater: the broker is away
    """
    rows = []
    for data in _records(home):
        if data["action"] == _TAKES and data["state"] == "finished" and _touches(data["what"], topics):
            rows.append({"when": to_iso(from_ms(data["at"])), "officer": data["officer"], "action": data["action"], "what": data["what"]})
    return rows


def recorded(home: Home, action: str, sha256: str) -> bool:
    """Whether a record of this action names this digest."""
    return any(data["action"] == action and data["state"] == "finished" and data["what"] == f"receipt {sha256}" for data in _records(home))


def _touches(what: str, topics: Sequence[str]) -> bool:
    return not any(name in what for name in load().records) or any(name in what for name in topics)


def _records(home: Home) -> Iterator[dict[str, Any]]:
    codec = Codec.load(load().records)
    for record in broker.scan(home, _READER, [access.TOPIC]):
        yield codec.decode(access.TOPIC, record.value or b"")[1]
