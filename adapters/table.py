"""A CSV that a clerk has made: checked as a whole before anything of it is used, then handed out a line at a time.

Nothing is held but the line in hand. A row is one line: a quote that is never closed spoils its own line and none behind it, and line
numbers are those that a spreadsheet shows. What the columns mean is the reader's affair.
"""

import csv
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from govbus.errors import Poison, SetupError
from govbus.reasons import Reason

LONGEST = 65_536
"""Bytes of a line."""
_UTF8_MARK, _GB_MARK, _UTF16_MARKS = b"\xef\xbb\xbf", b"\x84\x31\x95\x33", (b"\xff\xfe", b"\xfe\xff")
_SAVE = "save it as 'CSV UTF-8' (Excel, WPS)"
Row = tuple[int, Mapping[str, str] | Poison]
"""Line number (the header is 1), and the cells by column, or why there are none; the reason never quotes the line."""


@dataclass(frozen=True)
class Table:
    """An open file: ``digest`` is its SHA-256 in hex, ``count`` its rows, ``last`` its last row's line, ``modified`` to the second."""

    name: str
    columns: tuple[str, ...]
    count: int
    last: int
    digest: str
    modified: datetime
    file: BinaryIO

    def rows(self) -> Iterator[Row]:
        """Every line below the header that has anything in it.

        :raises SetupError: the file is being changed
        """
        before = _standing(self.file)
        for number, line in _lines(self.file, self.name):
            if number == 1 or _blank(line):
                continue
            if _standing(self.file) != before:
                msg = f"{self.name} was changed while it was read (line {number}): leave it alone, and start again"
                raise SetupError(msg)
            yield number, self._cells(number, line)

    def _cells(self, number: int, line: bytes) -> Mapping[str, str] | Poison:
        place = f"{self.name}:{number}"
        try:
            cells = _split(line)
        except (csv.Error, UnicodeDecodeError):
            return Poison(Reason.BAD_ROW, place, "no line of a CSV; is a quote not closed?")
        if len(cells) < len(self.columns) or any(cells[len(self.columns) :]):
            return Poison(Reason.BAD_ROW, place, f"{len(cells)} fields, not {len(self.columns)}")
        return {name: cell.strip() for name, cell in zip(self.columns, cells, strict=False) if name}


@contextmanager
def opened(path: Path) -> Iterator[Table]:
    """The table in ``path``: UTF-8, with or without a byte order mark, separated by commas.

    :raises SetupError: no such file, another encoding (told by its name where it is known), a line without end, a column twice
    """
    try:
        file = path.open("rb")
    except OSError as error:
        msg = f"{path.name} cannot be read: {error.strerror}"
        raise SetupError(msg) from None
    with file:
        yield _checked(file, path.name)


def _checked(file: BinaryIO, name: str) -> Table:
    digest, count, last = hashlib.sha256(), 0, 0
    columns: tuple[str, ...] = ()
    for number, line in _lines(file, name):
        digest.update(line)
        _decodable(line, f"{name}:{number}", first=number == 1)
        if number == 1:
            columns = _header(line, name)
        elif not _blank(line):
            count, last = count + 1, number
    modified = datetime.fromtimestamp(int(os.fstat(file.fileno()).st_mtime), UTC)
    return Table(name, columns, count, last, digest.hexdigest(), modified, file)


def _lines(file: BinaryIO, name: str) -> Iterator[tuple[int, bytes]]:
    file.seek(0)
    number = 0
    while line := file.readline(LONGEST + 1):
        number += 1
        if len(line) > LONGEST:
            msg = f"{name}:{number} is longer than {LONGEST} bytes: this is no table of one line a row"
            raise SetupError(msg)
        yield number, line


def _decodable(line: bytes, place: str, first: bool) -> None:
    foreign = ""
    if first and (line.startswith(_UTF16_MARKS) or b"\x00" in line):
        foreign = "the file is UTF-16 ('Unicode text')"
    elif first and line.startswith(_GB_MARK):
        foreign = "the file is GB18030"
    else:
        try:
            line.decode()
        except UnicodeDecodeError:
            foreign = "the line is not UTF-8, but could be GBK" if _is_gb(line) else "the line is neither UTF-8 nor GBK"
    if foreign:
        msg = f"{place}: {foreign}; {_SAVE}"
        raise SetupError(msg)


def _is_gb(line: bytes) -> bool:
    try:
        line.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True


def _header(line: bytes, name: str) -> tuple[str, ...]:
    try:
        columns = tuple(cell.strip() for cell in _split(line.removeprefix(_UTF8_MARK)))
    except csv.Error:
        msg = f"{name}:1 is no header of a CSV: names of columns, separated by commas, one line"
        raise SetupError(msg) from None
    named = [each for each in columns if each]
    if twice := sorted({each for each in named if named.count(each) > 1}):
        msg = f"{name}:1 has the column {', '.join(twice)} more than once"
        raise SetupError(msg)
    return columns


def _split(line: bytes) -> list[str]:
    return next(csv.reader([line.decode().rstrip("\r\n")], strict=True), [])


def _blank(line: bytes) -> bool:
    return not line.strip(b", \t\r\n")


def _standing(file: BinaryIO) -> tuple[int, int]:
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns
