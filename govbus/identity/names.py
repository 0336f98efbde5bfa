"""Names of people as systems write them (domain notes C7): one form for equality, a documented table for variants, no guessing."""

from enum import Enum, auto
from functools import cache
from pathlib import Path

import yaml

from govbus.identity.text import tidy

_DOTS = dict.fromkeys(map(ord, "•・‧.･⋅"), "·")  # all that stand for U+00B7 between the parts of 阿卜杜拉·买买提
_PLACEHOLDERS = set("?*〓□�")


class SameName(Enum):
    """How far two names agree."""

    EQUAL = auto()
    VARIANT = auto()
    DIFFERENT = auto()
    UNRESOLVED = auto()
    """A character is a placeholder or of a private font: not comparable, which is not disagreement."""


def normalise(name: str) -> str:
    """Half width, no spaces or invisible characters, middle dots as U+00B7, CJK compatibility ideographs unified."""
    return tidy(name).translate(_DOTS)


def same(one: str, other: str) -> SameName:
    """Compare two names."""
    first, second = normalise(one), normalise(other)
    if first == second and first and not _unresolved(first):
        return SameName.EQUAL
    if not first or not second or _unresolved(first) or _unresolved(second):
        return SameName.UNRESOLVED
    return SameName.VARIANT if usual(first) == usual(second) else SameName.DIFFERENT


def usual(name: str) -> str:
    """Known variant glyphs as the usual ones, one for one."""
    return name.translate(_table())


def _unresolved(name: str) -> bool:
    return any(sign in _PLACEHOLDERS or "\ue000" <= sign <= "\uf8ff" for sign in name)


@cache
def _table() -> dict[int, str]:
    rows = yaml.safe_load(Path(__file__).with_name("variants.yaml").read_text(encoding="utf-8"))
    return {ord(other): row["usual"] for row in rows for other in row["others"]}
