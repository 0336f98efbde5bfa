"""Four eyes: what one person may not see alone is asked for by one and approved by another, for a time (个人信息保护法 Art 51).

Request and approval are records of two logins, so that the broker's rights keep them apart, not this code alone.
"""

import uuid
from collections.abc import Iterator
from typing import Any

from audit import access
from govbus.envelope import event_id, from_ms, to_iso
from govbus.errors import SetupError
from govbus.settings import Home
from schemas.codec import Codec
from topics import broker
from topics.access import APPROVER, RECORDER
from topics.load import load

REQUESTS, APPROVALS = "bus.access-request", "bus.access-approval"
COLUMNS = ("request", "action", "what", "asked by", "why", "ticket", "asked", "approved by", "until", "state")
HOUR_MS, LONGEST_H = 3_600_000, 168
READER = "auditor"


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

    :raises SetupError: no such request, one's own, or too long a time
    """
    asked = next((row for row in listed(home) if row["request"] == request), None)
    if asked is None:
        msg = f"nobody has asked for {request}; see 'govbus audit approvals'"
        raise SetupError(msg)
    if asked["asked by"] == access.officer():
        msg = f"{request} was asked for by {asked['asked by']}, who may not approve it: another account must"
        raise SetupError(msg)
    if not 0 < hours <= LONGEST_H:
        msg = f"an approval holds for 1 to {LONGEST_H} hours, not {hours}"
        raise SetupError(msg)
    at = access.now_ms()
    data = {"request_id": request, "officer": access.officer(), "until": at + hours * HOUR_MS, "at": at}
    access.put(home, APPROVER, APPROVALS, request.encode(), event_id(request, "approval", access.officer(), at), data)


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
    approvals = {data["request_id"]: data for data in _read(home, APPROVALS)}
    return [_row(data, approvals.get(data["request_id"])) for data in sorted(_read(home, REQUESTS), key=lambda each: each["at"])]


def _read(home: Home, topic: str) -> Iterator[dict[str, Any]]:
    codec = Codec.load(load().records)
    for record in broker.scan(home, READER, [topic]):
        yield codec.decode(topic, record.value or b"")[1]


def _row(asked: dict[str, Any], approved: dict[str, Any] | None) -> dict[str, Any]:
    own = approved is not None and approved["officer"] == asked["officer"]
    over = approved is not None and approved["until"] <= access.now_ms()
    return {
        "request": asked["request_id"], "action": asked["action"], "what": asked["what"], "asked by": asked["officer"],
        "why": asked["why"], "ticket": asked["ticket"], "asked": to_iso(from_ms(asked["at"])),
        "approved by": approved["officer"] if approved else "", "until": to_iso(from_ms(approved["until"])) if approved else "",
        "state": "open" if approved is None else "void" if own else "over" if over else "approved",
    }  # fmt: skip
