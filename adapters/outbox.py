"""The marks of a SQL source, in the department's own database: which rows were sent, what was said, and what was refused.

The marks are the cursor. A look takes rows that changed within the settle window and have no mark, so a row that was committed late, or
whose marking was cut off by a death, is found again. Nothing is ever skipped because a later row came first.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import text

from adapters.database import Database
from adapters.declaration import SqlSource
from adapters.requests import request_id
from govbus.errors import Poison
from govbus.reasons import Reason

_NEVER, _FIRST, _LAST = "'-infinity'::timestamptz", "'0001-01-03'::timestamptz", "'9999-01-01'::timestamptz"
# A mark is looked up by its key. Joined as a set it was searched from end to end for every row, as long as the planner took the window for
# empty: it does after many rows at once, until autovacuum has been there.
_LOOK = """
SELECT q.* FROM ({query}) q
WHERE q.updated_at > {floor} AND q.updated_at < {last} AND NOT EXISTS (
    SELECT FROM bus.sent s WHERE s.source_key = q.source_key AND s.version = q.version AND s.row_updated_at = q.updated_at)
ORDER BY q.updated_at, q.source_key LIMIT :batch
"""
# PostgreSQL has times that no calendar has; a row with one, or with none, can be neither ordered nor sent.
_UNDATED = """
SELECT q.source_key, q.version, {item} AS item FROM ({query}) q
WHERE (q.updated_at IS NULL OR q.updated_at <= {first} OR q.updated_at >= {last}) AND NOT EXISTS (
    SELECT FROM bus.sent s WHERE s.source_key = q.source_key AND s.version = q.version AND s.row_updated_at = {never})
LIMIT :batch
"""
# All rows of a batch in one statement each: one by one they cost as much as all the rest of the source.
_THESE = "jsonb_to_recordset(CAST(:rows AS jsonb)) AS n"
_ANNOUNCE = text(f"""
INSERT INTO bus.request (request_id, source_key)
SELECT request_id, source_key FROM {_THESE} (request_id text, source_key text) ON CONFLICT DO NOTHING
""")  # noqa: S608  # constant, as the two below
_SAID = text("SELECT request_id, digest FROM bus.request WHERE request_id = ANY(:names) AND digest IS NOT NULL")
_SAY = text(f"""
UPDATE bus.request r SET digest = coalesce(r.digest, n.digest) FROM {_THESE} (request_id text, digest bytea)
WHERE r.request_id = n.request_id
""")  # noqa: S608
_MARK = text(f"""
INSERT INTO bus.sent (source_key, version, row_updated_at, request_id)
SELECT source_key, version, updated_at, request_id
FROM {_THESE} (source_key text, version bigint, updated_at timestamptz, request_id text) ON CONFLICT DO NOTHING
""")  # noqa: S608
_REFUSE = text("""
INSERT INTO bus.verdict (request_id, source_key, item, outcome, mismatched_fields, flags, reason, reason_text, owner, requested_at, place)
VALUES (:request_id, :source_key, :item, 'refused', '{}', '{}', :reason, :reason_text, :owner, :requested_at, :place)
ON CONFLICT (request_id) DO NOTHING
""")
_REFUSE_MOVE = text("""
INSERT INTO bus.case_progress (event_id, case_id, exchange, item, move, step, reason, reason_text, owner, mismatched_fields, provisional,
    decided_at, place)
