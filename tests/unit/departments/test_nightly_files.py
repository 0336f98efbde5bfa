"""disabled-federation's files, as a reader finds them in the drop folder."""

import csv
import hashlib
import io
from pathlib import Path

import pytest

from local.departments.disabled_federation import HEADER, write
from local.departments.people import families


@pytest.fixture(scope="module")
def drop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drop")
    write(folder, families(3_040))
    return folder


def read(path: Path) -> list[list[str]]:
    raw = path.read_bytes()
    encoding = "utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "gb18030"
    return list(csv.reader(io.StringIO(raw.decode(encoding).removeprefix("\ufeff"), newline="")))


def nights(drop: Path) -> list[list[list[str]]]:
    return [read(path) for path in sorted(drop.glob("*.csv"))]


def test_each_file_is_whole_and_has_its_checksum_and_its_ready_file(drop: Path) -> None:
    files = sorted(drop.glob("*.csv"))
    assert len(files) == 3
    for path in files:
        assert Path(f"{path}.sha256").read_text().split() == [hashlib.sha256(path.read_bytes()).hexdigest(), path.name]
        assert Path(f"{path}.ok").exists()
    assert not list(drop.glob(".*.part"))


def test_every_night_has_another_encoding(drop: Path) -> None:
    first, second, third = (path.read_bytes() for path in sorted(drop.glob("*.csv")))
    assert not first.startswith((b"\xef\xbb\xbf", b"\x84\x31\x95\x33"))
    assert second.startswith(b"\x84\x31\x95\x33")
    assert third.startswith(b"\xef\xbb\xbf")
    assert all(tuple(night[0]) == HEADER for night in nights(drop))


def test_nothing_is_ever_deleted(drop: Path) -> None:
    first, second, third = ({tuple(row) for row in night[1:] if "注销" not in row} for night in nights(drop))
    gone = first - second
    assert first & third >= first & second
    assert gone <= third  # a cancelled certificate's old row is left out one night, and comes again the next


def test_the_traps_are_there(drop: Path) -> None:
    _, _, last = nights(drop)
    rows = last[1:]
    ends, states = {row[5] for row in rows}, {row[6] for row in rows}
    assert {"长期", "无", "/"} <= ends
    assert states == {"有效", "注销"}
    assert any(row[0][:6] == "４４９９９９" for row in rows)
    assert any("\u3000" in row[1] for row in rows)
    assert any("鍾" in row[1] for row in rows)
    assert any(len(row) == 7 for row in rows)
    assert any(row[4] == "2015-02-30" for row in rows)
    assert len({tuple(row) for row in rows}) < len(rows)


def test_a_new_grade_comes_under_a_new_number_and_before_the_row_that_it_replaces(drop: Path) -> None:
    _, _, last = nights(drop)
    grades: dict[str, list[str]] = {}
    for row in last[1:]:
        grades.setdefault(row[0][:18], []).append(row[0])
    twice = [numbers for numbers in grades.values() if len(set(numbers)) == 2]
    assert len(twice) >= 20
    updated = {row[0]: row[7] for row in last[1:] if len(row) == 8}
    assert all("2024" in updated[new] and "2018" in updated[old] for new, old in twice)


def test_the_same_people_make_the_same_bytes(drop: Path, tmp_path: Path) -> None:
    write(tmp_path, families(3_040))
    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == [path.read_bytes() for path in sorted(drop.iterdir())]
