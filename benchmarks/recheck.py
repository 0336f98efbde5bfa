"""``python -m benchmarks.recheck [people]``: the yearly recheck, every person of a town asked about through one exchange (proof-01).

Twice, on a bus of its own: first as rows of the asker's own table, which fill every stage; then as a file (``govbus batch run``), while an
officer's single checks go on beside it. Real broker, real databases of asker and holder; synthetic people. Files in docs/benchmarks.
"""

import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count, islice
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import hops
from benchmarks.recheck_page import page
from govbus.settings import Home
from local import programs, site_plan
from local.departments.claims import Claim
from local.departments.drafts import BASIS, MATTER, PURPOSE
from local.departments.fill import fill
from local.departments.people import FAMILY, families
from local.instance import PROJECT, Instance
from local.landed import wait_landed
from local.window import write
from topics.apply import apply

PEOPLE, FEW, RATE, ALONE_S, PATIENCE_S = 50_000, 1_000, 10, 20, 1_800
OUT = PROJECT / "docs" / "benchmarks"
OFFICER, ITEM = "ZJ0001", "proof-01"
_HEAD = ("id_type", "id_no", "name", "marital_status", "spouse_id", "reference")
_APPLICATION = "COPY application (application_no, applicant_name, applicant_id, officer_code, matter) FROM STDIN"
_CLAIM = "COPY claim (application_no, proof_item, declared_1, declared_2, purpose, legal_basis, as_of) FROM STDIN"


Declared = tuple[str, str, str, str]
"""Number, name, marital status and spouse's number."""
_COUNTER = count()


