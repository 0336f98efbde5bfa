"""Golden cases 12 and 14 of domain notes E4 live: rules that change at a moment, and scans that are forgotten. The declarations are the
project's own but for when the last rule set begins, and for how long scans are kept: nobody can send into the past of a broker's clock."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agents import loading
from govbus import buckets
from local.instance import PROJECT
from tests.live.runtime.test_standings import person, send, told
from tests.live.runtime.test_worker import Bus, outside, until
from topics.broker import scan

__all__ = ["outside"]
pytestmark = pytest.mark.kafka
AHEAD_MS, KEPT_S = 25_000, 12


@contextmanager
def by(bus: Bus, tmp_path: Path, exchange: tuple[str, str] = ("", ""), rules: tuple[tuple[str, str], ...] = ()) -> Iterator[None]:
    """A worker by the project's declarations, with these words of the exchange and of its last rule set replaced."""
    for name in ("exchanges", "rules"):
        shutil.copytree(loading.ROOM / name, tmp_path / name)
    for path, changes in (("exchanges/health-code.yaml", (exchange,)), ("rules/health-code/gd-2022-11.yaml", rules)):
        text = (tmp_path / path).read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / path).write_text(text, encoding="utf-8")
    words = [sys.executable, "-m", "tests.live.runtime.ruled", str(tmp_path / "exchanges")]
    process = subprocess.Popen(words, cwd=PROJECT, env={**os.environ, "GOVBUS_HOME": str(bus.home.folder)})
    try:
        yield
    finally:
        process.kill()
        process.wait()


def versions(bus: Bus) -> list[tuple[str, list[str]]]:
    found = [each for each in scan(bus.home, "health", ["health.code-change"]) if each.key == person(bus)]
    data: list[dict[str, Any]] = [bus.codec.read("gov_data.CodeChanged", each.value or b"") for each in found]
    return [(each["level"], each["rule_versions"]) for each in data]


@pytest.mark.parametrize("migrate", [True, False])
def test_the_rules_change_at_their_moment(outside: Bus, tmp_path: Path, migrate: bool) -> None:
    """A secondary contact (次密接) under the rules of 2022-06; those of 2022-11 no longer judge any. Old cases keep the old rule unless
    the order says that they migrate: then that moment itself changes the colour."""
    now_ms = int(time.time() * 1000)
    begins_ms = now_ms + AHEAD_MS
    begins = datetime.fromtimestamp(begins_ms / 1000, UTC).isoformat(timespec="milliseconds")
    rules = (("valid_from: 2022-11-11T00:00:00+08:00", f"valid_from: {begins}"), ("migrate: true", f"migrate: {str(migrate).lower()}"))
    contact = {"class": "secondary", "exposed_at": now_ms - 60_000}
    with by(outside, tmp_path, rules=rules):
        send(outside, "person", person_id=outside.run)
        until("green", lambda: told(outside, "health")[-1:] == [("green", "record")])
        send(outside, "contact.order", order_no=f"O{outside.run}", issued_at=now_ms, **contact)
        until("yellow by the old rules", lambda: told(outside, "health")[-1:] == [("yellow", "record")])
        assert time.time() * 1000 < begins_ms
        assert versions(outside)[-1] == ("yellow", ["gd-2022-06"])
        if migrate:
            until("green by itself at that moment", lambda: told(outside, "health")[-1:] == [("green", "time")])
            assert versions(outside)[-1] == ("green", ["gd-2022-11"])
            return
        time.sleep(max(0.0, begins_ms / 1000 - time.time()) + 1)
        later = int(time.time() * 1000)
        send(outside, "contact.order", order_no=f"P{outside.run}", issued_at=later, **{**contact, "exposed_at": later})
        send(outside, "contact.order", order_no=f"O{outside.run}", issued_at=now_ms, version=2, action="cancelled", **contact)
        until("green, when the old one is taken back", lambda: told(outside, "health")[-1:] == [("green", "record")])
    assert told(outside, "health") == [("green", "record"), ("yellow", "record"), ("green", "record")], "the moment itself changed nothing"


def test_a_scan_is_forgotten_when_its_time_is_over_and_not_before(outside: Bus, tmp_path: Path) -> None:
    """21 days are 12 seconds here. The same person was at two places; the first one's scan is forgotten when its order comes."""
    place, now_ms = f"CS{outside.run}", int(time.time() * 1000)
    kept = ("bucket: place-hour, here: place_area, declared: declared_area, digits: 6, keep: 21d", "")
    with by(outside, tmp_path, exchange=(kept[0], kept[0].replace("21d", f"{KEPT_S}s"))):
        send(outside, "person", person_id=outside.run)
        until("green", lambda: told(outside, "health")[-1:] == [("green", "record")])
        early, until_ms = scanned(outside, f"{place}A"), now_ms + 3_600_000
        time.sleep(KEPT_S + 2)
        ordered(outside, f"{place}A", early, until_ms)
        late = scanned(outside, f"{place}B")
        ordered(outside, f"{place}B", late, until_ms)
        until("yellow", lambda: told(outside, "health")[-1:] == [("yellow", "record")])
        old = int(time.time() * 1000) - (KEPT_S + 2) * 1000
        scanned(outside, f"{place}C", old)
        until("too old", lambda: "TOO_OLD" in [each["reason"] for each in outside.quarantined()])
    (met,) = [each for each in scan(outside.home, "auditor", ["bus.encounter"]) if each.key == person(outside)]
    assert outside.codec.read("gov_data.Encounter", met.value or b"")["order"] == f"O{place}B"


def scanned(bus: Bus, place: str, at_ms: int = 0) -> int:
    at_ms = at_ms or int(time.time() * 1000)
    hour = buckets.hour(at_ms)
    send(bus, "place.scan", buckets.place_key(bus.keys, place, hour), scan_id=f"K{place}", place_code=place, bucket=hour, scanned_at=at_ms)
    return at_ms


def ordered(bus: Bus, place: str, at_ms: int, now_ms: int) -> None:
    """An order for the hour of a scan."""
    hour = buckets.hour(at_ms)
    window = {"window_from": at_ms - 60_000, "window_to": at_ms + 60_000, "issued_at": min(now_ms, int(time.time() * 1000))}
    send(bus, "place.order", buckets.place_key(bus.keys, place, hour), order_no=f"O{place}", place_code=place, bucket=hour, **window)
