"""The folder is one batch's and one run's; a line that a death cut short is none; the same file is known again."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.batch.people import Person
from govbus.errors import SetupError
from govbus.reasons import Reason
from tests.unit.adapters.batch.files import JOB, NAME, citizen, everybody, opened, put

MATCH = {"outcome": "match", "mismatched_fields": [], "flags": ["former_name"], "reason": None, "owner": None, "holder": "civil-affairs"}


def enter(path: Path, out: Path, people: list[Person]) -> None:
    with opened(path, out) as (_, kept):
        for person in people:
            kept.enter(person, MATCH)


def test_what_was_kept_is_known_when_it_is_opened_again(tmp_path: Path) -> None:
    path, out = put(tmp_path, 5), tmp_path / "out"
    enter(path, out, everybody(path)[1:3])
    with opened(path, out) as (_, kept):
        assert [kept.has(line) for line in range(2, 7)] == [False, True, True, False, False]
        assert kept.count == 2
        (first, _) = kept.results()
    assert (first["line"], first["reference"], first["outcome"], first["flags"]) == ("3", "GZF-0000001", "match", "former_name")


@pytest.mark.parametrize("cut", range(1, 60))
def test_a_line_that_a_death_cut_short_is_none(tmp_path: Path, cut: int) -> None:
    path, out = put(tmp_path, 3), tmp_path / "out"
    people = everybody(path)
    enter(path, out, people[:2])
    whole = (out / "results.csv").read_bytes()
    (out / "results.csv").write_bytes(whole[:-cut])
    enter(path, out, people[1:2])
    assert (out / "results.csv").read_bytes() == whole


def test_another_question_or_file_needs_another_folder(tmp_path: Path) -> None:
    path, out = put(tmp_path, 3), tmp_path / "out"
    enter(path, out, [])
    for job, file in ((replace(JOB, purpose="school-enrolment"), path), (JOB, put(tmp_path, 4, "other.csv"))):
        with pytest.raises(SetupError, match="another file or of another question"), opened(file, out, job):
            pass


def test_the_same_file_is_known_again(tmp_path: Path) -> None:
    path = put(tmp_path, 3)
    enter(path, tmp_path / "one", [])
    again = put(tmp_path, 3, "renamed.csv")
    with pytest.raises(SetupError, match=r"was checked for this item .*/one, .*next --attempt"), opened(again, tmp_path / "two"):
        pass
    for job in (replace(JOB, attempt=2), replace(JOB, item="proof-17")):
        with opened(again, tmp_path / f"{job.item}-{job.attempt}", job):
            pass
    (tmp_path / "one").rename(tmp_path / "moved")
    with opened(path, tmp_path / "moved") as (_, kept):
        assert kept.count == 0


def test_two_runs_at_once_are_told(tmp_path: Path) -> None:
    path, out = put(tmp_path, 3), tmp_path / "out"
    with opened(path, out), pytest.raises(SetupError, match="running already"), opened(path, out):
        pass


def test_results_of_another_version_are_left_alone(tmp_path: Path) -> None:
    path, out = put(tmp_path, 3), tmp_path / "out"
    enter(path, out, [])
    (out / "results.csv").write_text("line,outcome\n2,match\n")
    with pytest.raises(SetupError, match="another version"), opened(path, out):
        pass


def test_ids_follow_from_content_line_and_attempt(tmp_path: Path) -> None:
    people = everybody(put(tmp_path, 3))
    assert len({person.request_id for person in people}) == 3
    assert everybody(put(tmp_path, 3, "copy.csv")) == people
    others = everybody(put(tmp_path, 3), replace(JOB, attempt=2)) + everybody(put(tmp_path, 4))
    assert not {person.request_id for person in people} & {person.request_id for person in others}


def test_nobody_is_in_the_folder(tmp_path: Path) -> None:
    wrong = f"111,{citizen(7)},{NAME},20,case of {NAME}\n111,{citizen(8)},{NAME},20,no {citizen(8)}\n"
    path, out = put(tmp_path, 2, more=wrong), tmp_path / "out"
    people = everybody(path)
    assert [person.wrong.reason if person.wrong else None for person in people] == [None, None, Reason.BAD_ROW, Reason.BAD_ROW]
    enter(path, out, people)
    written = "".join(each.read_text(encoding="utf-8") for each in out.iterdir())
    assert json.loads((out / "batch.json").read_text(encoding="utf-8"))["officer"] == "ZJ0001"
    assert NAME not in written
    assert not any(citizen(number) in written for number in (0, 1, 7, 8))
