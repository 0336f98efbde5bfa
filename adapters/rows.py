"""CSV rows of old systems to records: encodings, null words, full-width digits, code tables. Pure; every refusal names field and reason."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.declaration import FileSource, RoundSource
from govbus.errors import Poison
from govbus.identity import dates, disability_card
from govbus.identity.names import normalise as normalise_name
from govbus.identity.text import tidy
from govbus.reasons import Reason

_UTF8_MARK, _GB_MARK = b"\xef\xbb\xbf", b"\x84\x31\x95\x33"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file. ``number`` is the line as a spreadsheet counts it: the header is 1."""

    number: int
    cells: tuple[str, ...]


def decode(raw: bytes, spec: FileSource | RoundSource, place: str) -> str:
    """The file's text. A byte order mark decides; without one the declared encodings are tried in order.

    :raises Poison: BAD_ENCODING
    """
    marked = "utf-8-sig" if raw.startswith(_UTF8_MARK) else ("gb18030" if raw.startswith(_GB_MARK) else None)
    for encoding in (marked,) if marked else spec.encodings:
        try:
            return raw.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
    raise Poison(Reason.BAD_ENCODING, place, f"the bytes are none of {', '.join(spec.encodings)}")


def parse(text: str, spec: FileSource | RoundSource, place: str) -> Iterator[Row]:
    """Rows below the header.

    :raises Poison: WRONG_COLUMNS; the message names the declared columns, not what stands in the file. BAD_ROW: no table at all, as when
        a quote is never closed and the rest of the file becomes one field
    """
    lines = csv.reader(io.StringIO(text, newline=""))
    try:
        header = tuple(tidy(cell) for cell in next(lines, ()))
        if header != tuple(spec.columns):
            raise Poison(Reason.WRONG_COLUMNS, place, f"{len(header)} columns, declared are {', '.join(spec.columns)}")
        for cells in lines:
            if cells:
                yield Row(lines.line_num, tuple(cells))
    except csv.Error:
        raise Poison(Reason.BAD_ROW, f"{place}:{lines.line_num}", "a field without end; is a quote not closed?") from None


def to_record(row: Row, spec: FileSource, place: str) -> dict[str, Any]:
    """The row's fields, tidied: half width, ISO days, code values; ``name`` keeps its glyphs.

    :raises Poison: BAD_ROW, BAD_DATE, BAD_ID_FORM or BAD_CHECK_DIGIT, naming the field
    """
    if len(row.cells) != len(spec.columns):
        raise Poison(Reason.BAD_ROW, place, f"{len(row.cells)} fields, not {len(spec.columns)}")
    cells = dict(zip(spec.columns.values(), row.cells, strict=True))
    data: dict[str, Any] = {name: normalise_name(cell) if name == "name" else tidy(cell) for name, cell in cells.items()}
    wrong = disability_card.fault(data[spec.card])
    if wrong:
        raise Poison(wrong, place, f"field {spec.card}")
    data[spec.card] = data[spec.card].upper()
    return data | _days(data, spec, place) | _codes(data, spec, place)


def _days(data: Mapping[str, str], spec: FileSource, place: str) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name in spec.dates:
        day = dates.read(data[name])
        if day is None:
            raise Poison(Reason.BAD_DATE, place, f"field {name}")
        found[name] = day.isoformat()
    for name in spec.ends:
        understood, last = dates.read_end(data[name])
        if not understood:
            raise Poison(Reason.BAD_DATE, place, f"field {name}")
        found[name] = last.isoformat() if last else None
    return found


def _codes(data: Mapping[str, str], spec: FileSource, place: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, table in spec.codes.items():
        if data[name] not in table:
            raise Poison(Reason.BAD_ROW, place, f"field {name} is not in its code table")
        found[name] = table[data[name]]
    return found
