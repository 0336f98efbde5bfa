"""What an exchange remembers of one subject's requests (:file:`verify_state.avsc`): made, counted, kept for another look. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from agents.declaration import Spec
from agents.shapes.decision import Decision, Output
from govbus.envelope import Envelope
from govbus.ports import Account

Check = dict[str, Any]
_LOCAL_MS, _DAY_MS = 28_800_000, 86_400_000  # a day is a day in 吴川
_WITHDRAWN = 50


def none() -> dict[str, Any]:
    """The state of a subject of whom nothing is known."""
    return {"checks": {}, "landed_version": None, "landed_digest": None, "landed": None, "withdrawn": []}


def decision(
    state: Mapping[str, Any], outputs: tuple[Output, ...] = (), account: Mapping[Account, int] | None = None, ignored: bool = False
) -> Decision:
    """What the shape answers with: the state, unless it is empty, and the earliest of its timers."""
    due = min((check["due_ms"] for check in state["checks"].values()), default=None)
    empty = not state["checks"] and state["landed_version"] is None
    return Decision(None if empty else dict(state), outputs, due, account or {}, ignored)


def put(state: Mapping[str, Any], check: Check) -> dict[str, Any]:
    """The state with this check in the place of its former self."""
    return {**state, "checks": {**state["checks"], check["cause"]: check}}


def step(name: str, check: Mapping[str, Any]) -> str:
    """Step of an output that a timer may cause: its request is the cause of each of them, so that a later revision's must differ."""
    return f"{name}-{check['revision']}" if check["revision"] else name


def without(state: Mapping[str, Any], cause: str) -> dict[str, Any]:
    """The state without the check of this request."""
    return {**state, "checks": {name: each for name, each in state["checks"].items() if name != cause}}


def made(event: Envelope, data: Mapping[str, Any], digest: bytes) -> Check:
    """A request as it came, before anything is known of it."""
    return {
        "digest": digest, "department": data["department"], "requested_ms": int(event.time.timestamp() * 1000),
        "accepted_ms": event.recorded_ms, "due_ms": 0, "cause": event.id, "open": False, "parts": [], "tried": b"", "revision": 0,
        "again": 0, "corrected_by": None, "versions": [], "asked": None, "assist_ms": 0, "case_id": None,
    }  # fmt: skip


def admitted(check: Check, spec: Spec, data: Mapping[str, Any]) -> Check:
    """The check of a request that is not refused: what it tries, and what is needed to ask again."""
    subject = data["subject"]
    told = repr((subject["name"], data["as_of"], sorted(data["claims"].items())))
    asked = None
    if spec.recheck or spec.assist:
        asked = {**subject, **{name: data[name] for name in ("claims", "purpose", "legal_basis", "as_of")}}
    return {**check, "tried": hashlib.blake2b(told.encode(), digest_size=8).digest(), "asked": asked, "case_id": data["case_id"]}


def asked(check: Check) -> dict[str, Any]:
    """What was asked, in the form of a request's data.

    :raises KeyError: the check was not kept for another look
    """
    kept: Mapping[str, Any] = check["asked"] or {}
    subject = {name: kept[name] for name in ("id_type", "id_no", "name")}
    return {"subject": subject, **{name: kept[name] for name in ("claims", "purpose", "legal_basis", "as_of")}}


def too_many(checks: Mapping[str, Check], check: Check, limit: int) -> bool:
    """Whether this is one declaration more than a department may try about one person in one day.

    A mismatch is an oracle (domain notes D5): whoever may vary a value until it matches learns it. The same declaration again is no new
    try, and a refused one told nothing.
    """
    day = _day(check["accepted_ms"])
    tried = {each["tried"] for each in checks.values() if each["department"] == check["department"] and _day(each["accepted_ms"]) == day}
    return len((tried | {check["tried"]}) - {b""}) > limit


def _day(at_ms: int) -> int:
    return int((at_ms + _LOCAL_MS) // _DAY_MS)


def rests_on(check: Check, versions: Sequence[str]) -> bool:
    """Whether its verdict, or an answer that it has so far, rests on one of these records of a holder."""
    used = {*check["versions"], *(part["source_version"] for part in check["parts"])}
    return not used.isdisjoint(versions)


def withdrawn(state: Mapping[str, Any], versions: Sequence[str]) -> list[str]:
    """The state's list with these versions, the latest fifty."""
    known = [each for each in state["withdrawn"] if each not in versions]
    return [*known, *versions][-_WITHDRAWN:]
