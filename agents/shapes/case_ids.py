"""Ids of cases: ``<exchange>.<number of the department's own>``, so that whoever has the id knows where the case is kept. Pure."""

import re

from govbus.identity import citizen_id

_OWN = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:-]{0,59}")
_NUMBER = re.compile(r"(?=(\d{17}[\dXx]))")


def exchange_of(case_id: str) -> str:
    """Exchange that keeps the case; empty where this is no id of a case, e.g. because it holds a citizen's number (domain notes D6)."""
    exchange, _, own = case_id.partition(".")
    whole = bool(_OWN.fullmatch(own)) and all(citizen_id.fault(found) for found in _NUMBER.findall(own))
    return exchange if whole else ""
