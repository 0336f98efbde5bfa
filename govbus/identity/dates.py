"""Dates as old systems write them (domain notes C7.7)."""

import re
from datetime import date, timedelta

from govbus.identity.text import tidy

_PARTS = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")
_EXCEL = re.compile(r"[1-9]\d{4}")
_EXCEL_EPOCH = date(1899, 12, 30)  # Excel's serial 1 is 1900-01-01, and it believes in 1900-02-29
NO_END = {"长期", "永久", "9999-12-31", "99991231", "9999/12/31"}
NOTHING = {"", "无", "/", "-", "1900-01-01", "19000101", "NULL"}


def read(text: str) -> date | None:
    """The day that ``text`` names, or None where there is no such day or no day at all.

    Understands 19900307, 1990-3-7, 1990/03/07, 1990年3月7日 and Excel serials, in full width too.
    """
    plain = tidy(text)
    if _EXCEL.fullmatch(plain):
        return _EXCEL_EPOCH + timedelta(days=int(plain))
    found = _PARTS.fullmatch(plain)
    if not found or (plain.isdigit() and len(plain) != 8):
        return None
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        return None


def read_end(text: str) -> tuple[bool, date | None]:
    """(understood, last day): 长期 and its like are understood and have no last day."""
    plain = tidy(text)
    if plain in NO_END or plain in NOTHING:
        return True, None
    day = read(plain)
    return day is not None, day


def iso(text: str) -> date | None:
    """An ISO day (YYYY-MM-DD) from 1900 on, or None: what requests carry, so nothing else is accepted."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if len(text) == 10 and day.year >= 1900 else None
