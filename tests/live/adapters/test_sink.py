"""Verdicts into housing's own database: once each, nothing overwritten, and no record that stops those behind it."""

import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.database import Database
from adapters.inbox import Item
from adapters.loop import Door
from adapters.verdicts import deliver
from adapters.verdicts import verdict as of_record
from govbus.envelope import Envelope
from tests.live.adapters.world import Desk, drive

pytestmark = pytest.mark.kafka
NAME, TOPIC, RECORD = "housing.verdicts", "housing.verdict", "gov_data.ProofVerdict"
NOW_MS = 1_790_000_000_000
Move = tuple[int, int, int, str]
"""Number of the request and of the event, revision, outcome."""


@pytest.fixture
def housing(desk: Desk) -> Iterator[psycopg.Connection]:
    with desk.link("housing") as link:
        yield link


@pytest.fixture
def door(desk: Desk) -> Iterator[Door]:
    with desk.door(NAME) as door:
        yield door


def verdict(desk: Desk, number: str, **changed: Any) -> Envelope:
    data = {
        "request_id": f"{desk.run}-{number}", "department": "housing", "item": "proof-01", "exchange": "verify", "outcome": "match",
        "mismatched_fields": [], "flags": [], "reason": None, "reason_text": None, "owner": None, "holder": "civil-affairs",
        "as_of": "2026-01-01", "source_version": "1", "rule_version": "1", "requested_at": NOW_MS, "accepted_at": NOW_MS,
        "decided_at": NOW_MS, **changed,
    }  # fmt: skip
    return desk.envelope(TOPIC, RECORD, data, id=f"v-{desk.run}-{number}")


def rows(desk: Desk, link: psycopg.Connection) -> list[tuple[Any, ...]]:
    query = "SELECT request_id, outcome, as_of::text, delivered_at FROM bus.verdict WHERE request_id LIKE %s ORDER BY 1"
    return [(row[0].removeprefix(f"{desk.run}-"), *row[1:]) for row in link.execute(query, (f"{desk.run}-%",))]


def outcomes(desk: Desk, link: psycopg.Connection) -> dict[str, str]:
    return {row[0]: row[1] for row in rows(desk, link)}


def conflicts(desk: Desk, link: psycopg.Connection) -> list[str]:
    return [row[0] for row in link.execute("SELECT event_id FROM bus.conflict WHERE event_id LIKE %s", (f"%{desk.run}%",))]


def test_the_same_verdict_twice_is_one_row(desk: Desk, housing: psycopg.Connection, door: Door) -> None:
    one = verdict(desk, "one")
    desk.send(one, one)
    drive(door, "the verdict", lambda: rows(desk, housing))
    kept = rows(desk, housing)
    desk.send(one, verdict(desk, "two"))
    drive(door, "the next verdict", lambda: "two" in outcomes(desk, housing))
    assert rows(desk, housing)[:1] == kept
    assert conflicts(desk, housing) == []


def test_other_bytes_never_overwrite_and_are_kept_for_a_person(desk: Desk, housing: psycopg.Connection, door: Door) -> None:
    same_id = verdict(desk, "one", outcome="mismatch")
    same_request = verdict(desk, "one", outcome="no_record")._replace(id=f"v-{desk.run}-other")
    desk.send(verdict(desk, "one"), same_id, same_request, verdict(desk, "two"))
    drive(door, "the next verdict", lambda: "two" in outcomes(desk, housing))
    assert outcomes(desk, housing) == {"one": "match", "two": "match"}
    assert sorted(conflicts(desk, housing)) == sorted([same_id.id, same_request.id])


def test_a_corrected_verdict_takes_the_place_of_the_one_before_which_is_kept(desk: Desk, housing: psycopg.Connection, door: Door) -> None:
    part = {
        "holder": "health",
        "outcome": "timeout",
        "mismatched_fields": [],
        "flags": [],
        "reason": "HOLDER_SILENT",
        "source_version": None,
    }
    first = verdict(desk, "one", outcome="mismatch", mismatched_fields=["marital_status"])
    again = verdict(desk, "one", revision=1, corrected_by="c1", source_version="2", parts=[part])._replace(id=f"v-{desk.run}-one-1")
    late = verdict(desk, "one", revision=1, corrected_by="c0", outcome="no_record")._replace(id=f"v-{desk.run}-one-late")
    desk.send(first, again, again, late, verdict(desk, "two"))
    drive(door, "the next verdict", lambda: "two" in outcomes(desk, housing))
    assert outcomes(desk, housing) == {"one": "match", "two": "match"}
    name = (f"{desk.run}-one",)
    kept = housing.execute("SELECT revision, outcome, source_version, corrected_by FROM bus.verdict_before WHERE request_id = %s", name)
    assert kept.fetchall() == [(0, "mismatch", "1", "c1")]
    parts = housing.execute("SELECT revision, holder, outcome, reason FROM bus.verdict_part WHERE request_id = %s", name)
    assert parts.fetchall() == [(1, "health", "timeout", "HOLDER_SILENT")]
    assert conflicts(desk, housing) == [late.id]


