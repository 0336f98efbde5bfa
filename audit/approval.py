"""Four eyes: what one person may not see alone is asked for by one and approved by another, for a time (个人信息保护法 Art 51).

Request and approval are records of two logins, so that the broker's rights keep them apart, not this code alone.
"""

import json
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from audit import access
from govbus.envelope import event_id, from_ms, to_iso
from govbus.errors import SetupError
from govbus.settings import Home
from topics.access import APPROVER, RECORDER

REQUESTS, APPROVALS = "bus.access-request", "bus.access-approval"
COLUMNS = ("request", "action", "what", "asked by", "why", "ticket", "asked", "approved by", "until", "state")
HOUR_MS, LONGEST_H = 3_600_000, 168
READER = "auditor"
Data = Mapping[str, Any]


def ask(home: Home, action: str, what: str, why: str, ticket: str) -> str:
    """Ask to do ``action`` with ``what``; the id of the request.

    :raises SetupError: without reason or ticket
    """
    if not why.strip() or not ticket.strip():
        msg = "a request for more than one pair of eyes may see needs --why and --ticket"
        raise SetupError(msg)
    name = uuid.uuid4().hex[:12]
    data = {"request_id": name, "action": action, "what": what, "officer": access.officer(), "why": why, "ticket": ticket}
    access.put(home, RECORDER, REQUESTS, name.encode(), event_id(name, "request"), {**data, "at": access.now_ms()})
    return name


def approve(home: Home, request: str, hours: int) -> None:
    """Approve it for so many hours, as somebody else than who asked.

    :raises SetupError: no such request or more than one, one's own, or too long a time
    """
    asked = [data for data in access.records(home, REQUESTS) if data["request_id"] == request]
    if len(asked) != 1:
        msg = f"{'nobody has' if not asked else 'more than one person has'} asked for {request}; see 'govbus audit approvals'"
        raise SetupError(msg)
    if asked[0]["officer"] == access.officer():
        msg = f"{request} was asked for by {asked[0]['officer']}, who may not approve it: another account must"
        raise SetupError(msg)
    if not 0 < hours <= LONGEST_H:
        msg = f"an approval holds for 1 to {LONGEST_H} hours, not {hours}"
        raise SetupError(msg)
    at, who = access.now_ms(), access.officer()
    data = {"request_id": request, "digest": digest(asked[0]), "officer": who, "until": at + hours * HOUR_MS, "at": at}
    access.put(home, APPROVER, APPROVALS, request.encode(), event_id(request, "approval", who, at), data)


def digest(asked: Data) -> str:
    """What is approved: the request as it stood, so that nobody writes another one under its id afterwards."""
    return sha256(json.dumps(asked, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def require(home: Home, request: str, action: str, what: str) -> None:
    """Go on only with an approval that holds now, for this action and this thing.

    :raises SetupError: there is none; the message says how to get one
    """
    found = next((row for row in listed(home) if row["request"] == request), None)
    if found is None or found["state"] != "approved" or (found["action"], found["what"]) != (action, what):
        state = f"{request} is {found['state']} for {found['action']} of {found['what']}" if found else "no such request is approved"
        msg = (
            f"{action} of {what} needs four eyes, and {state}: govbus audit request {action} {what} --why … --ticket …, then another "
            "account: govbus audit approve ID"
        )
        raise SetupError(msg)


def listed(home: Home) -> list[dict[str, Any]]:
    """Every request with what became of it, oldest first; rows with :data:`COLUMNS`."""
    return judged(list(access.records(home, REQUESTS)), list(access.records(home, APPROVALS)), access.now_ms())


def judged(requests: Sequence[Data], approvals: Sequence[Data], now_ms: int) -> list[dict[str, Any]]:
    """The same of these records. Pure. An approval counts for the very request it was given for, by another, a week at most."""
    ids = Counter(data["request_id"] for data in requests)
    rows = []
    for asked in sorted(requests, key=lambda each: each["at"]):
        fitting = [each for each in approvals if each["request_id"] == asked["request_id"]]
        rows.append(_row(asked, fitting[-1] if fitting else None, now_ms, twice=ids[asked["request_id"]] > 1))
    return rows


def _row(asked: Data, approved: Data | None, now_ms: int, *, twice: bool) -> dict[str, Any]:
    until = min(approved["until"], approved["at"] + LONGEST_H * HOUR_MS) if approved else 0
    void = twice or (approved is not None and (approved["officer"] == asked["officer"] or approved["digest"] != digest(asked)))
    state = "void" if void else "open" if approved is None else "over" if until <= now_ms else "approved"
    return {
        "request": asked["request_id"], "action": asked["action"], "what": asked["what"], "asked by": asked["officer"],
        "why": asked["why"], "ticket": asked["ticket"], "asked": to_iso(from_ms(asked["at"])),
        "approved by": approved["officer"] if approved else "", "until": to_iso(from_ms(until)) if approved else "", "state": state,
    }  # fmt: skip
