"""The synthetic population: nobody, the same nobody every time, and hard to handle."""

import hashlib
import subprocess
import sys
from datetime import date
from itertools import islice

import pytest

from local.departments import names, numbers
from local.departments.people import Case, Family, families, outsider

PEOPLE = 3_040


@pytest.fixture(scope="module")
def some() -> list[Family]:
    return list(families(PEOPLE))


def holds(id_no: str) -> bool:
    """ISO 7064 MOD 11-2 from its definition: the number in powers of two is 1 modulo 11."""
    return sum((10 if sign == "X" else int(sign)) << (17 - place) for place, sign in enumerate(id_no)) % 11 == 1


@pytest.mark.parametrize("id_no", ["11010519491231002X", "440524188001010014", "449999199003070015", "44999920001231999X"])
def test_check_signs_are_those_of_the_standard(id_no: str) -> None:
    assert numbers.citizen_id(id_no[:6], id_no[6:14], int(id_no[14:17])) == id_no


def test_an_old_id_is_the_same_number_without_century_and_check_sign() -> None:
    assert numbers.old_id("440899199003070011") == "440899900307001"


def test_an_organisation_code_has_the_check_sign_of_the_standard() -> None:
    assert [numbers.uscc(code[:17]) for code in ("91449999MA0000015X", "11449999000000019F")] == [
        "91449999MA0000015X",
        "11449999000000019F",
    ]


def test_everybody_has_a_valid_number_of_their_own_that_no_real_person_can_have(some: list[Family]) -> None:
    people = [person for family in some for person in family.members] + [outsider(n, "12"[n % 2]) for n in range(0, 19_000, 97)]
    assert all(holds(person.id_no) and person.id_no[:6] in numbers.DIVISIONS for person in people)
    assert len({person.id_no for person in people}) == len(people)
    assert all((int(person.id_no[16]) % 2 == 1) == (person.sex == "1") and person.id_no[6:14] == person.born for person in people)
    assert all(person.phone[:2] == "10" and len(person.phone) == 11 for person in people)


def test_births_and_weddings_follow_nature(some: list[Family]) -> None:
    for family in some:
        born = [date.fromisoformat(person.born) for person in family.members]
        assert date(1930, 1, 1) < min(born)
        assert max(born) < date(2025, 1, 1)
        assert min(born[2:]).year - max(born[:2]).year >= 22
        assert date.fromisoformat(family.married).year - max(born[:2]).year == 22


def test_the_first_families_do_not_depend_on_how_many_follow(some: list[Family]) -> None:
    assert list(islice(families(40_000), len(some))) == some


def test_another_process_makes_the_same_bytes(some: list[Family]) -> None:
    show = f"print(hashlib.sha256(repr(list(families({PEOPLE}))).encode()).hexdigest())"
    code = f"import hashlib; from local.departments.people import families; {show}"
    env = {"PYTHONHASHSEED": "7", "PYTHONPATH": "."}
    told = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == hashlib.sha256(repr(some).encode()).hexdigest()


def test_names_hold_what_breaks_systems(some: list[Family]) -> None:
    text = [person.name for family in some for person in family.members]
    for part in ("㙍", "䶮", "𠮷", "·", "欧阳"):
        assert any(part in name for name in text), part
    assert any(ord(sign) > 0xFFFF for name in text for sign in name)
    assert all(names.variant(person.name) != person.name for family in some if family.case is Case.VARIANT for person in family.members)


def test_a_small_population_has_every_case_twenty_times(some: list[Family]) -> None:
    cases = [family.case for family in some]
    assert min(cases.count(case) for case in Case) >= 20
