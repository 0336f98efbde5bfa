"""Dedupe marks in the department's own database: what came before, byte by byte, changes nothing; other bytes are kept for a person."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from govbus.envelope import Envelope

_MARK = text("""
INSERT INTO bus.inbox (event_id, digest)
SELECT event_id, digest FROM unnest(CAST(:names AS text[]), CAST(:digests AS bytea[])) WITH ORDINALITY AS mark (event_id, digest, number)
ORDER BY number ON CONFLICT DO NOTHING RETURNING event_id
""")
_MARKED = text("SELECT event_id, digest FROM bus.inbox WHERE event_id = ANY(:names)")
_CONFLICT = text("INSERT INTO bus.conflict (event_id, digest, place) VALUES (:event_id, :digest, :place) ON CONFLICT DO NOTHING")


class Item(NamedTuple):
    """A record on its way into the tables: ``data`` as it came, ``row`` as the tables take it."""

    envelope: Envelope
    data: Mapping[str, Any]
    row: Mapping[str, Any]
    digest: bytes


def marked(link: Connection, batch: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """Items whose mark is new, and those whose mark stands for other bytes."""
    if not batch:
        return [], []
    marks = {"names": [each.envelope.id for each in batch], "digests": [each.digest for each in batch]}
    new = set(link.execute(_MARK, marks).scalars())
    fresh: list[Item] = []
    again: list[Item] = []
    for each in batch:
        (fresh if each.envelope.id in new else again).append(each)
        new.discard(each.envelope.id)  # the next with this id is a second one
    if not again:
        return fresh, []
    names = {"names": [each.envelope.id for each in again]}
    before = {name: bytes(digest) for name, digest in link.execute(_MARKED, names)}
    return fresh, [each for each in again if before[each.envelope.id] != each.digest]


def keep_aside(link: Connection, against: Sequence[Item]) -> None:
    """What stands against another one with its id: both are kept, nothing is overwritten."""
    if against:
        link.execute(_CONFLICT, [{"event_id": one.envelope.id, "digest": one.digest, "place": one.envelope.place} for one in against])


def plain(value: Any) -> Any:
    """As JSON has it."""
    return value.isoformat() if isinstance(value, date) else value


def storable(value: Any) -> Any:
    """Without U+0000, which PostgreSQL has not."""
    if isinstance(value, list):
        return [storable(each) for each in value]
    if isinstance(value, dict):
        return {name: storable(each) for name, each in value.items()}
    return value.replace("\x00", "") if isinstance(value, str) else value
