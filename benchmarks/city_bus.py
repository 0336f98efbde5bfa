"""The bus for a city's round: who is on it, how its people became known, and what a checkpoint's store says."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from adapters.checkpoint.store import path
from benchmarks.city_people import Told, contact, expected, number
from govbus.envelope import Envelope, event_id
from govbus.errors import BusError
from govbus.pseudonym import SubjectKeys
from govbus.settings import Home
from schemas.codec import Codec
from schemas.purposes import keys_of
from topics import broker
from topics.load import records

SOURCE, SINK, DOOR = "health.rounds", "service-center.codes", "service-center.checkpoint"
_TESTED = "SELECT count(*) FROM code WHERE bulk_at >= :since OR own_at >= :since"
_YELLOW = "SELECT count(*) FROM code WHERE level = 'yellow'"
_ALL = "SELECT person, level, own_at, own_shown, bulk_at FROM code"


def make_known(home: Path, people: int, hands: int = 2, first: int = 0) -> None:
    """Persons from ``first`` to before ``people`` are told to the bus, one by one as the register does it, and some as contacts."""
    with ProcessPoolExecutor(hands, get_context("spawn")) as pool:
        list(pool.map(_known, [home] * hands, [range(first + hand, people, hands) for hand in range(hands)]))


def _known(home: Path, people: range) -> None:
    opened = Home(home)
    codec = Codec.load(records(), keys=keys_of(opened))
    keys, now = SubjectKeys(opened.secret("subject-key").get_secret_value()), datetime.now(UTC)
    with broker.producer(opened, "public-security") as register, broker.producer(opened, "health") as health:
        everybody = iter(people)
        while some := list(islice(everybody, 2_000)):
            send(register, [_person(keys, codec, one, now) for one in some])
        send(health, [_contact(keys, codec, one, now) for one in people if contact(one)])


def send(out: broker.Producer, envelopes: list[Envelope]) -> None:
    """All of them, or the first error."""
    for result in out.send_all(envelopes):
        if isinstance(result, BusError):
            raise result


def _person(keys: SubjectKeys, codec: Codec, person: int, now: datetime) -> Envelope:
    key = keys.resident(number(person))
    data = {"person_id": f"P{person}", "version": 1, "person_key": key, "action": "known", "known_from": 0}
    return _envelope("public-security", "gov_data.PersonKnown", "public-security.person", key, codec, data, now)


def _contact(keys: SubjectKeys, codec: Codec, person: int, now: datetime) -> Envelope:
    key, at = keys.resident(number(person)), int(now.timestamp() * 1000)
    data = {
        "order_no": f"C{person}", "version": 1, "person_key": key, "action": "ordered", "class": "time_place", "issued_at": at,
        "exposed_at": at, "until": None, "operator": "CDC01", "approver": "CDC02", "division": "440883000000",
    }  # fmt: skip
    return _envelope("health", "health.ContactOrder", "health.contact-order", key, codec, data, now)


def _envelope(who: str, record: str, topic: str, key: str, codec: Codec, data: dict[str, Any], now: datetime) -> Envelope:
    name, value = event_id(who, "city", key, record), codec.encode(record, data)
    return Envelope(id=name, source=f"/{who}/city", type=record, time=now, topic=topic, key=key.encode(), value=value)


def stored(home: Path, query: str, since_ms: int = 0) -> int:
    """How many persons the checkpoint's store has that fit ``query``; 0 before there is one."""
    file = path(Home(home), SINK)
    if not file.exists():
        return 0
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as link:
        return int(link.execute(query, {"since": since_ms}).fetchone()[0])


class Wanted(NamedTuple):
    """How many persons have which in the end; members of positive pools have no result of their own."""

    tested: int
    yellow: int


def wanted(people: int, noon_ms: int, known: int) -> Wanted:
    """What the store must come to."""
    found = [expected(one, people, noon_ms, known) for one in range(people)]
    return Wanted(people - found.count(Told("yellow", None)), sum(each.level == "yellow" for each in found))


def wait_round(home: Path, ends: Wanted, noon_ms: int, patience_s: float) -> None:
    """Wait until everybody has a colour and what the round says of him."""
    wait("tested", ends.tested, lambda: stored(home, _TESTED, noon_ms - 5 * 3_600_000), patience_s)
    wait("yellow", ends.yellow, lambda: stored(home, _YELLOW), patience_s)


def wait(what: str, wanted: int, count: Any, patience_s: float, every_s: float = 0.5) -> float:
    """Seconds until ``count()`` has come to ``wanted``."""
    begun = time.monotonic()
    while (found := count()) < wanted:
        if time.monotonic() - begun > patience_s:
            msg = f"{what}: {found} of {wanted} after {patience_s} s"
            raise TimeoutError(msg)
        time.sleep(every_s)
    return time.monotonic() - begun


def wrong(home: Path, people: int, noon_ms: int, known: int) -> Iterator[tuple[int, Told, Told | None]]:
    """Persons of whom the store says something else than must be said."""
    opened = Home(home)
    keys = SubjectKeys(opened.secret("subject-key").get_secret_value())
    with closing(sqlite3.connect(f"{path(opened, SINK).as_uri()}?mode=ro", uri=True)) as link:
        found = {
            person: Told(level or "none", bulk if own is None or (bulk is not None and bulk > own) else own if shown else None)
            for person, level, own, shown, bulk in link.execute(_ALL)
        }
    for one in range(people):
        right, said = expected(one, people, noon_ms, known), found.get(bytes.fromhex(keys.resident(number(one))))
        if said != right:
            yield one, right, said
