"""``python -m benchmarks.audit [RECORDS]``: what it costs to seal and to verify, whether memory stays flat, and whether a sealer keeps up.

The records wait in the topic before the sealer starts: 300 bytes of value, the headers of a verdict, three partitions, TLS. Sealing has
its real files, signatures and ``bus.seals``; verifying is ``govbus audit verify`` with the auditor's rights. Processor time is that of the
whole process, librdkafka's threads included; the broker has its share of the same cores. For keeping up a sealer runs as ``make up`` runs
it, over all topics, while a department sends as fast as it can and workers decide: all at once on the same cores.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from confluent_kafka import Producer  # noqa: TID251

from audit import keys, online
from audit.chain import chains
from audit.sealer import Cadence, Sealer
from audit.sealing import Publisher, watched
from benchmarks.agent import Watch, preload, trickle
from benchmarks.crew import Crew, bus, cpu_s
from benchmarks.jobs import PROOF, job
from govbus.envelope import Envelope, event_id, from_ms
from govbus.ports import NullObserver
from govbus.settings import Home
from local.instance import PROJECT
from topics.broker.bulk import Bulk, connection
from topics.load import load

TOPIC, RECORDS = "housing.verdict", 1_000_000
OUT = PROJECT / "docs" / "benchmarks"
MILLION, MASS = 1_000_000, 300_000
MARKERS = 5  # offsets at the end of a partition that workers write: the ends of transactions, of which a reader is told nothing


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


def beside(home: Home, workers: int) -> dict[str, Any]:
    """How long after the last verdict everything is sealed, while a mass of requests is sent and decided."""
    watch, folder, crew = Watch(home), keys.folder_of(home), Crew(home, workers)
    words = [sys.executable, "-m", "govbus", "audit", "seal", "run"]
    sealer = subprocess.Popen(words, cwd=PROJECT, env={**os.environ, "GOVBUS_HOME": str(home.folder)})
    watch.until(watch.done(), len(trickle(home, job(PROOF), 300, 10)))
    _until_sealed(home, folder)
    before, begun, sealed, cpu, spent = watch.done(), time.monotonic(), _sealed(folder), cpu_s(sealer.pid), crew.cpu_s()
    preload(home, job(PROOF), MASS)
    sent_s = time.monotonic() - begun
    watch.until(before, MASS)
    decided_s, cpu, spent = time.monotonic() - begun, cpu_s(sealer.pid) - cpu, crew.cpu_s() - spent
    there = _sealed(folder) - sealed
    _until_sealed(home, folder)
    late_s, sealed = time.monotonic() - begun - decided_s, _sealed(folder) - sealed
    crew.stop()
    sealer.terminate()
    sealer.wait(30)
    watch.close()
    return {
        "workers": workers, "requests": MASS, "sent_s": round(sent_s, 1), "decided_per_s": round(MASS / decided_s),
        "sealed_meanwhile_per_s": round(there / decided_s), "sealed": sealed, "sealed_s_after_the_last_verdict": round(late_s, 1),
        "sealer_cpu_us_per_record": round(cpu / there * 1e6, 1), "workers_cpu_us_per_request": round(spent / MASS * 1e6, 1),
    }  # fmt: skip


def _sealed(folder: Path) -> int:
    lasts = (one.last() for one in chains(folder))
    return sum(last.statement.before + last.statement.records for last in lasts if last)


def _until_sealed(home: Home, folder: Path) -> None:
    while any(row["behind"] > MARKERS for row in online.standing(home, folder, [TOPIC, "housing.request"])):
        time.sleep(0.1)


def live(told: list[dict[str, Any]]) -> str:
    """What was seen of a sealer beside workers; empty where that was not measured."""
    if not told:
        return ""
    rows = "\n".join(
        f"| {one['workers']} | {one['decided_per_s']:,} | {one['sealed_meanwhile_per_s']:,} | {one['sealed_s_after_the_last_verdict']} | "
        f"{one['sealer_cpu_us_per_record']} | {one['workers_cpu_us_per_request']} |"
        for one in told
    )
    return f"""## Does the sealer keep up?

{MASS:,} requests are sent as fast as a department can, and decided meanwhile; the sealer of `make up` seals all topics, on the same
cores as broker, workers and sender. It seals each partition after 20,000 records or five seconds, so some five seconds behind the last
verdict is keeping up.

| workers | decided/s | sealed/s meanwhile | all sealed, s after the last verdict | sealer, CPU µs a record | workers, CPU µs a request |
|---|---|---|---|---|---|
{rows}
"""


def page(told: dict[str, Any]) -> str:
    """The figures for people."""
    columns = ("records", "seconds", "records_per_s", "cpu_us_per_record")
    figures = {name: " | ".join(f"{told[name][one]:,}" for one in columns) for name in ("seal", "verify")}
    rows = "\n".join(f"| {name} | {told_} | {told[name]['rss_mib'][0]}, {told[name]['peak_mib']} |" for name, told_ in figures.items())
    return f"""# Sealing and verifying

Made by `python -m benchmarks.audit {told["seal"]["records"]}` on {told["date"]}; {told["cores"]} cores, {told["machine"]},
Python {told["python"]}; broker (TLS, SCRAM) on the same cores. Records of 300 bytes with the headers of a verdict, three partitions; one
process seals, then verifies. Load average before: {told["load"]}; above 1.5 others had the cores too, and then only the
processor time says something.

| | records | seconds | records/s | CPU µs a record | MiB resident, at first and at most |
|---|---|---|---|---|---|
{rows}

{told["seal"]["seals"]} seals; seals and leaf hashes take {told["seal"]["disk_mib"]} MiB on disk. Findings: {told["verify"]["findings"]}.

{live(told["beside"])}"""


def main() -> None:
    """Measure, print, write."""
    records, load_before = int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS, os.getloadavg()[0]
    with bus() as home, tempfile.TemporaryDirectory(prefix="govbus-bench-seals-") as folder:
        fill(home, records)
        told: dict[str, Any] = {
            "date": date.today().isoformat(), "cores": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version(),
            "load": round(load_before, 1), "seal": seal(home, Path(folder), records), "verify": verify(home, Path(folder)),
        }  # fmt: skip
    told["beside"] = []
    for workers in (1, 2, 3) if records == RECORDS else ():
        with bus() as home:
            told["beside"].append(beside(home, workers))
    name = "audit" if records == RECORDS else f"audit-{records // MILLION}m"
    (OUT / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n")
    (OUT / f"{name}.md").write_text(page(told))
    sys.stdout.write(page(told))


def _mib(name: str = "VmRSS") -> int:
    found = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return round(int(found.split()[1]) / 1024)


def _disk(folder: Path) -> int:
    return round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20)


if __name__ == "__main__":
    main()
