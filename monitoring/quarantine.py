"""The quarantine: what lies there, why, and sending it again once its cause is mended. Read as principal ``operator``."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from govbus.envelope import Envelope, from_ms, read_record, to_iso
from govbus.errors import BusError
from govbus.reasons import Reason
from govbus.settings import Home
from schemas.codec import Codec
from topics import broker
from topics.load import load

TOPIC = "bus.quarantine"
COLUMNS = ("id", "at", "reason", "owner", "origin", "detail", "bytes")


def held(home: Home, since: datetime | None = None) -> Iterator[tuple[Envelope, dict[str, Any]]]:
    """Every quarantined record and its data, oldest first within a partition."""
    codec = Codec.load(load().records)
    for record in broker.scan(home, "operator", [TOPIC], since):
        envelope = record.envelope()
        yield envelope, codec.decode(TOPIC, envelope.value, envelope.place)[1]


def row(envelope: Envelope, data: dict[str, Any]) -> dict[str, Any]:
    """One line for a list: no key, no value, no header values."""
    origin = f"{data['topic']}/{data['partition']}@{data['offset']}"
    return {
        "id": envelope.id, "at": to_iso(from_ms(data["recorded_at"])), "reason": data["reason"], "owner": data["owner"], "origin": origin,
        "detail": data["detail"], "bytes": len(data["value"] or b""),
    }  # fmt: skip


def find(home: Home, quarantine_id: str) -> tuple[Envelope, dict[str, Any]]:
    """One quarantined record.

    :raises BusError: there is none with this id
    """
    for envelope, data in held(home):
        if envelope.id == quarantine_id:
            return envelope, data
    msg = f"nothing in quarantine has the id {quarantine_id}; see govbus quarantine list"
    raise BusError(msg)


def explain(envelope: Envelope, data: dict[str, Any], unmask: bool) -> list[dict[str, str]]:
    """What a person needs to judge one record; its bytes only where they were asked for with a reason."""
    reason = Reason[data["reason"]]
    told = {**row(envelope, data), "meaning": reason.meaning, "what to do": reason.fix}
    told["headers"] = ", ".join(header["name"] for header in data["headers"])
    if unmask:
        told |= {"key": repr(data["key"]), "value": (data["value"] or b"").hex()}
    return [{"what": name, "value": str(value)} for name, value in told.items()]


def retry(home: Home, quarantine_id: str) -> str:
    """Send the original key, value and headers to where they came from once more, and return the new place.

    The agents judge it again: what is still wrong comes back here. Its cause header names the quarantine record, which keeps the
    original one; headers that are not CloudEvents' stay behind, for nobody here reads them.

    :raises Poison: it cannot even be put on the bus (its CloudEvents headers are broken), so its sender must send it anew
    """
    envelope, data = find(home, quarantine_id)
    headers = [(header["name"], header["value"] or b"") for header in data["headers"]]
    again = read_record(data["topic"], data["partition"], data["offset"], data["recorded_at"], data["key"], data["value"], headers)
    with broker.producer(home, "operator") as out:
        result = out.send_all([again._replace(causation_id=envelope.id)])[0]
    if isinstance(result, BusError):
        raise result
    return f"{result.topic}/{result.partition}@{result.offset}"
