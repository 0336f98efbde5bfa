"""Names of organisations as papers write them (domain notes C7.9). The number beats the name; this only says how far two names agree."""

import re

from govbus.identity import names
from govbus.identity.names import SameName

_BRACKETS = str.maketrans("", "", "()[]〔〕【】<>《》")
_PLACES = re.compile(r"^(?:中国)?(?:广东省?)?(?:湛江市?)?(?:吴川市?)?")
_FOUNDING = re.compile(r"筹建?$")  # （筹）, on papers of before the registration
_LIMITED = re.compile(r"有限责任公司$")


def same(one: str, other: str) -> SameName:
    """Compare two names: VARIANT where they differ only in brackets, the place in front, 有限责任公司 for 有限公司, 筹, or known glyphs."""
    plain = names.same(one, other)
    if plain in (SameName.EQUAL, SameName.UNRESOLVED):
        return plain
    core = names.same(_core(one), _core(other))
    return SameName.VARIANT if core is SameName.EQUAL else core


def _core(name: str) -> str:
    plain = names.normalise(name).translate(_BRACKETS)
    # A place elsewhere in the name is part of it: 测试(吴川)商行 is not 测试商行.
    core = _LIMITED.sub("有限公司", _FOUNDING.sub("", _PLACES.sub("", plain.upper())))
    return core or plain
