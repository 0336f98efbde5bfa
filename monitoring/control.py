"""Orders to the agents, as principal ``operator``: pause an exchange, let it go on; and what has been ordered so far."""

import time
from typing import Any

from agents.desk import CONTROL, CONTROL_TOPIC
from agents.loading import load_exchanges
from govbus.envelope import Envelope, event_id, from_ms, to_iso
from govbus.errors import SetupError
from govbus.settings import Home
from schemas.codec import Codec
from topics import broker
from topics.load import load

SOURCE = "/gov-data/operator"


def order(home: Home, exchange: str, state: str, why: str) -> list[str]:
    """Write the order into every partition and return the places. Safe to repeat, and to be repeated when it broke off.

    :param state: ``paused`` or ``running``
    :raises SetupError: no such exchange
    """
    if exchange not in load_exchanges():
        msg = f"no exchange is called {exchange}; see govbus exchanges list"
        raise SetupError(msg)
    at_ms = int(time.time() * 1000)
    value = Codec.load(load().records).encode(CONTROL, {"exchange": exchange, "state": state, "why": why, "at": at_ms})
    made = Envelope(event_id(exchange, state, at_ms), SOURCE, CONTROL, from_ms(at_ms), CONTROL_TOPIC, exchange.encode(), value)
    with broker.admin(home, "operator") as admin:
        partitions = admin.topics()[CONTROL_TOPIC]
    with broker.producer(home, "operator") as out:
        sent = [out.send(made, number) for number in range(partitions)]
        places = [each.result() for each in sent]
    return [f"{place.topic}/{place.partition}@{place.offset}" for place in places]


def paused(home: Home) -> list[dict[str, Any]]:
    """Exchanges whose last order is to pause: since when and why."""
    codec, last = Codec.load(load().records), dict[str, dict[str, Any]]()
    for record in broker.scan(home, "operator", [CONTROL_TOPIC]):
        data = codec.read(CONTROL, record.value or b"")
        if record.partition == 0:  # each order stands in all of them, and the first is written first
            last[data["exchange"]] = data
    return [
        {"exchange": name, "since": to_iso(from_ms(data["at"])), "why": data["why"]}
        for name, data in sorted(last.items())
        if data["state"] == "paused"
    ]
