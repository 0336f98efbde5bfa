"""Batch mode: a department has a whole file of people checked, e.g. the yearly recheck, through the same exchange as a single case.

The folder beside the file holds what has come back so far: a run that was killed, or that met a broker away, is simply started again. A
request's id follows from the file's content, its line and the attempt, so nobody is asked about twice.
"""

import csv
import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from adapters.requests import request_id, to_envelope
from govbus.errors import BusError, Poison, SetupError
from govbus.pseudonym import SubjectKeys
from govbus.settings import Home
from schemas.codec import Codec
from topics import broker
from topics.load import load

PERSON = ("id_type", "id_no", "name")
RESULT = ("line", "request_id", "outcome", "mismatched_fields", "flags", "reason", "owner", "holder")
LEAST, MOST, AHEAD_S = 200, 5_000, 4.0
"""Requests under way: as many as come back in ``AHEAD_S`` seconds. More would only wait at the holder until their time is over."""
SYSTEM = "batch"
Progress = Callable[[int, int], None]  # done, of


@dataclass(frozen=True)
class Job:
    """What is asked about everybody in the file."""

    department: str
    item: str
    purpose: str
    legal_basis: str
    matter: str
    officer: str
    as_of: date
    attempt: int = 1


@dataclass
class Report:
    """How a batch ended: counts by outcome, who was silent, and whose declaration differs (for the hearing)."""

    people: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    silent: Counter[str] = field(default_factory=Counter)
    mismatches: list[int] = field(default_factory=list)
    missing: int = 0
    seconds: float = 0.0

    def take(self, row: Mapping[str, Any]) -> None:
        """Count one result."""
        self.outcomes[row["outcome"]] += 1
        if row["reason"]:
            self.reasons[row["reason"]] += 1
        if row["reason"] == "HOLDER_SILENT":
            self.silent[row["owner"]] += 1
        if row["outcome"] == "mismatch":
            self.mismatches.append(int(row["line"]))


def run(home: Home, job: Job, file: Path, folder: Path, progress: Progress = lambda _, __: None, patience_s: float = 120.0) -> Report:
    """Check everybody in ``file`` (CSV, UTF-8: id_type, id_no, name and one column a claim); results in ``folder``.

    :param patience_s: so long without any verdict, and the rest is reported as missing: start again later
    :raises SetupError: the file cannot be read, or the folder belongs to another file or job
    :raises RetryLater: the broker is away; what has come back is kept
    """
    begun, rows = time.monotonic(), dict(_rows(job, file))
    since = _opened(folder, job, file)
    report, done = Report(people=len(rows)), _known(folder)
    with (folder / "results.csv").open("a", encoding="utf-8", newline="") as out:
        trip = _Trip(home, job, {name: row for name, row in rows.items() if name not in done}, out, report)
        for each in done.values():
            report.take(each)
        trip.go(since, progress, patience_s)
    report.missing, report.seconds = report.people - report.outcomes.total(), round(time.monotonic() - begun, 1)
    _write_report(folder, report)
    return report


