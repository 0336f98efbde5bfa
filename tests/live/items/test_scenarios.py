"""Every scenario of every proof item: the verdict that the file states, from real tables; and plain SQL comes to the same."""

import pytest

from local.cases import Scenario, lines, load
from tests.live.items.scenarios import ORACLE, Office, oracle_of
from tests.unit.shapes import world

ALL = [each for found in load().values() for each in found]


@pytest.mark.parametrize("scenario", ALL, ids=[each.id for each in ALL])
def test_verdict(office: Office, scenario: Scenario) -> None:
    told = office.verdict(scenario)
    expected = scenario.expected()
    assert {name: told[name] for name in expected} == expected


@pytest.mark.parametrize("item", sorted(load()))
def test_plain_sql_says_the_same(office: Office, item: str) -> None:
    """Each holder's own part; scenarios that never get as far as a holder are left out."""
    asked = [each for each in load()[item] if each.verdict["outcome"] != "refused"]
    for department in _holders(item):
        heard = [each for each in asked if department not in each.silent]
        said = {each.name: told for each in heard if (told := _told(office, each, department))}
        assert office.oracle(item, department, [each for each in heard if each.name in said]) == said, department


def test_the_lines_that_the_file_says_go_back_and_no_others(office: Office) -> None:
    expected = [(row["残疾人证号"], row["refused"]) for row in lines("disabled-federation") if "refused" in row]
    assert sorted((cells[0], why) for cells, why in office.landed.refused) == sorted(expected)


def _holders(item: str) -> tuple[str, ...]:
    return next(each.spec for each in world.VERIFYING.values() if each.spec.item == item).sources


def _told(office: Office, scenario: Scenario, department: str) -> tuple[str, list[str]] | None:
    """What this holder said: the verdict itself, or its part in one that was gathered from several; None if it was not asked."""
    verdict = office.verdict(scenario)
    if scenario.people:
        return "no_record", []  # of its data; its officers looked further
    told = next((part for part in verdict["parts"] if part["holder"] == department), None) if verdict["parts"] else verdict
    if told is None:
        return None
    outcome = "match" if told["outcome"] == "match_variant" else told["outcome"]
    return outcome, sorted(told["mismatched_fields"])


def test_there_is_a_scenario_file_and_an_oracle_for_every_item() -> None:
    """A gathered item has one oracle a holder: ``<item>.<holder>.sql``."""
    assert set(load()) == {each.spec.item for each in world.VERIFYING.values()}
    expected = {oracle_of(item, department) for item in load() for department in _holders(item)}
    assert expected == {path.stem for path in (ORACLE / "items").glob("proof-*.sql")}
