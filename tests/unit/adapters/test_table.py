"""A clerk's CSV: told clearly when it is no such thing, and a bad line is its own affair; whatever is in it, nothing of it is quoted."""

import csv
import io
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters import table
from govbus.errors import Poison, SetupError
from govbus.reasons import Reason

HEAD = "id_type,id_no,name,town"
NAME = "叶安"


def put(folder: Path, text: str | bytes, encoding: str = "utf-8") -> Path:
    path = folder / "people.csv"
    path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
    return path


def rows(path: Path) -> dict[int, dict[str, str] | Reason]:
    with table.opened(path) as found:
        told = {number: cells.reason if isinstance(cells, Poison) else dict(cells) for number, cells in found.rows()}
        assert found.count == len(told)
        assert found.last == max(told, default=0)
    return told


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_are_numbered_as_a_spreadsheet_does(tmp_path: Path, mark: str, end: str) -> None:
    path = put(tmp_path, end.join([mark + HEAD, f"111,1,{NAME},x", "", ",,,", f" 111 ,2,'{NAME},"]))
    assert rows(path) == {
        2: {"id_type": "111", "id_no": "1", "name": NAME, "town": "x"},
        5: {"id_type": "111", "id_no": "2", "name": f"'{NAME}", "town": ""},
    }


def test_a_bad_line_never_spoils_its_neighbours(tmp_path: Path) -> None:
    bad = ['111,2,"叶', "111,3", "111,4,叶,x,y", '111,5,"叶"安,x']
    good = [f"111,{number},{NAME},x" for number in range(20)]
    told = rows(put(tmp_path, "\n".join([HEAD, *(line for pair in zip(good, bad, strict=False) for line in pair), *good[4:]])))
    assert [number for number, cells in told.items() if cells is Reason.BAD_ROW] == [3, 5, 7, 9]
    assert [cells["id_no"] for cells in told.values() if isinstance(cells, dict)] == [str(number) for number in range(20)]


def test_empty_columns_that_a_spreadsheet_leaves_are_none(tmp_path: Path) -> None:
    assert rows(put(tmp_path, f"{HEAD},,\n111,1,{NAME},x,,\n111,1,{NAME},x,,,,\n"))[3] == {
        "id_type": "111", "id_no": "1", "name": NAME, "town": "x",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (f"{HEAD}\n111,1,{NAME},x\n".encode("gbk"), "people.csv:2: the line is not UTF-8, but could be GBK; save it as 'CSV UTF-8'"),
        (f"{HEAD}\n111,1,{NAME},x\n".encode("utf-16"), "people.csv:1: the file is UTF-16"),
        (f"{HEAD}\n111,1,{NAME},x\n".encode("utf-16-be"), "people.csv:1: the file is UTF-16"),
        (f"\ufeff{HEAD}\n".encode("gb18030"), "people.csv:1: the file is GB18030"),
        (f"{HEAD}\n111,1,a,x\n".encode() + b"\xff\xff\n", "people.csv:3: the line is neither UTF-8 nor GBK"),
        (b"a" * (table.LONGEST + 1), "people.csv:1 is longer than 65536 bytes"),
        (b"name,town,name\n", "people.csv:1 has the column name more than once"),
        (b'name,"town\n', "people.csv:1 is no header"),
    ],
)
def test_what_is_no_such_file_is_told_before_anything_is_used(tmp_path: Path, raw: bytes, told: str) -> None:
    with pytest.raises(SetupError, match="^" + told.replace("(", r"\(")) as caught, table.opened(put(tmp_path, raw)):
        pass
    assert NAME not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"people\.csv cannot be read: No such file"), table.opened(tmp_path / "people.csv"):
        pass


def test_a_file_that_changes_under_the_hand_is_told(tmp_path: Path) -> None:
    path = put(tmp_path, "\n".join([HEAD, *(f"111,{number},{NAME},x" for number in range(9))]))
    with table.opened(path) as found:
        each = found.rows()
        next(each)
        path.write_bytes(path.read_bytes().replace(b"x", b"yy"))
        os.utime(path, (1, 1))
        with pytest.raises(SetupError, match="was changed while it was read"):
            list(each)


CELL = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_a_csv_writer_wrote_is_read_back(tmp_path: Path, lines: list[tuple[str, str, str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([("one", "two", "three"), *lines])
    wanted = {
        number: {name: cell.strip() for name, cell in zip(("one", "two", "three"), cells, strict=True)}
        for number, cells in enumerate(lines, 2)
        if any(cell.strip(" \t") for cell in cells)
    }
    assert rows(put(tmp_path, out.getvalue())) == wanted
