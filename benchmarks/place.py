"""``python -m benchmarks.place [scans …]``: one order for a place over 21 days of its scans, at three sizes.

The scans come first, all of different people; then one order, which is a record for each of its 505 hours. Timed from the order's first
record to the last person's line in the checkpoints' store. With ``--hold`` it waits for a line on standard input before each size.
"""

import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks import city_bus
from benchmarks.city import OUT
from benchmarks.city_bus import SINK
from benchmarks.city_page import page
from benchmarks.city_people import number
from govbus import buckets
from govbus.envelope import Envelope, event_id
from govbus.pseudonym import SubjectKeys
from govbus.settings import Home
from local import programs, site_plan
from local.instance import PROJECT, Instance
from schemas.codec import Codec
from schemas.purposes import keys_of
from topics import broker
from topics.access import AGENT_GROUP
from topics.apply import apply
from topics.load import records

SIZES, DAYS, PATIENCE_S = (1_500, 3_000, 6_000), 20, 900
_DAY_MS = 86_400_000
_YELLOW = "SELECT count(*) FROM code WHERE level = 'yellow'"


class Place:
    """One place: its scans, and the order about it."""

    def __init__(self, home: Home, code: str, people: range, now_ms: int) -> None:
        self._home, self._code, self._people, self._now = home, code, people, now_ms
        self._codec, self._keys = Codec.load(records(), keys=keys_of(home)), SubjectKeys(home.secret("subject-key").get_secret_value())

    def scans(self) -> Iterator[Envelope]:
        """Open from 8 to 22 o'clock, as many at each hour."""
        step = DAYS * 14 * 3_600_000 // len(self._people)
        for place, person in enumerate(self._people):
            day, within = divmod(place * step, 14 * 3_600_000)
            at = self._now - DAYS * _DAY_MS + day * _DAY_MS + within
            bucket = buckets.hour(at)
            data = {
                "scan_id": f"{self._code}-{place}", "version": 1, "person_key": self._keys.resident(number(person)),
                "place_code": self._code, "place_area": "440883107201", "declared_area": "440883", "scanned_at": at, "bucket": bucket,
            }  # fmt: skip
            yield self._envelope("gov-data", "gov_data.PlaceScan", "gov-data.place-scan", bucket, data)

    def order(self) -> Iterator[Envelope]:
        """The same order for each hour of 21 days."""
        first = self._now - (DAYS + 1) * _DAY_MS + 3_600_000
        for bucket in buckets.hours(first, self._now):
            data = {
                "order_no": f"O{self._code}", "version": 1, "action": "ordered", "place_code": self._code, "bucket": bucket,
                "level": "time-place", "issued_at": self._now, "window_from": first, "window_to": self._now, "operator": "CDC01",
                "approver": "CDC02", "division": "440883000000",
            }  # fmt: skip
            yield self._envelope("health", "health.PlaceOrder", "health.place-order", bucket, data)

    def _envelope(self, who: str, record: str, topic: str, bucket: str, data: dict[str, Any]) -> Envelope:
        value = self._codec.encode(record, data)
        name, now = event_id(who, "place", record, value.hex()), datetime.now(UTC)
        key = buckets.place_key(self._keys, self._code, bucket)
        return Envelope(id=name, source=f"/{who}/place", type=record, time=now, topic=topic, key=key, value=value)


def measure(bus: Instance, scans: int, first: int) -> dict[str, Any]:
    """One size. :param first: number of the first person; all before are yellow already"""
    home = Home(bus.home)
    place = Place(home, f"CS{scans}", range(first, first + scans), int(time.time() * 1000))
    begun = time.monotonic()
    with broker.producer(home, "gov-data") as out:
        found = place.scans()
        while some := list(islice(found, 2_000)):
            city_bus.send(out, some)
    city_bus.wait("read", 0, lambda: -_left(home), PATIENCE_S, 1.0)
    scans_s = time.monotonic() - begun
    begun = time.monotonic()
    with broker.producer(home, "health") as out:
        city_bus.send(out, list(place.order()))
    sent_s = time.monotonic() - begun
    city_bus.wait("yellow", first + scans, lambda: city_bus.stored(bus.home, _YELLOW), PATIENCE_S, 0.2)
    seconds = time.monotonic() - begun
    return {"scans": scans, "people": scans, "scans_s": round(scans_s, 1), "sent_s": round(sent_s, 1), "seconds": round(seconds, 1)}


def _left(home: Home) -> int:
    """How many scans the agents have not worked off yet."""
    with broker.admin(home, "admin") as admin:
        lag = admin.lag([AGENT_GROUP])
        return sum(records for (_, topic, _), records in lag.items() if topic == "gov-data.place-scan")


def main(sizes: tuple[int, ...], hold: bool) -> None:
    """Measure, print, write."""
    found: list[dict[str, Any]] = []
    load = 0.0
    with tempfile.TemporaryDirectory(prefix="govbus-bench-") as name:
        home = Path(name) / "home"
        bus = Instance(home, site_plan.free_ports(), programs.ours(home, PROJECT, (SINK,)))
        try:
            bus.start_servers()
            apply(Home(home))
            bus.start_programs(["worker-1", SINK])
            for size in sizes:
                if hold:
                    sys.stderr.write("ready\n")
                    sys.stdin.readline()
                load = round(os.getloadavg()[0], 1)
                found.append(measure(bus, size, sum(each["scans"] for each in found)))
        finally:
            bus.stop(purge=True)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    file = OUT / "city.json"
    before = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    told = {**before, "place": {"date": date.today().isoformat(), "machine": machine, "load_before": load, "sizes": found}}
    file.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (OUT / "city.md").write_text(page(told), encoding="utf-8")
    sys.stdout.write(page(told))


if __name__ == "__main__":
    main(tuple(int(each) for each in sys.argv[1:] if each.isdigit()) or SIZES, "--hold" in sys.argv)