def test_a_death_between_database_and_position_changes_nothing(desk: Desk, housing: psycopg.Connection) -> None:
    desk.send(verdict(desk, "one"))
    desk.killed(NAME, "sink.written")
    kept = rows(desk, housing)
    with desk.door(NAME) as door:
        desk.send(verdict(desk, "two"))
        drive(door, "the next verdict", lambda: "two" in outcomes(desk, housing))
    assert [row[0] for row in kept] == ["one"]
    assert rows(desk, housing)[:1] == kept and conflicts(desk, housing) == []


@pytest.mark.parametrize(
    ("name", "changed", "has_row"),
    [
        ("a day that is none", {"as_of": "2015-02-30"}, True),
        ("a character that no database takes", {"source_version": "1\x00", "flags": ["a\x00"]}, True),
        ("a moment outside the calendar", {"decided_at": 2**62}, False),
    ],
)
def test_a_verdict_that_the_database_cannot_take_does_not_stop_the_next(
    desk: Desk, housing: psycopg.Connection, door: Door, name: str, changed: dict[str, Any], has_row: bool
) -> None:
    desk.send(verdict(desk, "before"), verdict(desk, "odd", **changed), verdict(desk, "next"))
    drive(door, f"what follows {name}", lambda: "next" in outcomes(desk, housing))
    assert sorted(outcomes(desk, housing)) == ["before", "next", *(["odd"] if has_row else [])]


def test_bytes_that_are_no_verdict_do_not_stop_the_next(desk: Desk, housing: psycopg.Connection, door: Door) -> None:
    good = verdict(desk, "next")
    desk.send(good._replace(value=b"\x00\x00\x00\x00\x05junk", id="junk"), good._replace(source="nobody"), good)
    drive(door, "the verdict", lambda: "next" in outcomes(desk, housing))


MOVES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 6), st.sampled_from([0, 0, 0, 1, 2]), st.sampled_from(["match", "mismatch"])), max_size=12
)


@given(MOVES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_batch_has_the_effect_of_its_verdicts_one_by_one(desk: Desk, housing: psycopg.Connection, door: Door, moves: list[Move]) -> None:
    database = Database(desk.home, "housing", "bus_sink")
    together, single = (uuid.uuid4().hex[:8] for _ in range(2))
    try:
        with database.begin() as link:
            said = told(*deliver(link, batch(desk, together, moves)))
        each: list[tuple[list[str], list[str]]] = []
        for one in batch(desk, single, moves):
            with database.begin() as link:
                each.append(told(*deliver(link, [one])))
    finally:
        database.close()
    assert said == ([place for written, _ in each for place in written], sorted(place for _, against in each for place in against))
    assert effect(housing, together) == effect(housing, single)


def batch(desk: Desk, run: str, moves: list[Move]) -> list[Item]:
    part = {"holder": "health", "outcome": "match", "mismatched_fields": ["a", "b"], "flags": [], "reason": None, "source_version": None}
    made = []
    for number, (request, event, revision, outcome) in enumerate(moves):
        one = verdict(desk, "", request_id=f"{run}-{request}", outcome=outcome, revision=revision, parts=[part, part], flags=["x y"])
        made.append(one._replace(id=f"{run}-e{event}", topic=TOPIC, partition=0, offset=number))
    return [of_record(each, desk.codec.decode(TOPIC, each.value)[1]) for each in made]


def told(written: list[Item], against: list[Item]) -> tuple[list[str], list[str]]:
    return [each.envelope.place for each in written], sorted(each.envelope.place for each in against)


def effect(link: psycopg.Connection, run: str) -> list[list[tuple[Any, ...]]]:
    """Everything that is in housing's tables of this run, without its name."""
    tables = {
        "request_id, item, outcome, mismatched_fields, flags, as_of, requested_at, place, source_key": "verdict",
        "request_id, revision, outcome": "verdict_before", "request_id, revision, holder, mismatched_fields": "verdict_part",
        "event_id, place": "conflict", "event_id, length(digest)": "inbox",
    }  # fmt: skip
    found = []
    for names, table in tables.items():
        query = f"SELECT {names} FROM bus.{table} WHERE {names.split(',')[0]} LIKE %s ORDER BY 1, 2"  # noqa: S608
        found.append([(row[0].removeprefix(run), *row[1:]) for row in link.execute(query.encode(), (f"{run}-%",))])
    return found
