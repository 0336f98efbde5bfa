"""A paused exchange (暂停): what would open a dialogue waits, whole, in the state of its partition; all else goes on.

The order to pause stands in every partition of ``bus.control``, so that it has a place in log time among the requests; it and what
waits are restored like any standing, and counted as in flight. The order to go on works what waits in its old order, in one transaction.
Hence the bound: what comes beyond it goes to quarantine, whole, and is sent again from there.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from agents.runtime.entries import Entry
from agents.runtime.store import MARK, Partition, state_key
from govbus.reasons import Reason
from schemas.codec import Codec

KEPT = "gov_data.Quarantined"
AT_MOST = 10_000
"""Records an exchange and partition: half a second of work for the transaction that lets them go."""


@dataclass(slots=True)
class Kept:
    """A record as it was read."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Iterable[tuple[str, bytes]]


def keep(record: Any, reason: Reason, detail: str, owner: str) -> dict[str, Any]:
    """Data of a :data:`KEPT`: the record, whole, and why it is set aside."""
    return {
        "topic": record.topic, "partition": record.partition, "offset": record.offset, "recorded_at": record.timestamp,
        "reason": reason.value, "detail": detail, "owner": owner, "key": record.key, "value": record.value,
        "headers": [{"name": name, "value": raw} for name, raw in record.headers],
    }  # fmt: skip


def order(part: Partition, exchange: str, paused: bool, value: bytes) -> None:
    """Enter an order; said twice it changes nothing."""
    mark = state_key(exchange, MARK)
    if paused and part.get(mark) is None:
        part.put(mark, Entry(value, 0, 0))
    elif not paused and part.get(mark) is not None:
        part.put(mark, None)


def hold(part: Partition, exchange: str, record: Any, codec: Codec) -> bool:
    """Let the record wait; False where as many wait as may."""
    if len(part.held[exchange]) >= AT_MOST:
        return False
    place = f"{record.timestamp:020d}.{record.topic}.{record.offset:020d}".encode()
    value = codec.encode(KEPT, keep(record, Reason.EXCHANGE_PAUSED, "", "gov-data"))
    part.put(state_key(exchange, MARK + place), Entry(value, 0, 1))
    return True


def let_go(part: Partition, exchange: str, codec: Codec) -> Iterator[Kept]:
    """What waits, by log time, topic and offset; each leaves the state as it is handed out."""
    for key in sorted(part.held.get(exchange, ())):
        entry = part.get(key)
        if entry is not None:
            part.put(key, None)
            data = codec.read(KEPT, entry.value)
            headers = [(each["name"], each["value"] or b"") for each in data["headers"]]
            yield Kept(data["topic"], data["partition"], data["offset"], data["recorded_at"], data["key"], data["value"], headers)
