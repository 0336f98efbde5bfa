"""残疾人证号: 18 characters of citizen id, category 1–7, grade 1–4; a re-issue appends B and digits (domain notes C5)."""

import re

from govbus.identity import citizen_id
from govbus.reasons import Reason

_FORM = re.compile(r"([0-9]{17}[0-9X])([1-7])([1-4])(B[0-9]{1,2})?")


def fault(text: str) -> Reason | None:
    """BAD_ID_FORM, or what is wrong with the citizen id in it, or None."""
    found = _FORM.fullmatch(citizen_id.normalise(text))
    return citizen_id.fault(found[1]) if found else Reason.BAD_ID_FORM


def holder_id(text: str) -> str:
    """The citizen id in a number that has no fault."""
    return citizen_id.normalise(text)[:18]
