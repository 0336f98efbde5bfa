"""What an asking department is told of checks that people have (协查) and of its cases, in its own database, each line once.

Nothing is overwritten: a case's lines are its history, in the order of the log, and the view ``bus.case_now`` is where it stands.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, TextClause, text

from adapters import inbox
from adapters.inbox import Item
from govbus.envelope import Envelope, from_ms
from govbus.errors import Poison
from govbus.reasons import Reason

_CHECK = {
    "event_id": "text", "request_id": "text", "item": "text", "holder": "text", "step": "text", "role": "text", "due": "timestamptz",
    "provisional": "boolean", "decided_at": "timestamptz", "place": "text",
}  # fmt: skip
_CASE = {
    "event_id": "text", "case_id": "text", "exchange": "text", "item": "text", "state": "text", "move": "text", "step": "text",
    "reason": "text", "reason_text": "text", "owner": "text", "request_id": "text", "mismatched_fields": "text[]", "clock": "text",
    "due": "timestamptz", "provisional": "boolean", "role": "text", "method": "text", "decided_at": "timestamptz", "place": "text",
}  # fmt: skip


def _into(table: str, columns: Mapping[str, str]) -> TextClause:
    return text(f"""
INSERT INTO bus.{table} ({", ".join(columns)})
SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS n ({", ".join(f"{name} {kind}" for name, kind in columns.items())})
ON CONFLICT DO NOTHING
""")  # noqa: S608  # names of this module


_TABLES = {
    "gov_data.ProofProgress": (_CHECK, _into("progress", _CHECK)),
    "gov_data.CaseProgress": (_CASE, _into("case_progress", _CASE)),
}
RECORDS = frozenset(_TABLES)


def told(envelope: Envelope, data: Mapping[str, Any]) -> Item:
    """A line as the table takes it.

    :raises Poison: BAD_DATE, a moment outside the calendar
    """
    row = {name: inbox.storable(value) for name, value in data.items()} | {"event_id": envelope.id, "place": envelope.place}
    try:
        row |= {name: from_ms(data[name]) for name in ("due", "decided_at") if data[name] is not None}
    except (ValueError, OverflowError, OSError):
        raise Poison(Reason.BAD_DATE, envelope.place, "due or decided_at") from None
    return Item(envelope, data, row, hashlib.sha256(envelope.value).digest())


def deliver(link: Connection, batch: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """Enter lines in their order; which were new, and which stand against another one with their id (kept in bus.conflict)."""
    fresh, against = inbox.marked(link, batch)
    for record, (columns, into) in _TABLES.items():
        rows = [{name: inbox.plain(each.row[name]) for name in columns} for each in fresh if each.envelope.type == record]
        if rows:
            link.execute(into, {"rows": json.dumps(rows)})
    inbox.keep_aside(link, against)
    return fresh, against
