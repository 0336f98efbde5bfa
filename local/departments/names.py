"""Names of nobody: a fixed artificial list with the characters that break systems (domain.md C6, C7)."""

from random import Random

SURNAMES = ("测", "试", "样", "例", "虚", "拟", "仿", "假", "叶", "钟", "覃", "㙍", "䶮", "𠮷", "欧阳")
GIVEN = "安邦采宸德恩方广和惠吉佳康乐明宁平千如善泰维文祥晓雅怡元泽智"
VARIANTS = (("叶", "葉"), ("钟", "鍾"), ("㙍", "缀"))
"""Glyph as the citizen writes it, and as another system has it (traditional form, near glyph in an old font)."""
_FIRST = ("阿卜杜拉", "买买提", "古丽娜尔", "艾力", "帕提古丽")
_LAST = ("买买提", "吐尔逊", "阿不都热合曼", "努尔", "卡德尔")


def surnames(random: Random, count: int) -> list[str]:
    """One a family; every 67th or so is empty, for families whose names have no surname (阿卜杜拉·买买提)."""
    return random.choices(("", *SURNAMES), weights=(1, *(8 if one < "一" or one > "龥" else 5 for one in SURNAMES)), k=count)


def given(random: Random, count: int) -> list[str]:
    """Given names of one or two characters."""
    first, second = random.choices(GIVEN, k=count), random.choices(GIVEN + " " * 8, k=count)
    return [(a + b).rstrip() for a, b in zip(first, second, strict=True)]


def whole(surname: str, given_name: str, number: int) -> str:
    """Surname and given name, or a name with U+00B7 where the family has no surname."""
    return surname + given_name if surname else f"{_FIRST[number % 5]}·{_LAST[number // 5 % 5]}"


def variant(name: str) -> str:
    """``name`` in the glyphs of :data:`VARIANTS`; unchanged where it has none of them."""
    for usual, other in VARIANTS:
        name = name.replace(usual, other)
    return name
