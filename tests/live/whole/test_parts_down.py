"""One part down is that part's matter: the others go on, and who waits is told why."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest

from local.departments.claims import Claim, plan
from local.instance import Instance
from local.window import next_number, write
from tests.live.whole.onlooker import Onlooker

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]
SOON_MS = 6_000


@contextmanager
def without(county: Instance, program: str) -> Iterator[None]:
    county.supervisor.stop([program])
    try:
        yield
    finally:
        county.supervisor.start(program)


def claims_for(onlooker: Onlooker, item: str, count: int, within_ms: int | None = None) -> list[Claim]:
    """Claims that match when everything is up."""
    fitting = [one for one in plan(600, next_number(onlooker.housing)) if one.outcome == "match" and one.claim[1] == item]
    return [replace(one, claim=(*one.claim[:-1], within_ms)) for one in fitting[:count]]


def outcomes(onlooker: Onlooker, seconds: float = 60) -> Counter[tuple[str, str, str | None]]:
    """Item, outcome and reason of every claim of this test, once all have their verdict."""
    deadline = time.monotonic() + seconds
    while onlooker.open_claims():
        assert time.monotonic() < deadline, f"{onlooker.open_claims()} claims have no verdict"
        time.sleep(0.1)
    rows = onlooker.housing.execute("SELECT item, outcome, reason FROM bus.verdict WHERE source_key::bigint > %s", (onlooker.first,))
    return Counter((item, outcome, reason) for item, outcome, reason in rows)


def once_it_answers(county: Instance, seconds: float = 60) -> Onlooker:
    """A server that was just started refuses connections for a moment."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return Onlooker(county)
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, "the database does not come back"
            time.sleep(0.1)


@pytest.fixture
def onlooker(county: Instance) -> Iterator[Onlooker]:
    made = Onlooker(county)
    yield made
    made.close()


def test_the_bus_runs_on_without_the_registry(county: Instance, onlooker: Onlooker) -> None:
    with without(county, "registry"):
        for item in ("proof-01", "proof-05", "proof-17"):
            write(onlooker.housing, claims_for(onlooker, item, 5))
        county.supervisor.restart("worker-1")  # even a start needs no registry: the ids are the release's
        county.supervisor.restart("housing.requests")
        assert set(outcomes(onlooker)) == {(item, "match", None) for item in ("proof-01", "proof-05", "proof-17")}


def test_a_holders_database_that_is_down_is_said_and_neighbours_are_unaffected(county: Instance, onlooker: Onlooker) -> None:
    with without(county, "postgres-public-security"):
        for item in ("proof-05", "proof-01", "proof-17"):
            write(onlooker.housing, claims_for(onlooker, item, 5, SOON_MS))
        found = outcomes(onlooker)
    assert found == {
        ("proof-05", "refused", "HOLDER_UNAVAILABLE"): 5,
        ("proof-01", "match", None): 5,
        ("proof-17", "match", None): 5,
    }
    assert onlooker.one("SELECT DISTINCT owner FROM bus.verdict WHERE reason = 'HOLDER_UNAVAILABLE'") == "public-security"


def test_once_it_is_back_it_answers_again(county: Instance, onlooker: Onlooker) -> None:
    write(onlooker.housing, claims_for(onlooker, "proof-05", 5))
    assert outcomes(onlooker) == {("proof-05", "match", None): 5}


def test_the_askers_own_database_down_for_a_while_loses_nothing(county: Instance, onlooker: Onlooker) -> None:
    county.supervisor.stop(["housing.verdicts"])
    write(onlooker.housing, claims_for(onlooker, "proof-17", 20))
    deadline = time.monotonic() + 30
    while onlooker.one("SELECT count(*) FROM bus.request r LEFT JOIN bus.sent s USING (request_id) WHERE s.request_id IS NULL"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    county.supervisor.restart("postgres-housing")
    county.supervisor.start("housing.verdicts")
    again = once_it_answers(county)
    again.first = onlooker.first
    assert outcomes(again) == {("proof-17", "match", None): 20}
    again.close()
