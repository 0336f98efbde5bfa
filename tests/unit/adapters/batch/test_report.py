"""The report counts what is kept, against the file: in = decided + refused + open; its lists are for people and name nobody."""

import csv
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.batch import Report, report
from govbus.reasons import Reason
from tests.unit.adapters.batch.files import JOB, everybody, opened, put

HOLDER = "civil-affairs"
SAID: list[dict[str, Any]] = [
    {"outcome": "match", "holder": HOLDER},
    {"outcome": "mismatch", "holder": HOLDER, "mismatched_fields": ["marital_status", "spouse_id"]},
    {"outcome": "no_record", "holder": HOLDER},
    {"outcome": "timeout", "reason": "HOLDER_SILENT", "owner": HOLDER},
    {"outcome": "timeout", "reason": "HOLDER_SILENT", "owner": "public-security"},
    {"outcome": "refused", "reason": "BAD_ROW", "owner": "housing"},
    {"outcome": "refused", "reason": "NO_GRANT", "owner": "housing"},
]


def made(folder: Path, said: list[int | None]) -> tuple[Report, dict[str, Any], Path]:
    path, out = put(folder, len(said)), folder / "out"
    with opened(path, out) as (found, kept):
        for person, which in zip(everybody(path), said, strict=True):
            if which is not None:
                kept.enter(person, SAID[which])
        kept.keep()
        told = report.made(kept, JOB, found.count, kept.count, 2.0)
    return told, json.loads((out / "report.json").read_text(encoding="utf-8")), out


def listed(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


@given(st.lists(st.none() | st.integers(0, len(SAID) - 1), max_size=40))
@settings(max_examples=60, deadline=None)
def test_the_books(said: list[int | None]) -> None:
    with tempfile.TemporaryDirectory() as name:
        told, data, out = made(Path(name), said)
        lists = {each: [int(row["line"]) for row in listed(out / f"{each}.csv")] for each in ("hearing", "refused")}
    given_out = [SAID[which] for which in said if which is not None]
    assert told.outcomes == Counter(each["outcome"] for each in given_out)
    assert told.reasons == Counter(each["reason"] for each in given_out if "reason" in each)
    assert told.silent == Counter(each["owner"] for each in given_out if each.get("reason") == "HOLDER_SILENT")
    assert (told.people, told.missing, told.difference) == (len(said), said.count(None), 0)
    assert data["people"] == data["decided"] + data["refused"] + data["missing"]
    lines = {
        what: [line for line, which in enumerate(said, 2) if which in numbers] for what, numbers in (("hearing", {1}), ("refused", {5, 6}))
    }
    assert lists == lines
    assert [each["line"] for each in data["hearing"]] == lines["hearing"]


def test_the_lists_say_who_it_is_by_line_and_reference(tmp_path: Path) -> None:
    _, data, out = made(tmp_path, [1, 5, 0])
    name = everybody(tmp_path / "people.csv")[0].request_id
    assert data["hearing"] == [{
        "line": 2, "reference": "GZF-0000000", "request_id": name, "mismatched_fields": ["marital_status", "spouse_id"], "holder": HOLDER,
    }]  # fmt: skip
    (refused,) = listed(out / "refused.csv")
    assert (refused["line"], refused["reason"], refused["what_to_do"]) == ("3", "BAD_ROW", Reason.BAD_ROW.fix)
    assert (out / "hearing.csv").read_bytes().startswith(b"\xef\xbb\xbf"), "or a spreadsheet takes it for GBK"


def test_a_line_that_stands_twice_breaks_the_books(tmp_path: Path) -> None:
    path, out = put(tmp_path, 2), tmp_path / "out"
    (one, two) = everybody(path)
    with opened(path, out) as (found, kept):
        for person in (one, two, two):
            kept.enter(person, SAID[0])
        kept.keep()
        told = report.made(kept, JOB, found.count, 3, 1.0)
    assert told.difference == -1
    assert "UNACCOUNTED" in (out / "report.md").read_text(encoding="utf-8")


def test_what_a_clerk_reads(tmp_path: Path) -> None:
    *_, out = made(tmp_path, [0, 0, 1, 4, 5, None])
    words = (out / "report.md").read_text(encoding="utf-8")
    assert "6 people = 4 decided + 1 refused + 1 open.\n" in words
    assert "| Silent holder | people |\n|---|---|\n| public-security | 1 |" in words
    assert "The last run took 2.0 s, 2 a second." in words
