"""The requests of a batch on their way: sent in bounded number, taken in as they come."""

import csv
import os
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from adapters import table
from adapters.batch import folder as kept
from adapters.batch import people, report
from adapters.batch.people import Job
from adapters.batch.report import Report
from adapters.requests import to_envelope
from govbus.errors import BusError, Poison
from govbus.pseudonym import SubjectKeys
from govbus.settings import Home
from schemas.codec import Codec
from topics import broker
from topics.load import load

LEAST, MOST, AHEAD_S = 200, 5_000, 4.0
"""Requests under way: as many as come back in ``AHEAD_S`` seconds. More would only wait at the holder until their time is over."""
Progress = Callable[[int, int], None]  # done, of


def run(home: Home, job: Job, file: Path, folder: Path, progress: Progress = lambda _, __: None, patience_s: float = 120.0) -> Report:
    """Check everybody in ``file`` (CSV, UTF-8: id_type, id_no, name and one column a claim); results in ``folder``.

    :param patience_s: so long without any verdict, and the rest is reported as missing: start again later
    :raises SetupError: the file cannot be read, or the folder belongs to another file or job
    :raises RetryLater: the broker is away; what has come back is kept
    """
    begun, found = time.monotonic(), table.read(file)
    rows = dict(people.rows(job, file, found))
    since = kept.opened(folder, job, found.digest)
    told, done = Report(people=len(rows)), kept.known(folder)
    with (folder / "results.csv").open("a", encoding="utf-8", newline="") as out:
        trip = _Trip(home, job, {name: row for name, row in rows.items() if name not in done}, out, told)
        for each in done.values():
            told.take(each)
        trip.go(since, progress, patience_s)
    told.missing, told.seconds = told.people - told.outcomes.total(), round(time.monotonic() - begun, 1)
    report.write(folder, told)
    return told


class _Trip:
    """The requests under way."""

    def __init__(self, home: Home, job: Job, rows: dict[str, dict[str, Any]], out: TextIO, report: Report) -> None:
        self._home, self._job, self._left, self._out, self._report = home, job, rows, out, report
        self._codec, self._keys = Codec.load(load().records), SubjectKeys(home.secret("subject-key").get_secret_value())
        self._under_way: dict[str, dict[str, Any]] = {}
        self._rate, self._writer = 0.0, csv.DictWriter(out, kept.RESULT)

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
                made = to_envelope(self._job.department, people.SYSTEM, f"{self._job.department}.request", row, self._codec, self._keys)
                envelopes.append((name, row, made))
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