def declared(people: int) -> Iterator[Declared]:
    """What people declare: parents say that they are married, children that they are not."""
    for family in families(-(-people // FAMILY) * FAMILY):
        father, mother, *children = family.members
        yield father.id_no, father.name, "20", mother.id_no
        yield mother.id_no, mother.name, "20", father.id_no
        yield from ((child.id_no, child.name, "10", "") for child in children)


def main(people: int) -> None:
    """Measure, print, write."""
    load = round(os.getloadavg()[0], 1)
    with tempfile.TemporaryDirectory(prefix="govbus-bench-") as name:
        folder, home = Path(name), Path(name) / "home"
        bus = Instance(home, site_plan.free_ports(), programs.ours(home, PROJECT, programs.adapters()))
        try:
            bus.start_servers()
            apply(Home(home))
            fill(bus, max(people, 4_000))
            bus.start_programs()
            wait_landed(Home(home))
            with psycopg.connect(bus.dsn("housing", "owner"), autocommit=True) as housing:
                _singles(housing, 5)  # warm: caches, connections, the first statement of each kind
                alone = _waits(housing, _singles(housing, ALONE_S))
                results = {"people": people, "rows": _rows(bus, housing, people), "file": _file(bus, housing, folder, people, alone)}
        finally:
            bus.stop(purge=True)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    told = {"date": date.today().isoformat(), "machine": machine, "load_before": load, **results}
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "recheck.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (OUT / "recheck.md").write_text(page(told), encoding="utf-8")
    sys.stdout.write(page(told))


def _rows(bus: Instance, housing: psycopg.Connection[Any], people: int) -> dict[str, Any]:
    """All at once, as rows of housing's own tables; from their commit to the last verdict in the table."""
    since, first, before = datetime.now(UTC) - timedelta(seconds=5), _last(housing), hops.spent(bus)
    with housing.transaction(), housing.cursor() as cursor:
        chosen = list(enumerate(islice(declared(people), people)))
        with cursor.copy(_APPLICATION) as copy:
            for number, (id_no, name, *_) in chosen:
                copy.write_row((f"FS-2026-{number:07d}", name, id_no, OFFICER, MATTER))
        with cursor.copy(_CLAIM) as copy:
            for number, (_, _, status, spouse) in chosen:
                copy.write_row((f"FS-2026-{number:07d}", ITEM, status, spouse or None, PURPOSE, BASIS, date.today().isoformat()))
    housing.execute("ANALYZE application, claim")  # as after any bulk load; PostgreSQL's own comes within a minute
    begun = time.monotonic()
    _until(housing, first, people)
    seconds, after = time.monotonic() - begun, hops.spent(bus)
    told = hops.taken(hops.in_table(housing, first), hops.on_topics(Home(bus.home), since))
    return {
        "seconds": round(seconds, 1), "a_second": round(people / seconds), "hops": {name: hop._asdict() for name, hop in told.items()},
        "cpu_s_per_1000": {who: round(1000 * (after[who] - before[who]) / people, 3) for who in after},
    }  # fmt: skip


def _file(bus: Instance, housing: psycopg.Connection[Any], folder: Path, people: int, alone: dict[str, float]) -> dict[str, Any]:
    """The same people as a file; single checks go on meanwhile."""
    few, _ = _batch(bus, housing, _written(folder / "few.csv", min(FEW, people)), folder / "few")
    told, meanwhile = _batch(bus, housing, _written(folder / "all.csv", people), folder / "all")
    return {
        **told, "peak_mib": {str(min(FEW, people)): few["peak_mib"], str(people): told["peak_mib"]},
        "single": {"alone": alone, "meanwhile": meanwhile},
    }  # fmt: skip


def _batch(bus: Instance, housing: psycopg.Connection[Any], file: Path, out: Path) -> tuple[dict[str, Any], dict[str, float]]:
    words = ["housing", ITEM, str(file), "--out", str(out), "--purpose", PURPOSE, "--legal-basis", BASIS, "--officer", OFFICER]
    environment = {**os.environ, "GOVBUS_HOME": str(bus.home)}
    begun = time.monotonic()
    running = subprocess.Popen([sys.executable, "-m", "govbus", "batch", "run", *words, "-o", "json"], env=environment, cwd=PROJECT)
    first, sent = _last(housing), 0
    while (ended := os.wait4(running.pid, os.WNOHANG))[0] == 0:
        sent += _single(housing, sent, begun)
    running.returncode = os.waitstatus_to_exitcode(ended[1])
    _until(housing, first, sent)
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    kept = {name: report[name] for name in ("people", "decided", "refused", "missing", "difference", "seconds", "a_second", "outcomes")}
    return {**kept, "exit_code": running.returncode, "peak_mib": ended[2].ru_maxrss // 1024}, _waits(housing, first)


def _written(path: Path, people: int) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(_HEAD)
        writer.writerows(("111", *row, f"FS-2026-{number:07d}") for number, row in enumerate(islice(declared(people), people)))
    return path


def _singles(housing: psycopg.Connection[Any], seconds: int) -> int:
    """RATE single checks a second, one after the other; the last claim before them."""
    first, begun = _last(housing), time.monotonic()
    for number in range(RATE * seconds):
        _single(housing, number, begun)
    _until(housing, first, RATE * seconds)
    return first


def _single(housing: psycopg.Connection[Any], number: int, begun: float) -> int:
    time.sleep(max(0.0, begun + number / RATE - time.monotonic()))
    place = next(_COUNTER)
    id_no, name, status, spouse = _counter_people()[place % FEW]
    no, today = f"DX-2026-{place:07d}", date.today().isoformat()
    claim = Claim((no, name, id_no, OFFICER, MATTER), (no, ITEM, status, spouse or None, PURPOSE, BASIS, today, None), "", "single")
    return len(write(housing, [claim]))


@cache
def _counter_people() -> list[Declared]:
    return list(islice(declared(FEW), FEW))


def _waits(housing: psycopg.Connection[Any], first: int) -> dict[str, float]:
    """Milliseconds from the row that asks to the row that answers."""
    waited = [answered - asked for _, asked, answered in hops.in_table(housing, first)]
    return {"requests": len(waited), "p50_ms": hops.at(waited, 0.5), "p99_ms": hops.at(waited, 0.99)} if waited else {"requests": 0}


def _last(housing: psycopg.Connection[Any]) -> int:
    row = housing.execute("SELECT coalesce(max(claim_id), 0) FROM claim").fetchone()
    return int(row[0]) if row else 0


def _until(housing: psycopg.Connection[Any], first: int, wanted: int) -> None:
    query = "SELECT count(*) FROM bus.verdict WHERE source_key::bigint > %s"
    deadline = time.monotonic() + PATIENCE_S
    while (housing.execute(query, (first,)).fetchone() or (0,))[0] < wanted:
        if time.monotonic() > deadline:
            sys.exit(f"the bus did not answer within {PATIENCE_S} s: see govbus status")
        time.sleep(0.1)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else PEOPLE)
