"""A batch at work: requests go out in bounded number, verdicts are taken in as they come."""

import time
from collections.abc import Callable
from pathlib import Path

from adapters import table
from adapters.batch import folder as folders
from adapters.batch import report
from adapters.batch.flight import Flight
from adapters.batch.folder import Folder
from adapters.batch.people import SYSTEM, Job, Person, check, people, row
from adapters.batch.report import Report
from adapters.requests import to_envelope
from adapters.table import Table
from govbus.envelope import Envelope
from govbus.errors import BusError, Poison
from govbus.pseudonym import SubjectKeys
from govbus.settings import Home
from schemas.codec import Codec
from topics import broker
from topics.load import load

Progress = Callable[[int, int], None]  # done, of
REGISTER = "batches"


def run(home: Home, job: Job, file: Path, folder: Path, progress: Progress = lambda _, __: None, patience_s: float = 120.0) -> Report:
    """Check everybody in ``file`` (CSV, UTF-8: id_type, id_no, name and one column a claim); results and report in ``folder``.

    However it ends, the folder says how far it came.

    :param patience_s: so long without any verdict, and the rest is reported as missing: start again later
    :raises SetupError: the file cannot be read, or the folder belongs to another file or job
    :raises RetryLater: the broker is away; what has come back is kept
    """
    with table.opened(file) as found:
        check(job, found)  # before there is a folder that belongs to this file
        with folders.opened(folder, job, found, home.folder / REGISTER) as kept:
            begun, before = time.monotonic(), kept.count
            try:
                _Trip(home, job, found, kept).go(progress, patience_s)
            finally:
                kept.keep()
                told = report.made(kept, job, found.count, kept.count - before, time.monotonic() - begun)
    return told


class _Trip:
    """Between the file, the folder and the broker."""

    def __init__(self, home: Home, job: Job, found: Table, kept: Folder) -> None:
        self._home, self._job, self._table, self._kept = home, job, found, kept
        self._codec, self._keys = Codec.load(load().records), SubjectKeys(home.secret("subject-key").get_secret_value())
        self._flight = Flight(person for person in people(job, found) if not kept.has(person.line))

    def go(self, progress: Progress, patience_s: float) -> None:
        """Send and take in until all is back, or nothing comes any more."""
        verdicts = f"{self._job.department}.verdict"
        with (
            broker.producer(self._home, self._job.department) as writer,
            broker.Tail(self._home, self._job.department, [verdicts], self._kept.since) as tail,
        ):
            moved = looked = time.monotonic()
            while self._flight and time.monotonic() - moved < patience_s:
                before = self._kept.count
                self._send(writer)
                came = self._take_in(tail.poll())
                now = time.monotonic()
                self._flight.pace(came, now - looked)
                looked = now
                moved = now if self._kept.count > before else moved
                progress(self._kept.count, self._table.count)

    def _send(self, writer: broker.Producer) -> None:
        made: list[tuple[Person, Envelope]] = []
        for person in self._flight.next():
            try:
                made.append((person, self._envelope(person)))
            except Poison as bad:
                self._refuse(person, bad)
        for (person, _), result in zip(made, writer.send_all([envelope for _, envelope in made]), strict=True):
            if isinstance(result, Poison):
                self._refuse(person, result)
            elif isinstance(result, BusError):
                raise result

    def _envelope(self, person: Person) -> Envelope:
        """:raises Poison: this line cannot be asked about"""
        if person.wrong:
            raise person.wrong
        asked, topic = row(self._job, self._table.digest, person, self._table.modified), f"{self._job.department}.request"
        return to_envelope(self._job.department, SYSTEM, topic, asked, self._codec, self._keys)

    def _refuse(self, person: Person, bad: Poison) -> None:
        self._flight.back(person.request_id)
        self._kept.enter(person, {"outcome": "refused", "reason": bad.reason.value, "owner": self._job.department})

    def _take_in(self, records: list[broker.Record]) -> int:
        before = self._kept.count
        for record in records:
            data = self._codec.read("gov_data.ProofVerdict", record.value or b"", record.place)
            person = self._flight.back(data["request_id"])
            if person is not None:
                self._kept.enter(person, data)
        if self._kept.count > before:
            self._kept.keep()
        return self._kept.count - before
