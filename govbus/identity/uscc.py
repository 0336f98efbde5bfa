"""统一社会信用代码, GB 32100-2015, and the 组织机构代码 in it, GB 11714-1997."""

from govbus.identity.text import tidy
from govbus.reasons import Reason

_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # 31 signs: no I O Z S V
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ORG_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORG_CHECKS = {10: "X", 11: "0"}

ORGANISATION = "uscc"
"""Identifier type of an organisation; GA/T 517 has codes for the papers of people only."""


def check_sign(first17: str) -> str:
    """The 18th sign for 17 signs of the alphabet."""
    total = sum(_SIGNS.index(sign) * weight for sign, weight in zip(first17, _WEIGHTS, strict=True))
    return _SIGNS[(31 - total % 31) % 31]


def fault(text: str) -> Reason | None:
    """BAD_ID_FORM (length or a sign outside the alphabet), BAD_CHECK_DIGIT, or None."""
    code = tidy(text).upper()
    if len(code) != 18 or any(sign not in _SIGNS for sign in code) or not code[2:8].isdigit():
        return Reason.BAD_ID_FORM
    return None if code[17] == check_sign(code[:17]) else Reason.BAD_CHECK_DIGIT


def org_code(text: str) -> str:
    """The 9 signs that match a legacy organisation code."""
    return tidy(text).upper()[8:17]


def forms(text: str) -> tuple[str, ...]:
    """How a holder may have written this number: 18 signs, or the organisation code of before 2015, also with its dash."""
    code = tidy(text).upper()
    if len(code) != 18:
        return (code,)
    return (code, code[8:17], f"{code[8:16]}-{code[16]}")


def org_check(first8: str) -> str:
    """Check sign of an organisation code's 8 signs."""
    check = 11 - sum(_ORG_SIGNS.index(sign) * weight for sign, weight in zip(first8, _ORG_WEIGHTS, strict=True)) % 11
    return _ORG_CHECKS.get(check, str(check))
