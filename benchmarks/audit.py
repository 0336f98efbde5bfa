"""``python -m benchmarks.audit [RECORDS]``: what it costs to seal and to verify, and whether memory stays flat.

The records wait in the topic before the sealer starts: 300 bytes of value, the headers of a verdict, three partitions, TLS. Sealing has
its real files, signatures and ``bus.seals``; verifying is ``govbus audit verify`` with the auditor's rights. Processor time is that of the
whole process, librdkafka's threads included; the broker has its share of the same cores.
"""

import json
import os
import platform
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from confluent_kafka import Producer  # noqa: TID251

from audit import keys, online
from audit.sealer import Cadence, Sealer
from audit.sealing import Publisher, watched
from benchmarks.crew import bus
from govbus.envelope import Envelope, event_id, from_ms
from govbus.ports import NullObserver
from govbus.settings import Home
from local.instance import PROJECT
from topics.broker.bulk import Bulk, connection
from topics.load import load

TOPIC, RECORDS = "housing.verdict", 1_000_000
OUT = PROJECT / "docs" / "benchmarks"
MILLION = 1_000_000


class Meter:
    """Records, wall and processor time since it was made; memory at every million."""

    def __init__(self) -> None:
        self.records, self.memory = 0, [_mib()]
        self._wall, self._cpu = time.monotonic(), time.process_time()

    def add(self, records: int) -> None:
        """So many more."""
        self.records += records
        while self.records >= len(self.memory) * MILLION:
            self.memory.append(_mib())

    def told(self) -> dict[str, Any]:
        """The figures."""
        wall, cpu = time.monotonic() - self._wall, time.process_time() - self._cpu
        return {
            "records": self.records, "seconds": round(wall, 1), "records_per_s": round(self.records / wall),
            "cpu_us_per_record": round(cpu / self.records * 1e6, 2), "rss_mib": self.memory, "peak_mib": _mib("VmHWM"),
        }  # fmt: skip


def fill(home: Home, records: int) -> None:
    """Verdicts in large batches."""
    out = Producer({**connection(home, "admin"), "linger.ms": 50, "batch.size": 65_536, "partitioner": "murmur2_random"})
    value = os.urandom(300)
    for number in range(records):
        name = event_id("bench", number)
        at = from_ms(1_764_000_000_000 + number)
        made = Envelope(name, "/gov-data/agents", "gov_data.ProofVerdict", at, TOPIC, name.encode(), value, name, name)
        out.produce(TOPIC, value, made.key, headers=made.headers())  # type: ignore[arg-type]
        while len(out) > 50_000:
            out.poll(0.1)
    out.flush()


def seal(home: Home, folder: Path, records: int) -> dict[str, Any]:
    """Seal everything that waits."""
    publish, meter = Publisher(home), Meter()
    with Bulk(home, "sealer") as reader:
        sealer = Sealer(folder, keys.open_signer(home), reader, publish, NullObserver(), Cadence())
        sealer.watch(watched(load().topics[TOPIC], 3), {})
        while meter.records < records:
            meter.add(sealer.round())
        sealer.close()
    publish.close()
    return meter.told() | {"seals": sum(1 for path in folder.glob("*/*/seals.txt") for _ in path.open()), "disk_mib": _disk(folder)}


def verify(home: Home, folder: Path) -> dict[str, Any]:
    """Verify everything, as an auditor does."""
    meter, findings = Meter(), 0
    for told in online.verify(home, keys.read([keys.folder_of(home) / keys.PUBLIC]), folder, [TOPIC]):
        meter.add(told.verified)
        findings += len(told.findings)
    return meter.told() | {"findings": findings}


def page(told: dict[str, Any]) -> str:
    """The figures for people."""
    columns = ("records", "seconds", "records_per_s", "cpu_us_per_record")
    figures = {name: " | ".join(f"{told[name][one]:,}" for one in columns) for name in ("seal", "verify")}
    rows = "\n".join(f"| {name} | {told_} | {told[name]['rss_mib'][0]}, {told[name]['peak_mib']} |" for name, told_ in figures.items())
    fastest = told["bus_per_s"]
    return f"""# Sealing and verifying

Made by `python -m benchmarks.audit {told["seal"]["records"]}` on {told["date"]}; {told["cores"]} cores, {told["machine"]},
Python {told["python"]}; broker (TLS, SCRAM) on the same cores. Records of 300 bytes with the headers of a verdict, three partitions; one
process seals, then verifies. Load average before: {told["load"]}; above 1.5 others had the cores too, and then only the
processor time says something.

| | records | seconds | records/s | CPU µs a record | MiB resident, at first and at most |
|---|---|---|---|---|---|
{rows}

{told["seal"]["seals"]} seals; seals and leaf hashes take {told["seal"]["disk_mib"]} MiB on disk. Findings: {told["verify"]["findings"]}.
The agents' fastest figure (`docs/benchmarks/agent.json`) is {fastest:,} requests/s with {told["bus_workers"]} workers, which is
{2 * fastest:,} sealed records/s: a request and a verdict each, for the agents' own state is not sealed.
"""


def main() -> None:
    """Measure, print, write."""
    records, load_before = int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS, os.getloadavg()[0]
    with bus() as home, tempfile.TemporaryDirectory(prefix="govbus-bench-seals-") as folder:
        fill(home, records)
        told: dict[str, Any] = {
            "date": date.today().isoformat(), "cores": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version(),
            "load": round(load_before, 1), **_fastest(), "seal": seal(home, Path(folder), records), "verify": verify(home, Path(folder)),
        }  # fmt: skip
    name = "audit" if records == RECORDS else f"audit-{records // MILLION}m"
    (OUT / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n")
    (OUT / f"{name}.md").write_text(page(told))
    sys.stdout.write(page(told))


def _fastest() -> dict[str, int]:
    """The agents' own best figure."""
    told = json.loads((OUT / "agent.json").read_text())
    best = max(told["runs"], key=lambda one: one["records_a_second"])
    return {"bus_per_s": best["records_a_second"], "bus_workers": best["workers"]}


def _mib(name: str = "VmRSS") -> int:
    found = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return round(int(found.split()[1]) / 1024)


def _disk(folder: Path) -> int:
    return round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20)


if __name__ == "__main__":
    main()
