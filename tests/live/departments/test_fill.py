"""The departments on real PostgreSQL servers: filled once, open to exactly those who need them, and true to the plan."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from govbus.settings import Home
from local.departments.fill import fill
from local.instance import Instance
from local.window import prepare
from tests.oracle.verdicts import expected, housing_claims

pytestmark = pytest.mark.kafka
PEOPLE = 3_040


@pytest.fixture(scope="module")
def filled(bus: Instance) -> Instance:
    fill(bus, PEOPLE)
    return bus


@pytest.fixture
def links(filled: Instance) -> Iterator[dict[str, psycopg.Connection]]:
    with ExitStack() as stack:
        names = ("housing", "civil-affairs", "public-security")
        yield {name: stack.enter_context(psycopg.connect(filled.dsn(name, "owner"))) for name in names}


def test_a_second_fill_finds_everything_done(filled: Instance) -> None:
    before = sorted((path.name, path.stat().st_mtime_ns) for path in _drop(filled).iterdir())
    counts = fill(filled, PEOPLE)
    assert counts["public-security"]["ck_rkjbxx"] > 0.9 * PEOPLE
    assert sorted((path.name, path.stat().st_mtime_ns) for path in _drop(filled).iterdir()) == before


def test_claims_come_out_as_planned_by_plain_sql(filled: Instance, links: dict[str, psycopg.Connection]) -> None:
    with links["housing"].transaction(force_rollback=True):
        planned = prepare(links["housing"], 1_000)
        claims = [claim for claim in housing_claims(links["housing"]) if claim["claim_id"] in planned]
        truth = expected(links, sorted(_drop(filled).glob("**/*.csv")), claims)
    assert {key: outcome for key, (outcome, _) in truth.items()} == {key: claim.outcome for key, claim in planned.items()}
    assert all((outcome == "mismatch") == bool(fields) for outcome, fields in truth.values())


def test_the_oracle_reads_the_tables_and_not_the_plan(filled: Instance, links: dict[str, psycopg.Connection]) -> None:
    with links["housing"].transaction(force_rollback=True), links["civil-affairs"].transaction(force_rollback=True):
        planned = prepare(links["housing"], 400)
        claims = [claim for claim in housing_claims(links["housing"]) if planned.get(claim["claim_id"], None) is not None]
        links["civil-affairs"].execute("DELETE FROM marriage_register")
        truth = expected(links, sorted(_drop(filled).glob("**/*.csv")), claims)
    asked = {key for key, claim in planned.items() if claim.claim[1] == "proof-01" and claim.outcome not in ("refused", "timeout")}
    assert {truth[key][0] for key in asked} == {"no_record"}


def test_the_answerer_reads_what_it_compares_and_nothing_else(filled: Instance) -> None:
    with psycopg.connect(filled.dsn("public-security", "bus_answerer"), autocommit=True) as link:
        assert link.execute("SELECT count(gmsfhm) FROM ck_rkjbxx").fetchone() != (0,)
        for statement in ("SELECT lxdh FROM ck_rkjbxx", "SELECT dz FROM ck_hjxx", "DELETE FROM ck_hcy", "CREATE TABLE mine (a int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                link.execute(statement)


def test_housing_lets_the_bus_read_claims_and_write_in_its_own_schema_only(filled: Instance) -> None:
    with psycopg.connect(filled.dsn("housing", "bus_source"), autocommit=True) as source:
        source.execute("SELECT count(*) FROM claim JOIN application USING (application_no)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            source.execute("UPDATE claim SET version = 2")
    with psycopg.connect(filled.dsn("housing", "bus_sink"), autocommit=True) as sink:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            sink.execute("SELECT * FROM application")
        sink.execute("CREATE TABLE bus.made_by_sink (a int)")
        try:
            with psycopg.connect(filled.dsn("housing", "bus_source"), autocommit=True) as source:
                source.execute("INSERT INTO bus.made_by_sink VALUES (1)")
        finally:
            sink.execute("DROP TABLE bus.made_by_sink")


def test_a_person_is_found_by_index(filled: Instance) -> None:
    query = "EXPLAIN SELECT rybh FROM ck_rkjbxx WHERE gmsfhm IN ('449999199003070015', '449999900307001')"
    with psycopg.connect(filled.dsn("public-security", "bus_answerer")) as link:
        assert "ck_rkjbxx_gmsfhm" in "".join(row[0] for row in link.execute(query))


def _drop(instance: Instance) -> Path:
    return Home(instance.home).site.drops["disabled-federation"]