class _Trip:
    """The requests under way."""

    def __init__(self, home: Home, job: Job, rows: dict[str, dict[str, Any]], out: TextIO, report: Report) -> None:
        self._home, self._job, self._left, self._out, self._report = home, job, rows, out, report
        self._codec, self._keys = Codec.load(load().records), SubjectKeys(home.secret("subject-key").get_secret_value())
        self._under_way: dict[str, dict[str, Any]] = {}
        self._rate, self._writer = 0.0, csv.DictWriter(out, RESULT)

    def go(self, since: datetime, progress: Progress, patience_s: float) -> None:
        """Send and take in until all is back, or nothing comes any more."""
        topic = f"{self._job.department}.verdict"
        with (
            broker.producer(self._home, self._job.department) as writer,
            broker.Tail(self._home, self._job.department, [topic], since) as tail,
        ):
            moved = looked = time.monotonic()
            while (self._left or self._under_way) and time.monotonic() - moved < patience_s:
                self._send(writer)
                came = self._take_in(tail.poll())
                now = time.monotonic()
                self._rate, looked = 0.7 * self._rate + 0.3 * came / max(now - looked, 0.001), now
                moved = now if came else moved
                progress(self._report.outcomes.total(), self._report.people)

    def _send(self, writer: broker.Producer) -> None:
        room = int(min(max(self._rate * AHEAD_S, LEAST), MOST)) - len(self._under_way)
        chosen = list(islice(self._left, max(room, 0)))
        envelopes = []
        for name in chosen:
            row = self._left.pop(name)
            try:
                envelopes.append(
                    (name, row, to_envelope(self._job.department, SYSTEM, f"{self._job.department}.request", row, self._codec, self._keys))
                )
            except Poison as bad:
                self._enter(row, name, {"outcome": "refused", "reason": bad.reason.value, "owner": self._job.department})
        for (name, row, _), result in zip(envelopes, writer.send_all([each for *_, each in envelopes]), strict=True):
            if isinstance(result, Poison):
                self._enter(row, name, {"outcome": "refused", "reason": result.reason.value, "owner": self._job.department})
            elif isinstance(result, BusError):
                raise result
            else:
                self._under_way[name] = row

    def _take_in(self, records: list[broker.Record]) -> int:
        came = 0
        for record in records:
            data = self._codec.read("gov_data.ProofVerdict", record.value or b"", record.place)
            row = self._under_way.pop(data["request_id"], None) or self._left.pop(data["request_id"], None)
            if row is not None:
                self._enter(row, data["request_id"], data)
                came += 1
        if came:
            self._out.flush()
            os.fsync(self._out.fileno())
        return came

    def _enter(self, row: Mapping[str, Any], name: str, data: Mapping[str, Any]) -> None:
        told = {
            "line": row["line"], "request_id": name, "outcome": data["outcome"], "reason": data.get("reason") or "",
            "mismatched_fields": " ".join(data.get("mismatched_fields", ())), "flags": " ".join(data.get("flags", ())),
            "owner": data.get("owner") or "", "holder": data.get("holder") or "",
        }  # fmt: skip
        self._writer.writerow(told)
        self._report.take(told)


def _rows(job: Job, file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rows by request id, as :func:`adapters.requests.to_envelope` takes them."""
    try:
        raw = file.read_bytes()
        reader = csv.DictReader(StringIO(raw.decode("utf-8-sig")))
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{file.name} cannot be read as UTF-8 ({type(error).__name__})"
        raise SetupError(msg) from None
    if missing := [name for name in PERSON if name not in (reader.fieldnames or ())]:
        msg = f"{file.name}: the columns {', '.join(missing)} are missing; the others are claims of {job.item}"
        raise SetupError(msg)
    digest, moment = hashlib.sha256(raw).hexdigest()[:16], datetime.fromtimestamp(int(file.stat().st_mtime), UTC)
    for line, found in enumerate(reader, 2):
        claims = {name: value for name, value in found.items() if name and name not in PERSON and value}
        row = {
            **{name: (found[name] or "").strip() for name in PERSON}, "claims": claims, "line": line, "officer": job.officer,
            "matter": job.matter, "item": job.item, "purpose": job.purpose, "legal_basis": job.legal_basis, "as_of": job.as_of.isoformat(),
            "respond_within_ms": None, "source_key": f"{digest}-{job.item}-{line}", "version": job.attempt, "updated_at": moment,
        }  # fmt: skip
        yield request_id(job.department, SYSTEM, row), row


def _opened(folder: Path, job: Job, file: Path) -> datetime:
    """The moment of the batch's first start; the folder is made then, and is this batch's alone from then on."""
    told = {"file": hashlib.sha256(file.read_bytes()).hexdigest(), **{name: str(value) for name, value in vars(job).items()}}
    note = folder / "batch.json"
    if note.exists():
        kept = json.loads(note.read_text(encoding="utf-8"))
        if {name: value for name, value in kept.items() if name != "started"} != told:
            msg = f"{folder} holds the results of another file or of another question: give --out another folder"
            raise SetupError(msg)
        return datetime.fromisoformat(kept["started"])
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    started = datetime.now(UTC) - timedelta(minutes=1)  # the broker's clock may be behind ours
    note.write_text(json.dumps({**told, "started": started.isoformat()}, ensure_ascii=False), encoding="utf-8")
    with (folder / "results.csv").open("w", encoding="utf-8", newline="") as out:
        csv.DictWriter(out, RESULT).writeheader()
    return started


def _known(folder: Path) -> dict[str, dict[str, str]]:
    """Results by request id; a line that a death cut short is none."""
    path = folder / "results.csv"
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole, encoding="utf-8", newline="")
    return {row["request_id"]: row for row in csv.DictReader(StringIO(whole))}


def _write_report(folder: Path, report: Report) -> None:
    told = {**vars(report), "mismatches": sorted(report.mismatches)}
    (folder / "report.json").write_text(json.dumps(told, ensure_ascii=False, indent=2), encoding="utf-8")
