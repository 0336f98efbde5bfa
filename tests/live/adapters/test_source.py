"""Rows of housing's own tables: whatever is committed late, killed or too large, each is on the bus under one id or refused in words."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.live.adapters.world import Desk, claim, drive

pytestmark = pytest.mark.kafka
NAME, TOPIC = "housing.requests", "housing.request"


@pytest.fixture
def housing(desk: Desk) -> Iterator[psycopg.Connection]:
    with desk.link("housing") as link:
        yield link


def marks(link: psycopg.Connection, key: str) -> list[str]:
    return [row[0] for row in link.execute("SELECT request_id FROM bus.sent WHERE source_key = %s", (key,))]


def sent(desk: Desk, request_id: str) -> list[dict[str, object]]:
    return [data for name, data in desk.seen(TOPIC) if name == request_id]


def test_a_row_that_is_committed_after_a_later_one_is_found(desk: Desk, housing: psycopg.Connection) -> None:
    with desk.door(NAME) as door, psycopg.connect(desk.instance.dsn("housing", "owner")) as slow:
        door.round()  # from here on the door looks at its window only
        early = claim(slow, f"{desk.run}-early")
        late = claim(housing, f"{desk.run}-late")
        drive(door, "the later row", lambda: marks(housing, late))
        assert not marks(housing, early)
        slow.commit()
        drive(door, "the earlier row", lambda: marks(housing, early))
    assert [len(sent(desk, *marks(housing, key))) for key in (early, late)] == [1, 1]


def test_a_row_that_is_committed_later_than_the_window_is_found_by_the_sweep(desk: Desk, housing: psycopg.Connection) -> None:
    with desk.door(NAME, settle_s=0, sweep_s=0.3) as door:
        door.round()
        key = claim(housing, f"{desk.run}-old", updated_at="2026-01-01T00:00:00Z")
        drive(door, "the old row", lambda: marks(housing, key))


def test_a_death_between_acknowledgement_and_mark_sends_the_same_id_again_and_marks_once(desk: Desk, housing: psycopg.Connection) -> None:
    keys = [claim(housing, f"{desk.run}-{number}") for number in range(3)]
    desk.killed(NAME, "source.acked")
    assert [marks(housing, key) for key in keys] == [[], [], []]
    first = desk.seen(TOPIC)
    with desk.door(NAME) as door:
        drive(door, "the marks", lambda: all(marks(housing, key) for key in keys))
        assert door.round() == 0
    ids = [name for key in keys for name in marks(housing, key)]
    assert len(first) == len(ids) == 3
    assert sorted(desk.seen(TOPIC), key=str) == sorted(first * 2, key=str)
    assert {name for name, _ in first} == set(ids)


def test_a_row_that_is_too_large_is_refused_in_words_and_its_neighbours_go(desk: Desk, housing: psycopg.Connection) -> None:
    before = claim(housing, f"{desk.run}-before")
    huge = claim(housing, f"{desk.run}-huge", officer_code="Z" * 200_000)
    after = claim(housing, f"{desk.run}-after")
    with desk.door(NAME) as door:
        drive(door, "all marks", lambda: all(marks(housing, key) for key in (before, huge, after)))
    rows = housing.execute(
        "SELECT outcome, reason, reason_text, owner, request_id FROM bus.verdict WHERE source_key = %s", (huge,)
    ).fetchall()
    assert [row[:2] for row in rows] == [("refused", "TOO_LARGE")]
    assert "shorten free text" in rows[0][2] and rows[0][3] == "housing" and [rows[0][4]] == marks(housing, huge)
    assert [len(sent(desk, *marks(housing, key))) for key in (before, huge, after)] == [1, 0, 1]
