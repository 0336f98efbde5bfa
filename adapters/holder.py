"""A holder's own tables, asked for many people at once by the one query that its declaration states for one."""

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import text

from adapters.database import Database, DataFault
from adapters.declaration import ItemRule
from govbus.identity import citizen_id, dates, uscc
from govbus.identity.compare import Judgement, judge
from govbus.reasons import Reason

log = logging.getLogger(__name__)
_NAMES = {name: f"bus_asked.{name}" for name in ("ids", "as_of", "claims", "other_ids")}
# OFFSET 0 keeps the planner from mixing the people: each is looked up by index, as if the query ran for one.
_ALL = """
SELECT bus_asked.number AS bus_number, held.*
FROM jsonb_to_recordset(CAST(:asked AS jsonb)) AS bus_asked(number int, ids text[], as_of date, claims jsonb, other_ids text[])
CROSS JOIN LATERAL (SELECT * FROM (
{query}
) one OFFSET 0) held
"""
_FORMS: Mapping[str, Callable[[str], tuple[str, ...]]] = {citizen_id.RESIDENT_CARD: citizen_id.forms, uscc.ORGANISATION: uscc.forms}
Rows = list[dict[str, Any]]


class Asked(NamedTuple):
    """What the query binds for one question."""

    ids: tuple[str, ...]
    as_of: date
    claims: Mapping[str, str]
    other_ids: tuple[str, ...] = ()


def for_all(query: str) -> str:
    """The declared query, with ``:ids`` and its like, as one for every element of the JSON array ``:asked``."""
    return _ALL.format(query=re.sub(r"(?<![:\w]):(ids|as_of|claims|other_ids)\b", lambda found: _NAMES[found[1]], query))


def bound(asked: Mapping[int, Asked]) -> dict[str, str]:
    """The values that :func:`for_all` binds."""
    every = [
        {"number": number, "ids": ids, "as_of": day.isoformat(), "claims": dict(claims), "other_ids": others}
        for number, (ids, day, claims, others) in asked.items()
    ]
    return {"asked": json.dumps(every)}


class Holder:
    """Judges questions by the holder's rows; says outcomes, keeps values."""

    def __init__(self, database: Database, items: Mapping[str, ItemRule]) -> None:
        self._database, self._items = database, items
        self._queries = {item: text(for_all(rule.query)) for item, rule in items.items()}

    def judged(self, questions: Sequence[Mapping[str, Any]]) -> list[Judgement | Reason]:
        """A judgement for each question, or why there is none, in the same order; one query an item.

        :raises RetryLater: the database is away
        :raises SetupError: a table, column or right is missing
        """
        found: dict[int, Judgement | Reason] = {}
        askable: dict[str, dict[int, Asked]] = {}
        for number, data in enumerate(questions):
            asked = self._asked(data)
            if isinstance(asked, Reason):
                found[number] = asked
            else:
                askable.setdefault(data["item"], {})[number] = asked
        for item, group in askable.items():
            for number, rows in self._rows(item, group).items():
                found[number] = rows if isinstance(rows, Reason) else self._judge(item, questions[number], rows, group[number])
        return [found[number] for number in range(len(questions))]

    def _judge(self, item: str, data: Mapping[str, Any], rows: Rows, asked: Asked) -> Judgement:
        rule = self._items[item]
        return judge(rule.compare, data["subject"], data["claims"], rows, asked.as_of, rule.facts)

    def _asked(self, data: Mapping[str, Any]) -> Asked | Reason:
        if data["item"] not in self._items:
            return Reason.UNKNOWN_ITEM
        as_of, subject = dates.iso(data["as_of"]), data["subject"]
        if as_of is None:
            return Reason.BAD_DATE
        if "\x00" in subject["id_no"] or any("\x00" in value for value in data["claims"].values()):
            return Reason.BAD_ID_FORM  # PostgreSQL takes no such text, and its refusal would be that of all
        forms = _FORMS.get(subject["id_type"])
        ids = forms(subject["id_no"]) if forms else (subject["id_no"],)
        named = [data["claims"][claim] for claim in self._items[data["item"]].others if claim in data["claims"]]
        return Asked(ids, as_of, data["claims"], tuple(form for number in named for form in citizen_id.forms(number)))

    def _rows(self, item: str, asked: Mapping[int, Asked]) -> dict[int, Rows | Reason]:
        """Rows by number; where the query fails on somebody's rows, halves are asked until the fault stands at one person alone."""
        try:
            return self._ask(item, asked)
        except DataFault as fault:
            if len(asked) == 1:
                log.warning("%s cannot be answered for one person: %s", item, fault)
                return dict.fromkeys(asked, Reason.HOLDER_UNAVAILABLE)
        numbers = list(asked)
        halves = (numbers[: len(numbers) // 2], numbers[len(numbers) // 2 :])
        return {number: rows for half in halves for number, rows in self._rows(item, {each: asked[each] for each in half}).items()}

    def _ask(self, item: str, asked: Mapping[int, Asked]) -> dict[int, Rows | Reason]:
        found: dict[int, Rows] = {number: [] for number in asked}
        with self._database.begin() as link:
            for row in link.execute(self._queries[item], bound(asked)).mappings():
                found[row["bus_number"]].append(dict(row))
        return {**found}
