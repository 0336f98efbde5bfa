"""A population of nobody, the same bytes every time: families of four, so that marriages, moves and children hang together.

The first families are the case book: they go through :data:`CASES` in turn, so that every trap that old systems set is there often
enough even in a small population. Each column has its own stream of chance, so the first families do not depend on how many follow.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from random import Random
from typing import NamedTuple

from local.departments import names, numbers
from local.departments.places import TOWNS

SEED = 20260701
FAMILY = 4
BOOK_FAMILIES = 760
_FATHERS = range(date(1935, 1, 1).toordinal(), date(1994, 12, 31).toordinal())
_LAST_BIRTH = date(2024, 12, 31).toordinal()


class Case(StrEnum):
    """What happened to a family, or to its records."""

    PLAIN = "plain"
    DIVORCED = "divorced"
    COURT_DIVORCED = "court_divorced"
    ANNULLED = "annulled"
    REMARRIED = "remarried"
    REWED = "rewed"
    TWO_MARRIAGES = "two_marriages"
    REISSUED = "reissued"
    VARIANT = "variant"
    OLD_ID = "old_id"
    FORMER_NAME = "former_name"
    WIDOWED = "widowed"
    MOVED = "moved"
    ARRIVED = "arrived"
    DEPARTED = "departed"
    COLLECTIVE = "collective"
    SHARED_ID = "shared_id"
    UNREGISTERED = "unregistered"


CASES = (Case.PLAIN, *Case)
"""The case book's order: 19 long, a prime, so that it mixes with every other cycle."""
_LATER = (Case.PLAIN, Case.DIVORCED, Case.COURT_DIVORCED, Case.REMARRIED, Case.WIDOWED, Case.MOVED, Case.ARRIVED, Case.UNREGISTERED)
_LATER_WEIGHTS = (70, 7, 1, 3, 4, 8, 4, 3)


class Person(NamedTuple):
    """One person as the truth has it; what each department wrote down about them is another matter."""

    number: int
    id_no: str
    name: str
    sex: str
    """GB/T 2261.1: 1 man, 2 woman."""
    born: str
    """YYYYMMDD"""
    phone: str


class Family(NamedTuple):
    """Father, mother and two children with one home in one town."""

    number: int
    case: Case
    town: str
    """Division code, 9 digits."""
    members: tuple[Person, Person, Person, Person]
    chance: int
    """0–9999, for details that a department decides by itself."""

    @property
    def married(self) -> str:
        """Day of the parents' wedding, YYYYMMDD: both grown up, and no later than the first child's birth allows."""
        year = max(int(self.members[0].born[:4]), int(self.members[1].born[:4])) + 22
        return f"{year}{1 + self.chance % 12:02d}{1 + self.chance % 28:02d}"


def families(people: int, seed: int = SEED) -> Iterator[Family]:
    """``people // 4`` families. :param people: a multiple of four, at most 4,000,000"""
    count = people // FAMILY
    fathers = _stream("birth", seed).choices(_FATHERS, k=count)
    surnames = names.surnames(_stream("surname", seed), count * 2)
    towns = _stream("town", seed).choices([one.code for one in TOWNS], weights=[one.people for one in TOWNS], k=count)
    later = _stream("case", seed).choices(_LATER, weights=_LATER_WEIGHTS, k=count)
    chances = _stream("chance", seed).choices(range(10_000), k=count)
    given, used = _stream("given", seed), Counter[str]()
    for number in range(count):
        case = CASES[number % len(CASES)] if number < BOOK_FAMILIES else later[number]
        house, other = surnames[2 * number : 2 * number + 2]
        if case is Case.VARIANT:
            house = other = names.VARIANTS[number // len(CASES) % len(names.VARIANTS)][0]
        births, four = _births(fathers[number], chances[number], case), names.given(given, FAMILY)
        calls = (names.whole(other if place == 1 else house, four[place], number * FAMILY + place) for place in range(FAMILY))
        father, mother, first, second = (_person(number, place, births[place], name, used) for place, name in enumerate(calls))
        yield Family(number, case, towns[number], (father, mother, first, second), chances[number])


def _stream(column: str, seed: int) -> Random:
    return Random(f"{seed}/{column}")  # noqa: S311  # repeatable people, not secrets


def outsider(number: int, sex: str) -> Person:
    """Somebody who is in no population register: sequences 990–993 are kept for them.

    :param number: below 20,000, one a day of birth
    """
    born = f"{date.fromordinal(date(1940, 1, 1).toordinal() + number):%Y%m%d}"
    id_no = numbers.citizen_id(numbers.DIVISIONS[1], born, 991 if sex == "1" else 990)
    return Person(-number - 1, id_no, f"拟{names.GIVEN[number % 30]}{names.GIVEN[number // 30 % 30]}", sex, born, f"101{number:08d}")


def _births(father: int, chance: int, case: Case) -> list[str]:
    """Days of birth; the mother is within three years of the father, children come between the parents' 23rd and 35th year, before 2025."""
    mother = father + chance % 2000 - 1000
    grown = max(father, mother) + 8500
    first = grown + chance % min(4000, _LAST_BIRTH - 800 - grown)
    days = (father, mother, first, first if case is Case.SHARED_ID else first + 400 + chance % 400)
    return [f"{date.fromordinal(day):%Y%m%d}" for day in days]


def _person(family: int, place: int, born: str, name: str, used: Counter[str]) -> Person:
    """The next free sequence of the day, odd for men; a child's sex changes from family to family."""
    number = family * FAMILY + place
    man = place == 0 or (place > 1 and family % 2 == 0)
    division = numbers.DIVISIONS[number % 10 == 9]
    slot = division + born + "21"[man]
    used[slot] += 1
    id_no = numbers.citizen_id(division, born, 2 * used[slot] - man)
    return Person(number, id_no, name, "21"[man], born, f"100{number:08d}")
