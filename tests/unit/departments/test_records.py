"""What the departments wrote down: each table has the traps that its kind of system sets."""

from collections import Counter
from itertools import pairwise

import pytest

from local.departments import civil_affairs, public_security
from local.departments.people import families
from local.departments.tables import Row, Tables


def rows(tables: Tables, name: str) -> list[dict[str, object]]:
    columns, found = tables[name]
    return [dict(zip(columns, row, strict=True)) for row in found]


@pytest.fixture(scope="module")
def population() -> Tables:
    return public_security.tables(families(3_040))


@pytest.fixture(scope="module")
def register() -> list[dict[str, object]]:
    return rows(civil_affairs.tables(families(3_040)), "marriage_register")


def test_ids_come_in_every_way_that_clerks_typed_them(population: Tables) -> None:
    typed = [str(row["gmsfhm"]) for row in rows(population, "ck_rkjbxx")]
    assert Counter(map(len, typed)).keys() == {15, 18}
    assert any(one.endswith("x") for one in typed)
    assert any(one.endswith("X") for one in typed)
    assert max(Counter(typed).values()) == 2


def test_memberships_are_open_in_two_ways_and_never_overlap(population: Tables) -> None:
    members = rows(population, "ck_hcy")
    assert {None, "99991231"} < {row["chrq"] for row in members}
    by_person: dict[object, list[tuple[str, str]]] = {}
    for row in members:
        by_person.setdefault(row["rybh"], []).append((str(row["rhrq"]), str(row["chrq"] or "99991231")))
    assert any(len(stays) == 2 for stays in by_person.values())
    for stays in by_person.values():
        stays.sort()
        assert all(start <= end for start, end in stays)
        assert all(end <= later for (_, end), (later, _) in pairwise(stays))


def test_every_household_has_a_town_by_the_private_table(population: Tables) -> None:
    codes = {row["dm"]: str(row["qhdm"]) for row in rows(population, "dm_xzjd")}
    assert len(codes) == len(set(codes.values())) + 2
    assert all(code.endswith("000") and len(code) == 12 for code in codes.values())
    households = rows(population, "ck_hjxx")
    assert {row["xzdm"] for row in households} <= codes.keys()
    assert {row["hlx"] for row in households} == {"1", "2"}


def test_the_register_has_every_kind_of_entry_and_both_ways_to_write_a_day(register: list[dict[str, object]]) -> None:
    assert {row["kind"] for row in register} == {"结婚", "离婚", "补领", "撤销"}
    assert {len(str(row["reg_date"])) for row in register} == {8, 10}
    assert {len(str(row["man_id"])) for row in register} == {15, 18}
    assert len({row["cert_no"] for row in register}) == len(register)
    assert any("葉" in str(row["man_name"]) for row in register)


def test_annulments_and_reissues_name_a_marriage_that_is_there(register: list[dict[str, object]]) -> None:
    weddings = {row["cert_no"] for row in register if row["kind"] == "结婚"}
    assert {row["old_cert_no"] for row in register if row["kind"] in ("补领", "撤销")} <= weddings
    assert all(row["court_note"] for row in register if row["kind"] == "撤销")


def test_two_fills_have_the_same_rows() -> None:
    def all_rows() -> list[Row]:
        made = list(families(1_000))
        return [
            row for tables in (public_security.tables(made), civil_affairs.tables(made)) for _, found in tables.values() for row in found
        ]

    assert all_rows() == all_rows()
