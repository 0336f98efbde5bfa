"""civil-affairs: the marriage register, as ``civil-affairs/schema.sql`` has it."""

import json
from collections.abc import Iterable, Iterator

from local.departments import names, numbers
from local.departments.people import BOOK_FAMILIES, Case, Family, Person, outsider
from local.departments.public_security import former_name
from local.departments.tables import Row, Tables

REGISTER = (
    "cert_no", "kind", "man_id", "man_name", "woman_id", "woman_name", "reg_date", "organ", "old_cert_no", "court_note", "entered_at",
)  # fmt: skip
_ORGAN = numbers.uscc("11449999000000019")
_LETTERS = {"结婚": "J", "离婚": "L", "补领": "B", "撤销": "C"}
_NO_MARRIAGE = (Case.COLLECTIVE,)


def tables(families: Iterable[Family]) -> Tables:
    """Rows of the one table."""
    return {"marriage_register": (REGISTER, (row for family in families for row in _rows(family)))}


def later(day: str, years: int) -> str:
    """``day`` (YYYYMMDD) so many years on; days stop at the 28th, so every result exists."""
    return f"{int(day[:4]) + years}{day[4:]}"


def first_wife(family: Family) -> Person:
    """Whom the father of a case REMARRIED or TWO_MARRIAGES married beside the mother; in no population register."""
    return outsider(family.number % 20_000, "2")


def _rows(family: Family) -> Iterator[Row]:
    if family.case in _NO_MARRIAGE:
        return
    day, (man, woman) = family.married, family.members[:2]
    if family.case is Case.REMARRIED:
        first = _cert("结婚", family, day, 1)
        yield _entry(family, first, (man, first_wife(family)), day)
        yield _entry(family, _cert("离婚", family, later(day, 2), 1), (man, first_wife(family)), later(day, 2))
        day = later(day, 4)
    elif family.case is Case.TWO_MARRIAGES:
        yield _entry(family, _cert("结婚", family, later(day, 1), 1), (man, first_wife(family)), later(day, 1))
    wedding = _cert("结婚", family, day, 0)
    yield _entry(family, wedding, (man, woman), day)
    yield from _afterwards(family, wedding, (man, woman), day)


def _afterwards(family: Family, wedding: str, couple: tuple[Person, Person], day: str) -> Iterator[Row]:
    after = later(day, 3)
    note = json.dumps({"judgment_no": f"({after[:4]})测0899民初{family.number}号", "date": _day(after)}, ensure_ascii=False)
    match family.case:
        case Case.DIVORCED:
            yield _entry(family, _cert("离婚", family, after, 0), couple, after)
        case Case.COURT_DIVORCED:
            yield _entry(family, _cert("离婚", family, after, 0), couple, after, note=note)
        case Case.ANNULLED:
            yield _entry(family, _cert("撤销", family, after, 0), couple, after, wedding, note)
        case Case.REWED:
            yield _entry(family, _cert("离婚", family, after, 0), couple, after)
            yield _entry(family, _cert("结婚", family, later(day, 4), 2), couple, later(day, 4))
        case Case.REISSUED:
            yield _entry(family, _cert("补领", family, after, 0), couple, after, wedding)
        case _:
            return


def _entry(family: Family, cert: str, couple: tuple[Person, Person], day: str, old: str | None = None, note: str | None = None) -> Row:
    kind = next(kind for kind, letter in _LETTERS.items() if letter == cert[0])
    (man_id, man), (woman_id, woman) = (_written(family, person) for person in couple)
    return (cert, kind, man_id, man, woman_id, woman, _day(day), _ORGAN, old, note, f"{day[:4]}-{day[4:6]}-{day[6:]} 16:00:00")


def _written(family: Family, person: Person) -> tuple[str, str]:
    """Id and name as the registrar of that day wrote them."""
    old = family.case is Case.OLD_ID or (family.number >= BOOK_FAMILIES and family.married < "19991001" and family.chance % 10 == 7)
    name = person.name
    if family.case is Case.VARIANT:
        name = names.variant(name)
    elif family.case is Case.FORMER_NAME and person is family.members[0]:
        name = former_name(person)
    return numbers.old_id(person.id_no) if old else person.id_no, name


def _cert(kind: str, family: Family, day: str, nth: int) -> str:
    return f"{_LETTERS[kind]}449999-{day[:4]}-{family.number:07d}{nth}"


def _day(day: str) -> str:
    """The register's two ways to write a date."""
    return day if day < "20031001" else f"{day[:4]}-{day[4:6]}-{day[6:]}"
