"""The task list of a holder's people (协查): what its data could not answer, until when, and their answer. As principal of the holder."""

import time
from typing import Any

from govbus.envelope import Envelope, event_id, from_ms, to_iso
from govbus.errors import BusError, SetupError
from govbus.ports import BY_PEOPLE
from govbus.settings import Home
from schemas.codec import Codec
from topics import broker
from topics.load import load

TASK, ANSWER = "gov_data.ProofTask", "gov_data.ProofAnswer"
OUTCOMES = ("match", "mismatch", "no_record", "ambiguous")
COLUMNS = ("request_id", "item", "asker", "why", "due", "provisional", "id_no", "name", "claims", "as_of")


def listed(home: Home, holder: str, show_people: bool = False) -> list[dict[str, Any]]:
    """Tasks without an answer of theirs, the one that is due first at the top; numbers and names only where they are asked for.

    :raises SetupError: the department is no holder
    """
    rows = []
    for _, data in _open(home, holder).values():
        subject = data["subject"]
        people = {"claims": sorted(data["claims"])}
        if show_people:
            people = {"id_no": subject["id_no"], "name": subject["name"], "claims": data["claims"]}
        told = {name: data[name] for name in ("request_id", "item", "asker", "why", "as_of")}
        due = "provisional" if data["provisional"] else ""
        rows.append({**told, **people, "due": to_iso(from_ms(data["due"])), "provisional": due})
    return sorted(rows, key=lambda each: str(each["due"]))


def answer(home: Home, holder: str, request_id: str, outcome: str, officer: str, differ: tuple[str, ...] = ()) -> str:
    """Answer one task and return the place of the answer.

    :param differ: claims that differ; for a mismatch, and only for it
    :raises BusError: no such task, or it has an answer
    """
    found = _open(home, holder).get(request_id)
    if found is None:
        msg = f"{holder} has no open task {request_id}; see govbus tasks list {holder}"
        raise BusError(msg)
    envelope, task = found
    if (outcome == "mismatch") != bool(differ) or not {*task["claims"], "name"}.issuperset(differ):
        msg = f"a mismatch names the claims that differ, of {', '.join(task['claims'])}, and nothing else does"
        raise BusError(msg)
    now_ms = int(time.time() * 1000)
    said = {
        "request_id": request_id, "exchange": task["exchange"], "item": task["item"], "holder": holder, "outcome": outcome,
        "mismatched_fields": sorted(differ), "flags": [BY_PEOPLE], "reason": None, "as_of": task["as_of"],
        "source_version": f"{BY_PEOPLE}:{officer}", "rule_version": BY_PEOPLE, "answered_at": now_ms,
    }  # fmt: skip
    made = Envelope(
        event_id(envelope.id, outcome, *differ), f"/{holder}/officers", ANSWER, from_ms(now_ms), f"{holder}.answer", envelope.key,
        Codec.load(load().records).encode(ANSWER, said), request_id, envelope.id, envelope.traceparent,
    )  # fmt: skip
    with broker.producer(home, holder) as out:
        (result,) = out.send_all([made])
    if isinstance(result, BusError):
        raise result
    return f"{result.topic}/{result.partition}@{result.offset}"


def _open(home: Home, holder: str) -> dict[str, tuple[Envelope, dict[str, Any]]]:
    """Tasks by request id that no person has answered."""
    if f"{holder}.task" not in load().topics:
        msg = f"{holder} is no holder: topics/departments.yaml gives it no topic {holder}.task"
        raise SetupError(msg)
    codec, found = Codec.load(load().records), dict[str, tuple[Envelope, dict[str, Any]]]()
    for record in broker.scan(home, holder, [f"{holder}.task"]):
        envelope = record.envelope()
        data = codec.read(TASK, envelope.value, envelope.place)
        found[data["request_id"]] = (envelope, data)
    for record in broker.scan(home, holder, [f"{holder}.answer"]):
        data = codec.read(ANSWER, record.value or b"", record.place)
        if BY_PEOPLE in data["flags"]:
            found.pop(data["request_id"], None)
    return found
