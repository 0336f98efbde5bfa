"""disabled-federation: no database, only the nightly file that its old program exports, with everything in it every night.

Three nights are enough for all that such files do: another encoding each night, rows sent again, nothing ever deleted, people graded
anew under a new card number, full-width digits, ``无`` ``/`` and ``长期`` for "no end", and rows that nobody can use.
"""

import csv
import hashlib
import io
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from local.departments import names
from local.departments.people import BOOK_FAMILIES, Case, Family, Person

HEADER = ("残疾人证号", "姓名", "残疾类别", "残疾等级", "发证日期", "有效期至", "状态", "更新日期")
NIGHTS = ("20250103", "20250104", "20250105")
_ENCODINGS = {NIGHTS[0]: ("gb18030", ""), NIGHTS[1]: ("gb18030", "\ufeff"), NIGHTS[2]: ("utf-8", "\ufeff")}
_FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
Line = tuple[str, ...]


class Card(StrEnum):
    """What is the matter with a person's certificate, or with its rows."""

    PLAIN = "plain"
    WORSE = "worse"
    BETTER = "better"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    FOREVER = "长期"
    SLASH = "/"
    NONE = "无"
    FULL_WIDTH = "full_width"
    RESENT = "resent"
    SPACED = "spaced"
    BAD_ID = "bad_id"
    BAD_DATE = "bad_date"
    SHORT = "short"


CARDS = (Card.PLAIN, Card.PLAIN, *Card)
BROKEN = (Card.BAD_ID, Card.BAD_DATE, Card.SHORT)
"""Rows that must be refused, so that the bus has no record of these people."""


def holder(family: Family) -> Person | None:
    """The member who has a certificate: the second child in the case book, and of every 25th family after it."""
    return family.members[3] if family.number < BOOK_FAMILIES or family.number % 25 == 0 else None


def card(family: Family) -> Card:
    """What is the matter with this family's certificate."""
    return CARDS[family.number % len(CARDS)] if family.number < BOOK_FAMILIES else Card.PLAIN


def category(family: Family) -> str:
    """1 sight … 7 multiple."""
    return str(1 + family.chance % 7)


def grade(family: Family) -> int:
    """The grade in force after the last night, 1 (most severe) to 4."""
    first = 2 + family.chance // 7 % 2
    return first + {Card.WORSE: -1, Card.BETTER: 1}.get(card(family), 0)


def write(drop: Path, families: Iterable[Family]) -> dict[str, int]:
    """Write the three nights' files into ``drop``, each with its checksum and then its ready-file; rows by file name."""
    chosen = [family for family in families if holder(family)]
    counts = {}
    for night in NIGHTS:
        lines = [line for family in chosen for line in _lines(family, night)]
        name = f"disability-{night}.csv"
        publish(drop, name, encoded(lines, *_ENCODINGS[night]))
        counts[name] = len(lines)
    return counts


def _lines(family: Family, night: str) -> list[Line]:
    kind, nth = card(family), NIGHTS.index(night)
    first = _line(family, 2 + family.chance // 7 % 2, "有效", "2018-09-20")
    if kind in (Card.WORSE, Card.BETTER):
        # Later nights send the new card first and the old one after it: only 更新日期 tells which is in force.
        return [_line(family, grade(family), "有效", "2024-12-30"), first] if nth else [first]
    if kind is Card.CANCELLED and nth:
        return [_line(family, grade(family), "注销", "2024-12-31"), *([first] if nth == 2 else [])]
    return [first, first] if kind is Card.RESENT and nth == 2 else [first]


def _line(family: Family, level: int, state: str, updated: str) -> Line:
    person, kind = family.members[3], card(family)
    number, name, issued = person.id_no + category(family) + str(level), person.name, _styled("2015-03-07", family.chance)
    until = {Card.EXPIRED: "2023-03-06", Card.FOREVER: "长期", Card.SLASH: "/", Card.NONE: "无"}.get(
        kind, _styled("2045-03-06", family.chance)
    )
    kinds, levels = category(family), str(level)
    match kind:
        case Card.FULL_WIDTH:
            number, kinds, levels = (text.translate(_FULL_WIDTH) for text in (number, kinds, levels))
        case Card.SPACED:
            name = "\u3000".join(name)
        case Card.BAD_ID:
            number = number[:17] + ("0" if number[17] == "X" else "X") + number[18:]
        case Card.BAD_DATE:
            issued = "2015-02-30"
        case Card.SHORT:
            return (number, name, kinds, levels, issued, until, state)
    if family.case is Case.VARIANT:
        name = names.variant(name)
    return (number, name, kinds, levels, issued, until, state, _styled(updated, family.chance // 3))


def _styled(day: str, chance: int) -> str:
    """An ISO date as different clerks' programs print it."""
    year, month, number = day.split("-")
    return (day, f"{year}/{int(month)}/{int(number)}", f"{year}年{int(month)}月{int(number)}日", year + month + number)[chance % 4]


def encoded(lines: Iterable[Line], encoding: str, mark: str = "") -> bytes:
    """A night's file: the header and these lines, with a byte order mark before it if its program writes one."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([HEADER, *lines])
    return (mark + text.getvalue()).encode(encoding)


def publish(drop: Path, name: str, body: bytes) -> None:
    """Content first, ready-file last, each under its final name only when it is whole."""
    digest = f"{hashlib.sha256(body).hexdigest()}  {name}\n".encode()
    for final, content in ((name, body), (f"{name}.sha256", digest), (f"{name}.ok", b"")):
        half = drop / f".{final}.part"
        half.write_bytes(content)
        half.rename(drop / final)
