"""Faust with whole partition batches: same app, agents, topics and group; one event is a list of records.

Stock Faust spends about 300 µs an event on its per-record path, and its commit rule can acknowledge what failed. Here the consumer hands
out batches, and positions travel in the worker's transaction (``worker.py``), so Faust itself commits nothing.

Subclasses only. Names with a leading underscore that this module leans on are promised by nobody: faust-streaming 0.15.3,
mode-streaming 0.7.1 and aiokafka 0.14.0 are pinned, and tests/unit/runtime/test_pinned_names.py fails when an upgrade moves one.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import faust  # noqa: TID251
import mode
from faust.transport.drivers import aiokafka as driver  # noqa: TID251
from faust.types.tuples import TP  # noqa: TID251

from agents.runtime.consumer import BatchConsumer

SETTINGS: Mapping[str, Any] = {
    "broker_max_poll_records": 20_000,
    "consumer_max_fetch_size": 131_072,  # a partition; a single record waits until the answer that carries it has been decrypted whole
    "stream_buffer_maxsize": 4096,  # under about 64 batches Faust's pressure pause sets in, with sleeps of a second
    "broker_commit_livelock_soft_timeout": 3e9,  # s; Faust never commits here, and would call that a fault every few minutes
    "agent_supervisor": mode.CrashingSupervisor,
    "store": "memory://",
    "web_enabled": False,
    "topic_allow_declare": False,
    "topic_disable_leader": True,
}
"""What every app on this transport is made with."""


class BatchSchema(faust.Schema[Any, Any]):
    """Marks a topic as batched: ``event.value`` is a ``Batch`` of raw records."""

    def compile(self, app: Any, **_: Any) -> Callable[..., Awaitable[Any]]:
        """The decoder Faust calls once a batch: it decodes nothing, because a bad record is for the quarantine, not for Faust."""
        make = app.create_event

        async def decode(message: Any, *, propagate: bool = False) -> Any:  # noqa: ARG001
            return make(message.key, message.value, message.headers, message)

        return decode


class BatchTransport(driver.Transport):
    """Joins the consumer above to the app; the producer stays Faust's and is never used."""

    Consumer = BatchConsumer


class BatchApp(faust.App):
    """A Faust app that asks its owner to restore state before the first record of each generation."""

    restore: Callable[[set[TP]], Awaitable[Mapping[TP, int]]]

    def _new_transport(self) -> BatchTransport:
        return BatchTransport(self.conf.broker_consumer, self)
