"""What a holder's query is bound to: all forms of the numbers it is asked about, each person for himself."""

import json
from datetime import date

from adapters.declaration import ItemRule
from adapters.holder import Asked, Holder, bound, for_all
from govbus.identity.compare import Judgement

QUERY = "SELECT 1 WHERE a = ANY(:ids) OR b = ANY(:other_ids) OR c = :claims->>'x' OR d::text < :as_of"
NUMBER, OLD = "449999199003070015", "449999900307001"


class Deaf:
    """A database that keeps what it is asked and has nothing."""

    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []

    def begin(self) -> "Deaf":
        return self

    def __enter__(self) -> "Deaf":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def execute(self, _: object, values: dict[str, str]) -> "Deaf":
        self.asked += json.loads(values["asked"])
        return self

    def mappings(self) -> list[dict[str, object]]:
        return []


def question(**claims: str) -> dict[str, object]:
    return {"item": "proof-02", "as_of": "2026-01-01", "subject": {"id_type": "111", "id_no": NUMBER, "name": "测"}, "claims": claims}


def test_the_query_for_one_becomes_the_query_for_all() -> None:
    query = for_all(QUERY)
    assert "a = ANY(bus_asked.ids) OR b = ANY(bus_asked.other_ids)" in query
    assert "d::text < bus_asked.as_of" in query
    (asked,) = json.loads(bound({3: Asked(("a",), date(2026, 1, 1), {"x": "y"}, ("b",))})["asked"])
    assert asked == {"number": 3, "ids": ["a"], "as_of": "2026-01-01", "claims": {"x": "y"}, "other_ids": ["b"]}


def test_others_are_bound_in_every_form_and_only_where_they_are_named() -> None:
    database = Deaf()
    holder = Holder(database, {"proof-02": ItemRule(rule_version="1", query=QUERY, others=("partner_id",))})  # type: ignore[arg-type]
    found = holder.judged([question(partner_id=OLD, spouse=NUMBER), question()])
    assert found == [Judgement("no_record")] * 2
    assert [each["other_ids"] for each in database.asked] == [[NUMBER, OLD], []]
