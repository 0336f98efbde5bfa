"""public-security: population and household membership, as ``public-security/schema.sql`` has them."""

from collections.abc import Iterable, Iterator

from local.departments import numbers
from local.departments.people import Case, Family, Person
from local.departments.places import MERGED, TOWNS
from local.departments.tables import Row, Tables

POPULATION = ("rybh", "gmsfhm", "xm", "cym", "xb", "csrq", "ryzt", "zxrq", "lxdh", "gxsj")
HOUSEHOLD = ("hh", "hlx", "xzdm", "dz")
MEMBER = ("hh", "rybh", "yhzgx", "rhrq", "rhyy", "chrq", "chyy")
MOVED, ARRIVED, DEPARTED, DIED = "20190601", "20220512", "20210420", "20230308"
"""The days on which the families of these cases did so."""
_COLLECTIVE = 900_000_000
_PRIVATE = {town.code: town.private for town in TOWNS}
_MERGED = {code: private for private, code, _ in MERGED}
_RELATIONS = ("02", "10", "20", "20")


def former_name(person: Person) -> str:
    """The name that a father of case FORMER_NAME had before."""
    return person.name[:-1] + "曾"


def earlier_town(family: Family) -> str:
    """Where a family of case MOVED lived before."""
    codes = [town.code for town in TOWNS]
    return codes[(codes.index(family.town) + 1 + family.chance % 13) % len(codes)]


def tables(families: Iterable[Family]) -> Tables:
    """Rows of all four tables."""
    population: list[Row] = []
    households: list[Row] = [(_COLLECTIVE + index, "2", town.private, f"{town.name}测试路1号集体户") for index, town in enumerate(TOWNS)]
    members: list[Row] = []
    for family in families:
        if family.case is not Case.UNREGISTERED:
            population.extend(_population(family))
            households.extend(_households(family))
            members.extend(_members(family))
    codes: list[Row] = [(town.private, town.code + "000", town.printed) for town in TOWNS]
    codes += [(private, code + "000", name) for private, code, name in MERGED]
    return {
        "dm_xzjd": (("dm", "qhdm", "mc"), codes),
        "ck_rkjbxx": (POPULATION, population),
        "ck_hjxx": (HOUSEHOLD, households),
        "ck_hcy": (MEMBER, members),
    }


def _population(family: Family) -> Iterator[Row]:
    changed = f"2024-{1 + family.chance % 12:02d}-11 08:30:00"
    for place, person in enumerate(family.members):
        state, since = "1", None
        if family.case is Case.WIDOWED and place == 1:
            state, since = "2", DIED
        elif family.case is Case.DEPARTED:
            state, since = "3", DEPARTED
        former = former_name(person) if family.case is Case.FORMER_NAME and place == 0 else ""
        typed = _typed(family, place)
        yield (person.number, typed, person.name, former, person.sex, person.born, state, since, person.phone, changed)


def _typed(family: Family, place: int) -> str:
    """The id as a clerk typed it: the 15 digits of before 1999, a small x, or the twin's number for both twins."""
    if family.case is Case.SHARED_ID and place == 3:
        place = 2
    id_no = family.members[place].id_no
    if family.case is Case.OLD_ID and place < 2:
        return numbers.old_id(id_no)
    return id_no.lower() if family.members[place].number % 3 == 0 else id_no


def _households(family: Family) -> Iterator[Row]:
    street = f"测试路{1 + family.chance % 997}号"
    private = _MERGED[family.town] if family.town in _MERGED and family.chance % 3 == 0 else _PRIVATE[family.town]
    yield (2 * family.number + 1, "1", private, street)
    if family.case is Case.MOVED:
        yield (2 * family.number + 2, "1", _PRIVATE[earlier_town(family)], street)


def _members(family: Family) -> Iterator[Row]:
    home = 2 * family.number + 1
    # The system before this one wrote the end of time; this one writes nothing.
    still = "99991231" if family.number % 2 else None
    for person, relation in zip(family.members, _RELATIONS, strict=True):
        since = registered_since(family, person)
        if family.case is Case.MOVED and person.born < MOVED:
            yield (home + 1, person.number, relation, person.born, "出生", MOVED, "市内迁出")
            yield (home, person.number, relation, MOVED, "市内迁入", still, None)
        elif family.case is Case.DEPARTED:
            yield (home, person.number, relation, person.born, "出生", max(DEPARTED, person.born), "迁往市外")
        elif family.case is Case.COLLECTIVE and person is family.members[0]:
            place = next(index for index, town in enumerate(TOWNS) if town.code == family.town)
            yield (_COLLECTIVE + place, person.number, "97", since, "学生入户", still, None)
        else:
            yield (home, person.number, relation, since, "投靠" if family.case is Case.ARRIVED else "出生", still, None)


def registered_since(family: Family, person: Person) -> str:
    """First day of registration in the family's present household, YYYYMMDD: the wedding for parents, birth for children."""
    if family.case is Case.MOVED:
        return MOVED if person.born < MOVED else person.born
    if family.case is Case.ARRIVED:
        return max(ARRIVED, person.born)
    return family.married if person in family.members[:2] else person.born
