"""What a shape answers with, and the one event that is not a record."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from govbus.ports import Account

_NOTHING: Mapping[Account, int] = MappingProxyType({})

State = dict[str, Any] | None
"""Standing of one subject in one exchange, in the shape of its Avro record; None: nothing is known, so nothing is kept."""


class Tick(NamedTuple):
    """A timer that the shape set is due. ``due_ms``: log time at which it fires, milliseconds since 1970 UTC."""

    due_ms: int


class Output(NamedTuple):
    """One record to write; its id is derived from its cause, ``step`` and its place among the outputs, so that a replay gives the same.

    :param about: what it is correlated by: the id of a case; empty: the ``request_id`` of its data
    :param key: whom it is about, where that is not whom its cause is about; empty: the key of its cause
    """

    topic: str
    record: str
    data: Mapping[str, Any]
    step: str
    about: str = ""
    key: bytes = b""


class Decision(NamedTuple):
    """What follows from one event.

    :param state: the standing afterwards
    :param due_ms: log time of the earliest timer that the standing holds, or None
    :param account: what the conservation ledger books
    :param ignored: the event had no effect (a duplicate, an answer after the verdict)
    """

    state: State
    outputs: tuple[Output, ...] = ()
    due_ms: int | None = None
    account: Mapping[Account, int] = _NOTHING
    ignored: bool = False