VALUES (:request_id, :case_id, :exchange, :item, :move, 'refused', :reason, :reason_text, :owner, '{}', false, :requested_at, :place)
ON CONFLICT (event_id) DO NOTHING
""")
_REFUSE_FACT = text("""
INSERT INTO bus.refusal (event_id, source_key, reason, reason_text, owner, updated_at, place)
VALUES (:request_id, :source_key, :reason, :reason_text, :owner, :requested_at, :place) ON CONFLICT (event_id) DO NOTHING
""")
_REFUSALS = {"request": _REFUSE, "case_move": _REFUSE_MOVE, "fact": _REFUSE_FACT}
_CONFLICT = text("INSERT INTO bus.conflict (event_id, digest, place) VALUES (:request_id, :digest, :place) ON CONFLICT DO NOTHING")
Row = Mapping[str, Any]


class Outbox:
    """The marks of one source."""

    def __init__(self, database: Database, spec: SqlSource, department: str, place: str) -> None:
        """:param place: where refusals say that they happened"""
        self._database, self._department, self._system, self._place = database, department, spec.system, place
        self._refuse, query = _REFUSALS[spec.record], spec.query
        recent = "now() - make_interval(secs => :settle_s)"
        self._recent = text(_LOOK.format(query=query, floor=recent, last=_LAST))
        self._all = text(_LOOK.format(query=query, floor=_FIRST, last=_LAST))
        self._undated = text(
            _UNDATED.format(query=query, item="''" if spec.record == "fact" else "q.item", first=_FIRST, last=_LAST, never=_NEVER)
        )
        database.ensure("asker.sql", "bus.conflict")
        database.ensure("asker-3.sql", "bus.case_now")
        database.ensure("asker-4.sql", "bus.refusal")

    def look(self, batch: int, settle_s: float | None) -> list[Row]:
        """Rows without a mark, oldest first, at most ``batch``; those of the last ``settle_s`` seconds, or of all times."""
        query, values = (self._all, {}) if settle_s is None else (self._recent, {"settle_s": settle_s})
        with self._database.begin() as link:
            return [dict(row) for row in link.execute(query, {"batch": batch, **values}).mappings()]

    def undated(self, batch: int) -> list[Row]:
        """Rows whose ``updated_at`` is no time, and which have not been refused; without their other columns."""
        with self._database.begin() as link:
            return [{**row, "updated_at": None} for row in link.execute(self._undated, {"batch": batch}).mappings()]

    def announce(self, rows: Sequence[Row]) -> dict[str, bytes]:
        """Write down which row each request id belongs to, before anything is sent: a verdict may be back before the mark is made.

        :returns: digest of what was acknowledged before, by request id
        """
        named = [self._identity(row) for row in rows]
        if not named:
            return {}
        with self._database.begin() as link:
            link.execute(_ANNOUNCE, _these(named))
            return {name: bytes(digest) for name, digest in link.execute(_SAID, {"names": [each["request_id"] for each in named]})}

    def settle(self, sent: Sequence[tuple[Row, bytes]], refused: Sequence[tuple[Row, Poison, bytes]]) -> None:
        """Mark rows with the digests of what was acknowledged, or with why they cannot be sent; one transaction.

        A refusal is the row's verdict, a line of its case, or a line of ``bus.refusal``. An ID_CONFLICT is none of these: they belong to
        what was sent under this id, so it is kept aside.
        """
        if not sent and not refused:
            return
        marks = [{**self._identity(row), "digest": digest} for row, digest in sent]
        bad = [{**self._identity(row), **self._words(row, why), "digest": digest} for row, why, digest in refused]
        conflicts = [each for each in bad if each["reason"] == Reason.ID_CONFLICT]
        verdicts = [each for each in bad if each["reason"] != Reason.ID_CONFLICT]
        with self._database.begin() as link:
            first = {each["request_id"]: each for each in reversed(marks)}  # what stands twice was acknowledged first as it stands first
            for statement, rows in ((_SAY, list(first.values())), (_MARK, marks + bad)):
                if rows:
                    link.execute(statement, _these(rows))
            for statement, values in ((self._refuse, verdicts), (_CONFLICT, conflicts)):
                if values:
                    link.execute(statement, values)

    def _identity(self, row: Row) -> dict[str, Any]:
        name = request_id(self._department, self._system, row)
        moment = row["updated_at"] or "-infinity"
        return {"source_key": row["source_key"], "version": row["version"], "updated_at": moment, "request_id": name}

    def _words(self, row: Row, why: Poison) -> dict[str, Any]:
        return {
            "item": str(row.get("item") or ""), "reason": why.reason.value, "reason_text": str(why), "owner": self._department,
            "requested_at": row["updated_at"] or "now", "place": self._place,
            **{name: str(row.get(name) or "") for name in ("case_id", "exchange", "move")},
        }  # fmt: skip


def _these(rows: Iterable[Row]) -> dict[str, str]:
    """What :data:`_THESE` binds."""
    return {"rows": json.dumps(list(rows), default=_plain)}


def _plain(value: object) -> str:
    return f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)
