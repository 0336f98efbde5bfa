"""Codes of other regions from the health department's table onto the bus: each once, and what nobody can mean goes back."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from local.instance import PROJECT
from tests.live.adapters.world import Desk, citizen, drive

pytestmark = pytest.mark.kafka
NAME, TOPIC = "health.foreign-codes", "health.foreign-code"


@pytest.fixture
def table(desk: Desk) -> Iterator[psycopg.Connection]:
    """The health department's table, in housing's server: on this bus health has none of its own."""
    schema = (PROJECT / "local" / "departments" / "health" / "schema.sql").read_text(encoding="utf-8")
    start = schema.index("CREATE TABLE jkm_hmhr")
    with desk.link("housing") as link:
        link.execute(schema[start:])
        link.execute(f"ALTER TABLE jkm_hmhr ALTER lsh RESTART WITH {int(desk.run, 16)}")  # a number is never given twice
        link.execute("GRANT SELECT ON jkm_hmhr TO bus_source")
        yield link
        link.execute("DROP TABLE jkm_hmhr")


def put(link: psycopg.Connection, **changed: Any) -> int:
    row = {"zjlx": "111", "zjhm": citizen(1), "qfd": "45", "hrfs": "1", "mz": "3", "yy": "密接", **changed}
    columns, values = sql.SQL(", ").join(map(sql.Identifier, row)), sql.SQL(", ").join([sql.Placeholder()] * len(row))
    query = sql.SQL("INSERT INTO jkm_hmhr ({}, qfsj) VALUES ({}, now()) RETURNING lsh").format(columns, values)
    (number,) = link.execute(query, list(row.values())).fetchone() or (0,)
    return int(number)


def test_rows_come_once_with_their_meaning_and_bad_ones_go_back(desk: Desk, table: psycopg.Connection) -> None:
    good, unmapped, nobody = put(table), put(table, mz="9"), put(table, zjhm="44999919900307001")
    with desk.door(NAME, database="housing") as door:
        drive(door, "the good row", lambda: len(desk.seen(TOPIC)) == 1)
        table.execute("UPDATE jkm_hmhr SET mz = '1', yy = '', bbh = 2, gxsj = now() WHERE lsh = %s", (good,))
        drive(door, "its next version", lambda: len(desk.seen(TOPIC)) == 2)
        door.round()
    first, second = (data for _, data in desk.seen(TOPIC))
    assert [(each["level"], each["raw_level"], each["version"]) for each in (first, second)] == [("red", "3", 1), ("green", "1", 2)]
    assert first["person_key"] == desk.keys.key("111", citizen(1)).decode()
    back = dict(table.execute("SELECT source_key, reason FROM bus.refusal").fetchall())
    assert back == {f"hm-{unmapped}": "UNKNOWN_CODE", f"hm-{nobody}": "BAD_ID_FORM"}
    with desk.door(NAME, database="housing") as door:
        for _ in range(3):
            door.round()
    assert len(desk.seen(TOPIC)) == 2, "nothing twice after a restart"


def test_a_death_between_acknowledgement_and_mark_sends_the_same_record_again(desk: Desk, table: psycopg.Connection) -> None:
    put(table)
    with desk.door(NAME, database="housing") as door, pytest.MonkeyPatch.context() as patch:
        patch.setattr("adapters.sql_source.failpoint", _died)
        with pytest.raises(KeyboardInterrupt):
            door.round()
    with desk.door(NAME, database="housing") as door:
        drive(door, "again", lambda: len(desk.seen(TOPIC)) == 2)
    (one, data), (two, other) = desk.seen(TOPIC)
    assert (one, data) == (two, other), "one id, the same bytes: a duplicate to everybody behind"


def _died(_: str) -> None:
    raise KeyboardInterrupt
