"""Claims as they are typed at housing's window, true by default; recipes bend them."""

from dataclasses import dataclass, replace

from local.departments import civil_affairs, public_security
from local.departments.disabled_federation import category, grade
from local.departments.people import Family, Person, outsider
from local.departments.places import TOWNS

MATTER = "11449999000000019F4440120001000"
PURPOSE = "public-rental-housing"
BASIS = "公共租赁住房管理办法 Art 7"
SHORT_MS = 1500
"""``respond_within_ms`` of claims that are made while their holder's answerer is stopped."""


@dataclass(frozen=True)
class Draft:
    """A claim as it is typed at the window; ``as_of`` None is today, ``officer`` None is whoever is there."""

    id_no: str
    name: str
    item: str
    first: str | None
    second: str | None = None
    as_of: str | None = None
    purpose: str = PURPOSE
    basis: str = BASIS
    officer: str | None = None
    respond_within_ms: int | None = None


def marital(family: Family, status: str, spouse: Person | None = None, who: int = 0, years: int | None = None) -> Draft:
    """proof-01 for member ``who``; ``years`` after the wedding instead of today."""
    person = family.members[who]
    as_of = None if years is None else iso(civil_affairs.later(family.married, years))
    return Draft(person.id_no, person.name, "proof-01", status, spouse.id_no if spouse else None, as_of)


def registered(family: Family, town: str = "", who: int = 0, since: str | None = None, as_of: str | None = None) -> Draft:
    """proof-05 for member ``who``; ``since`` is YYYYMMDD."""
    person = family.members[who]
    return Draft(person.id_no, person.name, "proof-05", town or family.town, iso(since) if since else None, as_of)


def disabled(family: Family, kind: str = "", level: int = 0) -> Draft:
    """proof-17 for the second child: by default the category and the grade that are in force."""
    person = family.members[3]
    return Draft(person.id_no, person.name, "proof-17", kind or category(family), str(level or grade(family)))


def iso(day: str) -> str:
    """YYYYMMDD as YYYY-MM-DD."""
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"


def since(family: Family, years: int) -> str:
    """Years after (before, where negative) the first day in the present household."""
    return civil_affairs.later(public_security.registered_since(family, family.members[0]), years)


def elsewhere(family: Family) -> str:
    """Another town than the family ever lived in."""
    here = (family.town, public_security.earlier_town(family))
    return next(town.code for town in TOWNS if town.code not in here)


def stranger(family: Family) -> Person:
    """Somebody in no department's books, another for each family."""
    return outsider(10_000 + family.number, "1")


def about(draft: Draft, person: Person) -> Draft:
    """The same declaration for another person."""
    return replace(draft, id_no=person.id_no, name=person.name)


def other_category(family: Family) -> str:
    """A disability category that is not the one in the certificate."""
    return str(1 + int(category(family)) % 7)


def wrong_check(id_no: str) -> str:
    """The number with its check sign mistyped."""
    return id_no[:17] + ("0" if id_no[17] == "X" else "X")


def wide(id_no: str) -> str:
    """The number in full-width signs, as a Chinese input method leaves it."""
    return "".join(chr(ord(sign) + 0xFEE0) for sign in id_no)
