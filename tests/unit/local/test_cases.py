"""The scenarios say everything that the matching table says (domain notes D5): each of its rows has at least one."""

from collections.abc import Callable

import pytest

from govbus.identity import citizen_id
from local.cases import Scenario, load

ALL = [each for found in load().values() for each in found]
ROWS: dict[str, Callable[[Scenario], bool]] = {
    "all equal": lambda case: case.verdict["outcome"] == "match",
    "variant of the name": lambda case: "variant" in flags(case),
    "former name": lambda case: "former_name" in flags(case),
    "other name": lambda case: case.verdict["outcome"] == "mismatch" and case.verdict["mismatched_fields"] == ["name"],
    "15 digits for 18": lambda case: "converted_id" in flags(case),
    "one digit wrong": lambda case: case.verdict.get("reason") == "BAD_CHECK_DIGIT",
    "a name without a number": lambda case: not case.subject["id_no"] and case.verdict["outcome"] == "refused",
    "two persons in the register": lambda case: case.verdict["outcome"] == "ambiguous",
    "dead or gone abroad": lambda case: "inactive" in flags(case),
}


def flags(case: Scenario) -> list[str]:
    found: list[str] = case.verdict.get("flags", [])
    return found


@pytest.mark.parametrize("row", ROWS)
def test_each_row_of_the_matching_table_has_a_scenario(row: str) -> None:
    assert any(ROWS[row](each) for each in ALL)


def test_no_scenario_shares_a_person_with_another_item() -> None:
    """They play at once on one bus: a person's tries are counted by the day."""
    items: dict[str, set[str]] = {}
    for each in ALL:
        items.setdefault(citizen_id.to_18(each.subject["id_no"]), set()).add(each.item)
    assert {person: found for person, found in items.items() if len(found) > 1} == {}
