"""Numbers that cannot be a real person's or organisation's: divisions 449999 and 440899 are in no national list (domain.md C6)."""

from functools import cache

DIVISIONS = ("449999", "440899")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_USCC_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def citizen_id(division: str, born: str, sequence: int) -> str:
    """The 18 characters of GB 11643-1999; ``born`` is YYYYMMDD, ``sequence`` 0–999, odd for men.

    The weighted sum is kept a part at a time: 200,000 numbers share a few thousand dates and sequences.
    """
    tail = f"{sequence:03d}"
    total = _part(division, 0) + _part(born, 6) + _part(tail, 14)
    return division + born + tail + _ID_CHECKS[total % 11]


def old_id(id_no: str) -> str:
    """The 15 digits that the same person had before 1999: no century, no check digit. Only for people born in 19xx."""
    return id_no[:6] + id_no[8:17]


def uscc(head: str) -> str:
    """Unified social credit code of the 17 characters ``head``, GB 32100-2015."""
    total = sum(_USCC_SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(head))
    return head + _USCC_SIGNS[-total % 31]


@cache
def _part(digits: str, start: int) -> int:
    return sum(int(digit) * _ID_WEIGHTS[start + place] for place, digit in enumerate(digits))
