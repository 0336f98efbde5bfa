"""Addresses by their parts (domain notes C7.8): town, village, road and number, building, room. Never one likeness of the whole text."""

import re
from typing import Literal, NamedTuple

from govbus.identity import names
from govbus.identity.divisions import TOWNS
from govbus.identity.names import SameName

Level = Literal["town", "village", "number", "room"]

_DIGITS = "〇一二三四五六七八九"
_NUMERAL = re.compile(
    r"[〇零一二三四五六七八九十百]+(?=号|#|栋|幢|座|单元|楼|层|室|房|巷|路|街|队|组|之|-|$)|(?<=[之-])[〇零一二三四五六七八九十]+"
)
_HOME = re.compile(r"(?:中国)?(?:广东省?)?(?:湛江市)?(?:吴川市)?")
_ELSEWHERE = re.compile(r"(?:[^省市]{2,3}省)?(?:赤坎区|霞山区|坡头区|麻章区|遂溪县|徐闻县|[^省市县区路街巷村镇]{2,3}市(?!场))")
_ROAD = r"[0-9]*[东南西北中]?(?:大道|路|街(?!道)|巷)"
_TOWN = re.compile(
    rf"({'|'.join(re.sub('(?:街道|镇)$', '', name) for name in TOWNS.values())})(?:(?:街道办事处|街道办|街道|镇)|(?!{_ROAD}))"
)
_VILLAGE = re.compile(
    r"([^0-9路街巷号]{1,8}?)(?:村民委员会|村委会|村委|社区居民委员会|社区居委会|居民委员会|居委会|社区|自然村|村)(?!路|街|大道|巷|小区|花园)"
)
_NUMBER = re.compile(r"(.*?)([0-9]+(?:[-之][0-9]+)*)(?:号|#)(?!楼|栋|幢|座|房)(?:之([0-9]+))?")
_INSIDE = re.compile(r"[0-9A-Z]+(?:-[0-9A-Z]+)*(?:号楼|#楼|栋|幢|座|单元|层|楼|号房|室|房|$)")
_SHORT = re.compile(r"([0-9A-Z]+)(?:-([0-9]))?-([0-9]{3,4})(?:号房|室|房)?$")
_BUILDING = re.compile(r"([0-9A-Z甲乙丙丁]+)(?:号楼|#楼|栋|幢|座)")
_UNIT = re.compile(r"([0-9A-Z甲乙丙丁]+)单元")
_FLOOR = re.compile(r"([0-9]+)(?:层|楼)")
_FLAT = re.compile(r"([0-9]+[A-Z]?)(?:号房|室|房)?$")


class Address(NamedTuple):
    """Parts of an address; an empty part is not said, which is not another one."""

    county: str = ""
    town: str = ""
    village: str = ""
    hamlet: str = ""
    road: str = ""
    number: str = ""
    building: str = ""
    unit: str = ""
    floor: str = ""
    room: str = ""


_PARTS: dict[Level, tuple[str, ...]] = {
    "town": Address._fields[:2], "village": Address._fields[:3], "number": Address._fields[:6], "room": Address._fields,
}  # fmt: skip


def parse(text: str) -> Address:
    """The parts; 吴川市 and what is above it are left out, so that an address without them is the same."""
    plain = re.sub(r"[(),，、]", "", names.normalise(text).upper()).replace("首层", "1层").replace("商铺", "").replace("铺面", "")
    rest = _NUMERAL.sub(lambda found: _arabic(found[0]), plain)
    rest = rest[_end(_HOME, rest) :]
    county, rest = _cut(_ELSEWHERE, rest)
    town, rest = _town(rest)
    village, rest = _cut(_VILLAGE, rest)
    hamlet, rest = _cut(_VILLAGE, rest)
    if found := _NUMBER.match(rest):
        road, inside = found[1], rest[found.end() :]
        number = "-".join(filter(None, (found[2].replace("之", "-"), found[3])))
    else:
        start = _INSIDE.search(rest)
        road, number, inside = rest[: start.start()] if start else rest, "", rest[start.start() :] if start else ""
    return Address(county, town, village, hamlet, road, number, *_inside(inside))


def same(one: str, other: str, level: Level = "number") -> SameName:
    """Compare down to ``level``; what is finer is not looked at.

    DIFFERENT where a part that both name differs. UNRESOLVED where they do not both reach the level: a road without a number, a building
    without a room. VARIANT where one leaves out a coarser part, or a glyph is a known variant.
    """
    first, second = parse(one), parse(other)
    found = [_part(getattr(first, name), getattr(second, name)) for name in _PARTS[level]]
    if first.county != second.county or SameName.DIFFERENT in found:
        return SameName.DIFFERENT
    if SameName.UNRESOLVED in found or not (_reaches(first, second, level)):
        return SameName.UNRESOLVED
    return SameName.VARIANT if SameName.VARIANT in found else SameName.EQUAL


def _part(one: str, other: str) -> SameName:
    if one and other:
        return names.same(one, other)
    return SameName.VARIANT if one or other else SameName.EQUAL


def _reaches(first: Address, second: Address, level: Level) -> bool:
    if level == "town":
        return bool(first.town and second.town)
    if level == "village":
        return bool(first.village and second.village)
    placed = (first.road and second.road) or (first.village and second.village)
    if not placed or bool(first.number) != bool(second.number):
        return False
    if level == "number":
        return bool(first.number)
    # A house in a village has no room; then nobody says one. Behind a number or in a named estate, both say the flat or neither does.
    inner = [tuple(map(bool, (each.building, each.unit, each.floor or each.room))) for each in (first, second)]
    return inner[0] == inner[1] and bool(first.number or any(inner[0]))


def _arabic(numeral: str) -> str:
    plain = numeral.replace("零", "〇")
    if "十" not in plain and "百" not in plain:
        return "".join(str(_DIGITS.index(sign)) for sign in plain)
    total, last = 0, 0
    for sign in plain:
        if sign in "十百":
            total += (last or 1) * (10 if sign == "十" else 100)
            last = 0
        else:
            last = _DIGITS.index(sign)
    return str(total + last)


def _end(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.match(text)
    return found.end() if found else 0


def _cut(pattern: re.Pattern[str], text: str) -> tuple[str, str]:
    found = pattern.match(text)
    if not found:
        return "", text
    return found[1] if pattern.groups else found[0], text[found.end() :]


def _town(text: str) -> tuple[str, str]:
    found = _TOWN.match(names.usual(text))  # glyph for glyph, so places stay
    return (text[: found.end(1)], text[found.end() :]) if found else ("", text)


def _inside(text: str) -> tuple[str, str, str, str]:
    if short := _SHORT.search(text):  # 2-301, 2-1-301
        return short[1], short[2] or "", "", short[3]
    building, unit, floor = _BUILDING.search(text), _UNIT.search(text), _FLOOR.search(text)
    room = _FLAT.search(text)
    return tuple(found[1] if found else "" for found in (building, unit, floor, room))  # type: ignore[return-value]
