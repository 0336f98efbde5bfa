"""The health code through Kafka, with real rights: a late scan, an expiry while the worker is dead, a reversal for every reader."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from govbus import buckets
from govbus.envelope import Envelope, event_id
from tests.live.runtime.test_worker import Bus, outside, until
from tests.unit.shapes.standing_world import DEFAULTS, HEALTH
from topics.broker import Producer, scan

__all__ = ["outside"]
pytestmark = pytest.mark.kafka
HOUR = 3_600_000


def person(bus: Bus) -> bytes:
    return bus.keys.key("414", f"E{bus.run}")


def send(bus: Bus, what: str, key: bytes = b"", **fields: Any) -> None:
    """One record, by the department that may write it."""
    declared = HEALTH.spec.inputs[what]
    data = {"version": 1, **DEFAULTS[what], **fields} | ({} if declared.role == "order" else {"person_key": person(bus).decode()})
    name = event_id(bus.run, what, str(fields))
    source = f"/{declared.sender}/test"
    made = Envelope(
        name, source, declared.record, datetime.now(UTC), declared.topic, key or person(bus), bus.codec.encode(declared.record, data)
    )
    Producer(bus.home, declared.sender).send_all([made])


def told(bus: Bus, reader: str) -> list[tuple[str, str]]:
    """What one department was told of this test's person, read with its own rights."""
    found = [each for each in scan(bus.home, reader, [f"{reader}.code-change"]) if each.key == person(bus)]
    data = [bus.codec.read("gov_data.CodeChanged", each.value or b"") for each in found]
    assert [each["revision"] for each in data] == list(range(1, len(data) + 1))
    return [(each["level"], each["change"]) for each in data]


def test_colours_come_go_and_are_told_to_every_reader_over_kill_9(outside: Bus) -> None:
    now, place = int(time.time() * 1000), f"CS{outside.run}"
    hour = buckets.hour(now - HOUR)
    key = buckets.place_key(outside.keys, place, hour)
    window = {"window_from": now - HOUR, "window_to": now - HOUR, "issued_at": now}
    send(outside, "person", person_id=outside.run)
    send(outside, "place.order", key, order_no=f"O{outside.run}", place_code=place, bucket=hour, **window)
    with outside.worker():
        until("green", lambda: told(outside, "public-security") == [("green", "record")])
        send(outside, "place.scan", key, scan_id=f"K{outside.run}", place_code=place, bucket=hour, scanned_at=now - HOUR)
        until("the late scan's yellow", lambda: told(outside, "public-security")[1:] == [("yellow", "record")])
        ends = int(time.time() * 1000) + 4000
        send(outside, "quarantine", order_no=f"Q{outside.run}", issued_at=now, quarantine_from=now, quarantine_to=ends)
        until("red", lambda: told(outside, "public-security")[2:] == [("red", "record")])
    time.sleep(4)  # the isolation ends while nobody works
    with outside.worker():
        until("yellow by itself", lambda: told(outside, "public-security")[3:] == [("yellow", "time")])
        send(outside, "lab.result", sample_id=f"S{outside.run}", sampled_at=now, result="positive")
        until("red again", lambda: told(outside, "public-security")[4:] == [("red", "record")])
        send(outside, "lab.correction", sample_id=f"S{outside.run}", sampled_at=now, action="retracted")
        until("the reversal", lambda: told(outside, "public-security")[5:] == [("yellow", "record")])
        send(outside, "override", order_id=f"M{outside.run}", action="add", level="red", reason_class="depositor", issued_at=now,
             valid_from=now, valid_to=now + HOUR)  # fmt: skip
        until("the refusal", lambda: any(each["reason"] == "NO_REASON_CLASS" for each in outside.quarantined()))
    assert told(outside, "health") == told(outside, "service-center") == told(outside, "public-security")
    assert len(told(outside, "health")) == 6
