"""Rows that cannot travel are refused where their officer looks, and a row that says something else under its old version goes nowhere."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from adapters.declaration import SqlSource, load_adapters
from tests.live.adapters.world import Desk, claim, drive

pytestmark = pytest.mark.kafka
NAME, TOPIC = "housing.requests", "housing.request"
SOON = "CASE WHEN c.purpose = 'soon' THEN to_jsonb('soon'::text) ELSE to_jsonb(c.respond_within_ms) END AS respond_within_ms"


@pytest.fixture
def housing(desk: Desk) -> Iterator[psycopg.Connection]:
    with desk.link("housing") as link:
        yield link


def marks(link: psycopg.Connection, key: str) -> list[str]:
    found = link.execute("SELECT request_id FROM bus.sent WHERE source_key = %s ORDER BY version, row_updated_at", (key,))
    return [row[0] for row in found]


def sent(desk: Desk, request_id: str) -> int:
    return sum(name == request_id for name, _ in desk.seen(TOPIC))


def change(link: psycopg.Connection, key: str, column: str, value: object) -> None:
    link.execute(f"UPDATE claim SET {column} = %s, updated_at = clock_timestamp() WHERE claim_id::text = %s".encode(), (value, key))  # noqa: S608


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("purpose", "soon", "BAD_ROW"),
        ("updated_at", "infinity", "BAD_DATE"),
        ("updated_at", "-infinity", "BAD_DATE"),
        ("updated_at", "0044-03-15 BC", "BAD_DATE"),
        ("updated_at", "294276-12-31", "BAD_DATE"),
    ],
)
def test_a_row_that_cannot_be_written_is_refused_once_in_words_and_its_neighbours_go(
    desk: Desk, housing: psycopg.Connection, column: str, value: str, reason: str
) -> None:
    spec = load_adapters()[NAME].spec
    assert isinstance(spec, SqlSource)
    with psycopg.connect(desk.instance.dsn("housing", "owner")) as link:
        before, bad, after = (claim(link, f"{desk.run}-{place}") for place in range(3))
        link.execute(f"UPDATE claim SET {column} = %s WHERE claim_id::text = %s".encode(), (value, bad))  # noqa: S608
    with desk.door(NAME, query=spec.query.replace("c.respond_within_ms", SOON), sweep_s=0.001) as door:
        drive(door, "all marks", lambda: all(marks(housing, key) for key in (before, bad, after)))
        drive(door, "quiet, though every look is a sweep", lambda: door.round() == 0)
    rows = housing.execute(
        "SELECT outcome, reason, owner, request_id, reason_text FROM bus.verdict WHERE source_key = %s", (bad,)
    ).fetchall()
    assert [row[:4] for row in rows] == [("refused", reason, "housing", marks(housing, bad)[0])]
    assert f"row {bad}" in rows[0][4] and "叶安" not in rows[0][4]
    assert [sent(desk, *marks(housing, key)) for key in (before, bad, after)] == [1, 0, 1]


def test_a_touched_row_is_not_sent_again_and_a_changed_one_only_under_a_higher_version(desk: Desk, housing: psycopg.Connection) -> None:
    key = claim(housing, f"{desk.run}-changed")

    def conflicts() -> list[Any]:
        return housing.execute("SELECT place FROM bus.conflict WHERE event_id = %s", (marks(housing, key)[0],)).fetchall()

    with desk.door(NAME) as door:
        drive(door, "the row", lambda: marks(housing, key))
        change(housing, key, "declared_1", "20")
        drive(door, "the touch", lambda: len(marks(housing, key)) == 2)
        assert conflicts() == []
        change(housing, key, "declared_1", "10")
        drive(door, "the change", lambda: len(marks(housing, key)) == 3)
        assert conflicts() == [(f"adapter {NAME}",)]
        assert sent(desk, marks(housing, key)[0]) == 1
        change(housing, key, "version", 2)
        drive(door, "the version", lambda: len(marks(housing, key)) == 4)
    first, *_, second = marks(housing, key)
    assert first != second and [sent(desk, name) for name in (first, second)] == [1, 1]
    assert housing.execute("SELECT 1 FROM bus.verdict WHERE source_key = %s", (key,)).fetchall() == []
