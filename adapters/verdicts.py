"""Verdicts and their dedupe marks in the asker's database: a whole batch in a few statements of one transaction.

What becomes of a verdict is what would become of it alone, in the order of the batch: the mark decides. Only a request that has several
verdicts in one batch, or a corrected one, is entered by itself, for there the order is the matter.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from govbus.envelope import Envelope, from_ms
from govbus.errors import Poison
from govbus.identity import dates
from govbus.reasons import Reason

_MARK = text("""
INSERT INTO bus.inbox (event_id, digest)
SELECT event_id, digest FROM unnest(CAST(:names AS text[]), CAST(:digests AS bytea[])) WITH ORDINALITY AS mark (event_id, digest, number)
ORDER BY number ON CONFLICT DO NOTHING RETURNING event_id
""")
_MARKED = text("SELECT event_id, digest FROM bus.inbox WHERE event_id = ANY(:names)")
_CONFLICT = text("INSERT INTO bus.conflict (event_id, digest, place) VALUES (:event_id, :digest, :place) ON CONFLICT DO NOTHING")
_TYPES = {
    "request_id": "text", "item": "text", "outcome": "text", "mismatched_fields": "text[]", "flags": "text[]", "reason": "text",
    "reason_text": "text", "owner": "text", "holder": "text", "as_of": "date", "source_version": "text", "rule_version": "text",
    "requested_at": "timestamptz", "accepted_at": "timestamptz", "decided_at": "timestamptz", "place": "text",
}  # fmt: skip
_NEW = text(f"""
INSERT INTO bus.verdict ({", ".join(_TYPES)}, source_key)
SELECT v.*, (SELECT r.source_key FROM bus.request r WHERE r.request_id = v.request_id)
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS v ({", ".join(f"{name} {kind}" for name, kind in _TYPES.items())})
ON CONFLICT (request_id) DO NOTHING RETURNING request_id
""")  # noqa: S608  # the names are those above
_REPLACED = text("""
INSERT INTO bus.verdict_before (request_id, revision, outcome, mismatched_fields, flags, reason, holder, source_version, decided_at,
    delivered_at, corrected_by)
SELECT request_id, :revision - 1, outcome, mismatched_fields, flags, reason, holder, source_version, decided_at, delivered_at, :corrected_by
FROM bus.verdict WHERE request_id = :request_id
    AND NOT EXISTS (SELECT FROM bus.verdict_before b WHERE b.request_id = :request_id AND b.revision >= :revision - 1)
RETURNING request_id
""")
_GONE = text("DELETE FROM bus.verdict WHERE request_id = :request_id")
_PARTS = text("""
INSERT INTO bus.verdict_part (request_id, revision, holder, outcome, mismatched_fields, flags, reason, source_version)
SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS p (request_id text, revision int, holder text, outcome text,
    mismatched_fields text[], flags text[], reason text, source_version text) ON CONFLICT DO NOTHING
""")
_TIMES = ("requested_at", "accepted_at", "decided_at")


class Verdict(NamedTuple):
    """A verdict on its way into the tables: ``data`` as it came, ``row`` as the tables take it."""

    envelope: Envelope
    data: Mapping[str, Any]
    row: Mapping[str, Any]
    digest: bytes


def verdict(envelope: Envelope, data: Mapping[str, Any]) -> Verdict:
    """Parts of a holder's answer are in a verdict as they came: a day that does not exist becomes none, and U+0000, which PostgreSQL has
    not, goes, for the officer must find a row and the rows behind it too.

    :raises Poison: BAD_DATE, a moment outside the calendar
    """
    row = {name: _storable(value) for name, value in data.items()} | {"place": envelope.place, "as_of": dates.iso(data["as_of"] or "")}
    try:
        row |= {name: from_ms(data[name]) for name in _TIMES}
    except (ValueError, OverflowError, OSError):
        raise Poison(Reason.BAD_DATE, envelope.place, f"one of {', '.join(_TIMES)}") from None
    return Verdict(envelope, data, row, hashlib.sha256(envelope.value).digest())


def deliver(link: Connection, batch: Sequence[Verdict]) -> tuple[list[Verdict], list[Verdict]]:
    """Enter a batch; which verdicts were written, and which stand against another one with their id or request (kept in bus.conflict).

    All others were there already, byte by byte.
    """
    fresh, against = _marked(link, batch)
    times = Counter(each.row["request_id"] for each in fresh)
    alone = [not each.row["revision"] and times[each.row["request_id"]] == 1 for each in fresh]
    entered = _enter(link, [each for each, single in zip(fresh, alone, strict=True) if single])
    written: list[Verdict] = []
    for each, single in zip(fresh, alone, strict=True):
        done = each.row["request_id"] in entered if single else _in_turn(link, each)
        (written if done else against).append(each)
    if against:
        link.execute(_CONFLICT, [{"event_id": one.envelope.id, "digest": one.digest, "place": one.envelope.place} for one in against])
    return written, against


def _marked(link: Connection, batch: Sequence[Verdict]) -> tuple[list[Verdict], list[Verdict]]:
    """Verdicts whose mark is new, and those whose mark stands for other bytes."""
    if not batch:
        return [], []
    marks = {"names": [each.envelope.id for each in batch], "digests": [each.digest for each in batch]}
    new = set(link.execute(_MARK, marks).scalars())
    fresh: list[Verdict] = []
    again: list[Verdict] = []
    for each in batch:
        (fresh if each.envelope.id in new else again).append(each)
        new.discard(each.envelope.id)  # the next with this id is a second one
    if not again:
        return fresh, []
    names = {"names": [each.envelope.id for each in again]}
    before = {name: bytes(digest) for name, digest in link.execute(_MARKED, names)}
    return fresh, [each for each in again if before[each.envelope.id] != each.digest]


def _enter(link: Connection, batch: Sequence[Verdict]) -> set[str]:
    """Write verdicts of different requests, and their parts; the ids of the requests that had none."""
    if not batch:
        return set()
    rows = [{name: _plain(each.row[name]) for name in _TYPES} for each in batch]
    entered = set(link.execute(_NEW, {"rows": json.dumps(rows)}).scalars())
    parts = [
        {"request_id": each.row["request_id"], "revision": each.row["revision"], **part}
        for each in batch
        if each.row["request_id"] in entered
        for part in each.row["parts"]
    ]
    if parts:
        link.execute(_PARTS, {"rows": json.dumps(parts)})
    return entered


def _in_turn(link: Connection, one: Verdict) -> bool:
    """Write one verdict; one that a correction brought takes the place of the one before, which is kept."""
    if one.row["revision"] and link.execute(_REPLACED, one.row).first() is not None:
        link.execute(_GONE, one.row)
    return bool(_enter(link, [one]))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _storable(value: Any) -> Any:
    if isinstance(value, list):
        return [_storable(each) for each in value]
    if isinstance(value, dict):
        return {name: _storable(each) for name, each in value.items()}
    return value.replace("\x00", "") if isinstance(value, str) else value
