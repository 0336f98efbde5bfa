"""What the log holds about one subject of a standing up to a moment: its own records, what readers were told, who was last heard."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from agents.shapes import crowd, standing
from agents.standing_declaration import StandingExchange
from govbus import buckets
from govbus.errors import Poison
from govbus.settings import Home
from schemas.codec import Codec
from topics import broker
from topics.broker import Record
from topics.broker.bulk import Bulk, Place, drain
from topics.load import load

READER = "auditor"


class Told(NamedTuple):
    """One change as one reader's topic has it.

    :param log_ms: when it was there to be read; :param data: a :file:`code_changed.avsc`
    """

    log_ms: int
    department: str
    place: str
    data: Mapping[str, Any]


class Log(NamedTuple):
    """What the log holds up to a moment.

    :param records: the subject's own, in order of log time; :param told: what readers were told of it, likewise
    :param heard: last log time of each topic that departments write, milliseconds
    :param round_ms: when the sample was taken that the subject's bucket was last told of; None: none counts
    :param cut: topics of the subject's records whose oldest have left by age
    """

    records: tuple[Record, ...] = ()
    told: tuple[Told, ...] = ()
    heard: Mapping[str, int] = {}
    round_ms: int | None = None
    cut: tuple[str, ...] = ()


class _Topics(NamedTuple):
    """Topics by what they are read for; of the last, only who was last heard."""

    own: frozenset[str]
    told: frozenset[str]
    badges: frozenset[str]
    others: frozenset[str]


def read(home: Home, exchange: StandingExchange, subject: bytes, at_ms: int, codec: Codec) -> Log:
    """Everything with a log time of ``at_ms`` or before.

    :raises RetryLater: the broker is away; :raises SetupError: a topic may not be read
    """
    topics = _topics(exchange)
    keys = dict.fromkeys(topics.own | topics.told, subject)
    keys |= dict.fromkeys(topics.badges, buckets.crowd_key(buckets.crowd(subject.decode())))
    spans = _spans(home, topics, at_ms)
    found: list[Record] = []
    heard: dict[str, int] = {}
    for each in _between(home, {place: (first if place[0] in keys else max(first, end - 1), end) for place, (first, end) in spans.items()}):
        heard[each.topic] = max(heard.get(each.topic, 0), each.timestamp)
        if each.key == keys.get(each.topic, b""):
            found.append(each)
    found.sort(key=lambda each: (each.timestamp, each.topic, each.offset))
    return Log(
        tuple(each for each in found if each.topic in topics.own),
        tuple(_told(exchange, (each for each in found if each.topic in topics.told), codec)),
        {name: at for name, at in heard.items() if name in topics.own | topics.others and not name.startswith("bus.")},
        _round_ms(exchange, subject.decode(), (each for each in found if each.topic in topics.badges), codec),
        tuple(sorted({name for (name, _), (first, _) in spans.items() if first and name in topics.own})),
    )


def _topics(exchange: StandingExchange) -> _Topics:
    spec = exchange.spec
    own = frozenset(each.topic for each in spec.inputs.values() if each.role not in ("order", "presence"))
    told = frozenset(name for name, record in load().records.items() if record == standing.CHANGED)
    others = {each.topic for each in spec.inputs.values()} | ({spec.round.topic} if spec.round else set())
    return _Topics(own, told, frozenset(spec.round.readers[:1] if spec.round else ()), frozenset(others - own))


def _spans(home: Home, topics: _Topics, at_ms: int) -> dict[Place, tuple[int, int]]:
    """Offsets up to a moment, open transactions included: whoever reads waits for those to end."""
    with broker.admin(home, READER) as admin:
        counts = admin.topics()
    places = [(name, number) for name in sorted(frozenset().union(*topics) & counts.keys()) for number in range(counts[name])]
    with Bulk(home, READER, committed=False) as bulk:
        return bulk.spans_before(dict.fromkeys(places), at_ms + 1)


def _between(home: Home, spans: Mapping[Place, tuple[int, int]]) -> Iterator[Record]:
    left = {place: end for place, (first, end) in spans.items() if first < end}
    if not left:
        return
    with Bulk(home, READER) as bulk:
        bulk.open({place: spans[place][0] for place in left})
        for polled in drain(bulk, left):
            for place, raws in polled.records.items():
                for offset, at_ms, key, value, headers in raws:
                    if offset < left[place]:
                        yield Record(*place, offset, at_ms, key, value, [(name, bytes(each or b"")) for name, each in headers])


def _told(exchange: StandingExchange, records: Iterable[Record], codec: Codec) -> Iterator[Told]:
    for each in records:
        try:
            data = codec.decode(each.topic, each.value or b"")[1]
        except Poison:
            continue  # nobody could read it, so nobody was told
        if data["exchange"] == exchange.meta.id:
            yield Told(each.timestamp, each.topic.split(".", 1)[0], each.place, data)


def _round_ms(exchange: StandingExchange, subject: str, records: Iterable[Record], codec: Codec) -> int | None:
    last: int | None = None
    for each in records:
        data = codec.read(crowd.BADGES, each.value or b"")
        for person in data["persons"] if data["exchange"] == exchange.meta.id else ():
            if person["person_key"] == subject:
                last = person["as_of"]
    return last
