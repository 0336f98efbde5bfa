"""Several rows of one subject: any that agrees is enough, two subjects are never one; and what goes with an answer."""

from datetime import date
from typing import Any

import pytest

from govbus.identity.compare import FieldRule, Judgement, judge

DAY = date(2026, 11, 24)
PERSON = {"id_type": "111", "id_no": "449999199003070015", "name": "叶安"}
COMPANY = {"id_type": "uscc", "id_no": "91449999MA0000015X", "name": "吴川市测试甲贸易有限公司"}
RULES = (FieldRule(claim="permit_no", by="text", required=True), FieldRule(claim="valid", by="valid"))


def row(**changes: Any) -> dict[str, Any]:
    return {"name": "叶安", "id_no": PERSON["id_no"], "permit_no": "1", "status": "valid", "version": "v", **changes}


def asked(*rows: dict[str, Any], number: str = "1") -> Judgement:
    return judge(RULES, PERSON, {"permit_no": number}, rows, DAY, "any")


def test_one_that_agrees_is_enough() -> None:
    assert asked(row(permit_no="2"), row(), row(status="ended")).outcome == "match"


def test_the_nearest_says_what_differs() -> None:
    assert asked(row(permit_no="2", status="ended"), row(status="ended")).mismatched_fields == ("valid",)


def test_what_cannot_be_compared_might_have_agreed() -> None:
    assert asked(row(permit_no="2"), row(permit_no=None)).outcome == "no_record"


def test_nothing_is_no_record() -> None:
    assert asked() == Judgement("no_record")


def test_two_people_with_one_number_stay_ambiguous() -> None:
    assert asked(row(), row(name="测邦")) == Judgement("ambiguous")


def test_all_under_another_name_is_a_name_mismatch() -> None:
    assert asked(row(name="测邦"), row(name="测邦")).mismatched_fields == ("name",)


def test_without_facts_any_two_rows_are_ambiguous() -> None:
    assert judge(RULES, PERSON, {"permit_no": "1"}, [row(), row()], DAY).outcome == "ambiguous"


def test_a_state_that_the_holder_does_not_know_is_no_disagreement() -> None:
    assert asked(row(status=None)) == Judgement("match_variant", (), ("unchecked:valid",), "v")


def test_a_dispute_goes_with_the_answer_whatever_it_is() -> None:
    assert asked(row(disputed=True)) == Judgement("match_variant", (), ("disputed",), "v")
    assert asked(row(disputed=True, status="ended")) == Judgement("mismatch", ("valid",), ("disputed",), "v")


@pytest.mark.parametrize(
    ("end", "outcome"),
    [("长期", "match"), (None, "match"), ("2026年11月24日", "match"), ("20261123", "mismatch"), ("2027-02-30", "match_variant")],
)
def test_an_end_that_is_no_day_is_not_taken_for_no_end(end: str | None, outcome: str) -> None:
    assert asked(row(valid_to=end)).outcome == outcome


def test_an_organisation_is_compared_as_one() -> None:
    held = {"name": "测试甲贸易有限责任公司", "id_no": "MA000001-5", "boss": "葉安"}
    rules = (FieldRule(claim="boss", by="name"),)
    assert judge(rules, COMPANY, {"boss": "叶安"}, [held], DAY).flags == ("variant", "converted_id", "variant:boss")
    assert judge(rules, COMPANY, {"boss": "测邦"}, [held], DAY).mismatched_fields == ("boss",)
    assert judge(rules, COMPANY, {"boss": "叶安"}, [{**held, "boss": "?安"}], DAY).flags[-1] == "unchecked:boss"


def test_a_person_is_not_compared_as_an_organisation() -> None:
    assert judge((), PERSON, {}, [row(name="广东叶安")], DAY).mismatched_fields == ("name",)
