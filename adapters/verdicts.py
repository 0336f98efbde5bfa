"""Verdicts and their dedupe marks in the asker's database: a whole batch in a few statements of one transaction.

What becomes of a verdict is what would become of it alone, in the order of the batch: the mark decides. Only a request that has several
verdicts in one batch, or a corrected one, is entered by itself, for there the order is the matter.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, text

from adapters import inbox
from adapters.inbox import Item
from govbus.envelope import Envelope, from_ms
from govbus.errors import Poison
from govbus.identity import dates
from govbus.reasons import Reason

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


def verdict(envelope: Envelope, data: Mapping[str, Any]) -> Item:
    """Parts of a holder's answer are in a verdict as they came: a day that does not exist becomes none, and U+0000, which PostgreSQL has
    not, goes, for the officer must find a row and the rows behind it too.

    :raises Poison: BAD_DATE, a moment outside the calendar
    """
    row = {name: inbox.storable(value) for name, value in data.items()} | {"place": envelope.place, "as_of": dates.iso(data["as_of"] or "")}
    try:
        row |= {name: from_ms(data[name]) for name in _TIMES}
    except (ValueError, OverflowError, OSError):
        raise Poison(Reason.BAD_DATE, envelope.place, f"one of {', '.join(_TIMES)}") from None
    return Item(envelope, data, row, hashlib.sha256(envelope.value).digest())


def deliver(link: Connection, batch: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """Enter a batch; which verdicts were written, and which stand against another one with their id or request (kept in bus.conflict).

    All others were there already, byte by byte.
    """
    fresh, against = inbox.marked(link, batch)
    times = Counter(each.row["request_id"] for each in fresh)
    alone = [not each.row["revision"] and times[each.row["request_id"]] == 1 for each in fresh]
    entered = _enter(link, [each for each, single in zip(fresh, alone, strict=True) if single])
    written: list[Item] = []
    for each, single in zip(fresh, alone, strict=True):
        done = each.row["request_id"] in entered if single else _in_turn(link, each)
        (written if done else against).append(each)
    inbox.keep_aside(link, against)
    return written, against


def _enter(link: Connection, batch: Sequence[Item]) -> set[str]:
    """Write verdicts of different requests, and their parts; the ids of the requests that had none."""
    if not batch:
        return set()
    rows = [{name: inbox.plain(each.row[name]) for name in _TYPES} for each in batch]
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


def _in_turn(link: Connection, one: Item) -> bool:
    """Write one verdict; one that a correction brought takes the place of the one before, which is kept."""
    if one.row["revision"] and link.execute(_REPLACED, one.row).first() is not None:
        link.execute(_GONE, one.row)
    return bool(_enter(link, [one]))
