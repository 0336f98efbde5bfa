"""What disabled-federation has in the scenarios, as a reader finds it in the drop folder."""

import csv
import hashlib
import io
from pathlib import Path

import pytest

from govbus.reasons import Reason
from local import cases
from local.departments import scenario_nights
from local.departments.disabled_federation import HEADER
from local.departments.people import families

ROWS = cases.lines("disabled-federation")


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    scenario_nights.write(tmp_path, ROWS)
    return tmp_path


def test_every_line_is_in_the_file_of_its_night_as_the_scenarios_have_it(drop: Path) -> None:
    for number, path in enumerate(sorted(drop.glob("*.csv")), 1):
        header, *lines = csv.reader(io.StringIO(path.read_bytes().decode("gb18030"), newline=""))
        assert tuple(header) == HEADER
        assert lines == [[] if row.get("blank") else [row[name] for name in HEADER] for row in ROWS if row["night"] == number]


def test_each_night_has_its_checksum_and_its_ready_file(drop: Path) -> None:
    files = sorted(drop.glob("*.csv"))
    assert [path.stem.removeprefix("disability-") for path in files] == list(scenario_nights.NIGHTS)
    for path in files:
        assert Path(f"{path}.sha256").read_text().split() == [hashlib.sha256(path.read_bytes()).hexdigest(), path.name]
        assert Path(f"{path}.ok").exists()


def test_what_is_said_of_a_line_can_be_read() -> None:
    assert {name for row in ROWS for name in row} == {*HEADER, "night", "refused", "blank"}
    assert {row["night"] for row in ROWS} == {1, 2, 3}
    assert {row["refused"] for row in ROWS if "refused" in row} <= set(Reason)


def test_lines_of_files_are_no_table() -> None:
    assert cases.tables("disabled-federation") == []


def test_nobody_of_the_population_is_in_a_scenario() -> None:
    people = {row["残疾人证号"][:18] for row in ROWS if "残疾人证号" in row}
    assert not people & {person.id_no for family in families(20_000) for person in family.members}
