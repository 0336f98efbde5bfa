"""In which order records of several topics were worked: a fact of each transaction, written with what it caused.

Log time orders the records of one group. Across groups it does not: fetches end at different places, and a mass of one topic lets single
records of others pass (``fair.py``). Of 580 checks on a busy machine 21 had had their last two answers taken the other way round than the
log's times say, and with them another id of the verdict. So each transaction says which records it took, and a replay takes the same way.
"""

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple, TypeVar

from agents.runtime.rdkafka import Outgoing
from govbus.envelope import Envelope, event_id, from_ms
from schemas.codec import Codec

TOPIC, RECORD, SOURCE = "bus.worked", "gov_data.Worked", "/gov-data/verify"
Turn = TypeVar("Turn")
_LOG_TIME = attrgetter("timestamp")


class Taken(NamedTuple):
    """Records of one topic, from offset ``first`` to before ``next``."""

    topic: str
    first: int
    next: int


def turns(records: Iterable[Turn], horizon_ms: int) -> Iterator[tuple[int, Turn | None]]:
    """The records of one group and partition number in the order of work, each behind the log time up to which timers fire before it.

    Stable: records of one millisecond stay as they came. The last pair has no record: timers fire up to the horizon.
    """
    for record in sorted(records, key=_LOG_TIME):
        at_ms = _LOG_TIME(record)
        yield at_ms if at_ms < horizon_ms else horizon_ms, record  # min() would cost more than the rest of the line
    yield horizon_ms, None


def worked(codec: Codec, number: int, taken: Sequence[Taken], horizon_ms: int, at_ms: int) -> Outgoing:
    """The record that says so, for partition ``number`` of the topic.

    :param at_ms: log time of the last record that was taken
    """
    inputs = [each._asdict() for each in _joined(taken)]
    value = codec.encode(RECORD, {"inputs": inputs, "horizon_ms": horizon_ms})
    name = event_id(TOPIC, number, *(taken[0][:2] if taken else ("timers", horizon_ms)))
    key = b"%d" % number
    made = Envelope(id=name, source=SOURCE, type=RECORD, time=from_ms(at_ms), topic=TOPIC, key=key, value=value)
    return Outgoing(TOPIC, key, value, made.headers(), number)


def _joined(taken: Sequence[Taken]) -> Iterator[Taken]:
    """Batches of one topic that follow each other, as one."""
    before: Taken | None = None
    for each in taken:
        if before and before.topic == each.topic and before.next == each.first:
            before = before._replace(next=each.next)
        else:
            if before:
                yield before
            before = each
    if before:
        yield before
