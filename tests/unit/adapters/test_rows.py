"""Rows of old systems' files: what each quirk becomes, which reason each fault carries, and that nothing else ever comes out."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.declaration import FileSource, load_adapters
from adapters.rows import Row, decode, parse, to_record
from govbus.errors import Poison
from govbus.identity.citizen_id import check_digit
from govbus.reasons import Reason

FOUND = load_adapters()["disabled-federation.disability"].spec
assert isinstance(FOUND, FileSource)
SPEC: FileSource = FOUND
HEADER = ",".join(SPEC.columns)
ID = "44999919900307101" + check_digit("44999919900307101")
CARD = ID + "43"
GOOD = {
    "card_no": CARD, "name": "张三", "category": "4", "grade": "3", "issued": "2020-01-31", "valid_to": "2030-01-30", "status": "有效",
    "updated": "20260102",
}  # fmt: skip
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


def line(**changed: str) -> str:
    out = io.StringIO()
    csv.writer(out).writerow({**GOOD, **changed}.values())
    return out.getvalue()


def read(raw: bytes) -> list[dict[str, Any]]:
    return [to_record(row, SPEC, "f.csv") for row in parse(decode(raw, SPEC, "f.csv"), SPEC, "f.csv")]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        pytest.param(f"{HEADER}\r\n{line(name='张三')}".encode("gb18030"), "张三", id="gb18030"),
        pytest.param(f"\ufeff{HEADER}\r\n{line(name='张三')}".encode("gb18030"), "张三", id="gb18030 with a mark"),
        pytest.param(f"{HEADER}\r\n{line(name='𠮷𣲗')}".encode("gb18030"), "𠮷𣲗", id="gb18030, four bytes a character"),
        pytest.param(f"{HEADER}\r\n{line(name='张三')}".encode("utf-8-sig"), "张三", id="utf-8 with a mark"),
        pytest.param(f" {HEADER} \n\n{line(name='张三')}\n".encode("gb18030"), "张三", id="spaces in the header, empty lines"),
    ],
)
def test_encodings(raw: bytes, name: str) -> None:
    assert [found["name"] for found in read(raw)] == [name]


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("valid_to", "长期", None),
        ("valid_to", "无", None),
        ("valid_to", "/", None),
        ("valid_to", " 长 期 ", None),
        ("valid_to", "", None),
        ("valid_to", "2030年1月3日", "2030-01-03"),
        ("card_no", CARD.translate(FULL_WIDTH), CARD),
        ("card_no", CARD + "B1", CARD + "B1"),
        ("category", "４", "4"),
        ("issued", "２０２０－０１－３１", "2020-01-31"),
        ("issued", "43861", "2020-01-31"),
        ("name", "阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("name", "阿卜杜拉．买买提", "阿卜杜拉·买买提"),
        ("name", " 张　三 ", "张三"),
        ("status", "注销", "cancelled"),
    ],
)
def test_a_cell_becomes(field: str, cell: str, value: str | None) -> None:
    assert read(f"{HEADER}\n{line(**{field: cell})}".encode("gb18030"))[0][field] == value


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"issued": "2015-02-30"}, Reason.BAD_DATE),
        ({"issued": "无"}, Reason.BAD_DATE),
        ({"valid_to": "2015-02-30"}, Reason.BAD_DATE),
        ({"updated": ""}, Reason.BAD_DATE),
        ({"card_no": ID[:17] + ("0" if ID[17] != "0" else "1") + "43"}, Reason.BAD_CHECK_DIGIT),
        ({"card_no": CARD[:-1]}, Reason.BAD_ID_FORM),
        ({"card_no": ID + "93"}, Reason.BAD_ID_FORM),
        ({"category": "8"}, Reason.BAD_ROW),
        ({"status": "未知"}, Reason.BAD_ROW),
        ({"more": "a ninth cell"}, Reason.BAD_ROW),
    ],
)
def test_a_bad_row_names_its_reason_and_no_value(changed: dict[str, str], reason: Reason) -> None:
    with pytest.raises(Poison) as caught:
        read(f"{HEADER}\n{line(**changed)}".encode("gb18030"))
    assert caught.value.reason == reason
    assert all(value not in str(caught.value) for value in {**GOOD, **changed}.values() if len(value) > 4)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"\xff\xff\xff", Reason.BAD_ENCODING),
        (b"\xef\xbb\xbf\xff", Reason.BAD_ENCODING),
        (b"", Reason.WRONG_COLUMNS),
        ("姓名,残疾人证号\n".encode("gb18030"), Reason.WRONG_COLUMNS),
        (f"{HEADER}\n{line(name='长' * 200_000)}".encode("gb18030"), Reason.BAD_ROW),
    ],
)
def test_a_bad_file_names_its_reason(raw: bytes, reason: Reason) -> None:
    with pytest.raises(Poison) as caught:
        read(raw)
    assert caught.value.reason == reason


def test_a_row_is_numbered_as_a_spreadsheet_counts() -> None:
    assert [row.number for row in parse(f"{HEADER}\n{line()}{line()}", SPEC, "f.csv")] == [2, 3]


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_read_or_refused(raw: bytes, below_header: bool) -> None:
    try:
        read((HEADER + "\n").encode("gb18030") + raw if below_header else raw)
    except Poison as bad:
        assert bad.place == "f.csv"


days = st.dates(date(1949, 10, 1), date(2100, 1, 1))


@given(st.tuples(*[st.text(max_size=12)] * len(SPEC.columns)))
def test_any_cells_are_read_or_refused(cells: tuple[str, ...]) -> None:
    try:
        to_record(Row(2, cells), SPEC, "f.csv")
    except Poison as bad:
        assert bad.place == "f.csv"


@given(days, st.integers(0, 999), st.integers(1, 7), st.integers(1, 4), st.text("张王李赵·欧阳", min_size=1), days, st.none() | days)
def test_a_good_row_comes_back_as_it_was(
    born: date, number: int, category: int, grade: int, name: str, issued: date, last: date | None
) -> None:
    first = f"449999{born:%Y%m%d}{number:03d}"
    card = f"{first}{check_digit(first)}{category}{grade}"
    told = {"card_no": card, "name": name, "category": str(category), "grade": str(grade), "issued": issued.isoformat()}
    updated = (issued + timedelta(1)).isoformat()
    made = line(**told, valid_to=last.isoformat() if last else "长期", updated=updated)
    back = {**told, "valid_to": last.isoformat() if last else None, "status": "valid", "updated": updated}
    assert read(f"{HEADER}\n{made}".encode("gb18030")) == [back]
