"""``python -m benchmarks.city [people] [known]``: a city's round of testing, from laboratories' files to every colour in a store.

On a bus of its own: people are made known one by one (all, or so many; that is not the round, and is not timed as such), then the files
are put into the drop folder. Timed from the first ready-file to the last person's line in the checkpoints' store; then the store is
compared, person by person, with what must be (``city_people.expected``, which knows nothing of the bus). Checkpoints ask meanwhile. With
``--hold`` it waits for a line on standard input before each part. Files in docs/benchmarks.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from benchmarks import city_bus
from benchmarks.city_bus import DOOR, SINK, SOURCE
from benchmarks.city_page import page
from benchmarks.city_people import write_files
from benchmarks.crew import cpu_s
from govbus.settings import Home
from local import programs, site_plan
from local.instance import PROJECT, Instance
from schemas.codec import Codec
from schemas.purposes import keys_of
from topics import broker
from topics.apply import apply
from topics.load import records

PEOPLE, PORTION, RATE, ALONE_S, PATIENCE_S = 907_354, 250_000, 560, 8, 1_800
"""People of 吴川; questions a second of its checkpoints in the morning (domain notes E5)."""
OUT = PROJECT / "docs" / "benchmarks"
PROGRAMS = ("worker-1", SOURCE, SINK, DOOR, "kafka")
_KNOWN = "SELECT count(*) FROM code WHERE level IS NOT NULL"


def main(people: int, known: int, hold: bool) -> None:
    """Measure, print, write."""
    with tempfile.TemporaryDirectory(prefix="govbus-bench-") as name:
        home = Path(name) / "home"
        bus = Instance(home, site_plan.free_ports(), programs.ours(home, PROJECT, (SOURCE, SINK, DOOR)))
        try:
            bus.start_servers()
            apply(Home(home))
            bus.start_programs(["worker-1", SOURCE, SINK])
            bus.start_programs([DOOR])
            known_s = sum(_make_known(home, first, min(first + PORTION, known), hold) for first in range(0, known, PORTION))
            _ready(hold)
            load = round(os.getloadavg()[0], 1)
            alone = _reading(bus, people, ALONE_S, 0).result()
            results = {**_round(bus, people, known), "reads_alone": alone}
        finally:
            bus.stop(purge=True)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    told = {
        "date": date.today().isoformat(),
        "machine": machine,
        "load_before": load,
        "people": people,
        "known": known,
        "known_s": round(known_s, 1),
        **results,
    }
    OUT.mkdir(parents=True, exist_ok=True)
    file = OUT / "city.json"
    before = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    file.write_text(json.dumps({**before, "round": told}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (OUT / "city.md").write_text(page({**before, "round": told}), encoding="utf-8")
    sys.stdout.write(page({**before, "round": told}))


def _ready(hold: bool) -> None:
    """Let whoever runs this wait for a quiet machine."""
    if hold:
        sys.stderr.write("ready\n")
        sys.stdin.readline()


def _make_known(home: Path, first: int, people: int, hold: bool) -> float:
    _ready(hold)
    begun = time.monotonic()
    city_bus.make_known(home, people, first=first)
    city_bus.wait("known", people, lambda: city_bus.stored(home, _KNOWN), PATIENCE_S)
    return round(time.monotonic() - begun, 1)


class _Reading:
    """Checkpoints that ask, in a process of their own."""

    def __init__(self, door: tuple[Any, ...], seconds: float, rate: float) -> None:
        self._file = tempfile.NamedTemporaryFile()  # noqa: SIM115
        words = [sys.executable, "-m", "benchmarks.city_reads", str(seconds), str(rate), self._file.name]
        self._hand = subprocess.Popen(words, stdin=subprocess.PIPE, cwd=PROJECT)
        self._door = json.dumps(door).encode()
        assert self._hand.stdin is not None  # noqa: S101
        self._hand.stdin.write(self._door)
        self._hand.stdin.close()

    def result(self) -> dict[str, Any]:
        """What it measured, when it has ended."""
        self._hand.wait()
        found: dict[str, Any] = json.loads(self._file.read())
        self._file.close()
        return found


def _reading(bus: Instance, people: int, seconds: float, rate: float) -> _Reading:
    url = f"https://127.0.0.1:{bus.ports.of('door')}/v1/code"
    return _Reading((url, str(bus.ca), bus.secret(f"door.{DOOR}"), people), seconds, rate)


def _round(bus: Instance, people: int, known: int) -> dict[str, Any]:
    home, noon_ms = bus.home, (int(time.time()) - 60) * 1000
    drop = Home(home).site.drops["health"]
    files, ends = write_files(drop, people, noon_ms), city_bus.wanted(people, noon_ms, known)
    size = sum(each.stat().st_size for each in files)
    pids = {name: bus.supervisor.pid(name) for name in PROGRAMS}
    before = {name: cpu_s(pid) for name, pid in pids.items()}
    since = datetime.now(UTC)
    reading = _reading(bus, people, 20, RATE)
    begun = time.monotonic()
    for each in files:
        each.with_name(each.name + ".ok").touch()
    sent_s = city_bus.wait("sent", 1, lambda: not list(drop.glob("*.ok")), PATIENCE_S, 0.2)
    city_bus.wait_round(home, ends, noon_ms, PATIENCE_S)
    seconds = time.monotonic() - begun
    cpu = {name: round(cpu_s(pid) - before[name], 1) for name, pid in pids.items()}
    peak = {name: _peak_mib(pid) for name, pid in pids.items()}
    time.sleep(1)  # reversals of the last moment, if there were any, would show now
    wrong = list(city_bus.wrong(home, people, noon_ms, known))
    return {
        "files": len(files), "file_bytes": size, "seconds": round(seconds, 1), "sent_s": round(sent_s, 1), "cpu_s": cpu, "peak_mib": peak,
        "wrong": len(wrong), "lag": _lag(home, since), "reads_meanwhile": reading.result(),
    }  # fmt: skip


def _lag(home: Path, since: datetime) -> dict[str, Any]:
    """By the broker's clock: how long a bucket of results waited for the agent, and how many there were."""
    opened = Home(home)
    codec = Codec.load(records(), keys=keys_of(opened))
    came = [each.timestamp for each in broker.scan(opened, "auditor", ["health.lab-round"], since)]
    told = list(broker.scan(opened, "auditor", ["service-center.code-badge"], since))
    waits = sorted(each.timestamp - codec.read("gov_data.RoundBadges", each.value or b"")["as_of"] for each in told)
    first = min(came)
    return {
        "records": len(came), "badge_records": len(told), "last_in_s": round((max(came) - first) / 1000, 1),
        "last_out_s": round((max(each.timestamp for each in told) - first) / 1000, 1), "p50_s": round(waits[len(waits) // 2] / 1000, 2),
        "max_s": round(waits[-1] / 1000, 2),
    }  # fmt: skip


def _peak_mib(pid: int) -> int:
    found = next(line for line in Path("/proc", str(pid), "status").read_text().splitlines() if line.startswith("VmHWM"))
    return round(int(found.split()[1]) / 1024)


if __name__ == "__main__":
    numbers = [each for each in sys.argv[1:] if each.isdigit()]
    everybody = int(numbers[0]) if numbers else PEOPLE
    main(everybody, int(numbers[1]) if numbers[1:] else everybody, "--hold" in sys.argv)
