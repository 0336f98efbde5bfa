"""The folder of a batch: the question it belongs to, and what has come back so far. It is one run's at a time."""

import csv
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

from adapters.batch.people import Job, Person
from adapters.table import Table
from govbus.errors import SetupError

RESULT = ("line", "request_id", "outcome", "mismatched_fields", "flags", "reason", "owner", "holder", "reference")
_LONGEST = 65_536


class Folder:
    """Results, one line a person and no person in them. ``since`` is the moment of the batch's first start."""

    def __init__(self, path: Path, since: datetime, last: int) -> None:
        """:param last: number of the file's last line"""
        self.path, self.since = path, since
        self._results = path / "results.csv"
        _mend(self._results)
        self._known = bytearray(last + 1)
        self.count = 0
        for each in self.results():
            self._note(int(each["line"]))
        self._file: TextIO = self._results.open("a", encoding="utf-8", newline="")
        self._writer = csv.DictWriter(self._file, RESULT)

    def has(self, line: int) -> bool:
        """Whether the person in this line has a result."""
        return bool(self._known[line])

    def enter(self, person: Person, data: Mapping[str, Any]) -> None:
        """Write down one result, a verdict's fields or as many of them as there are; safe after :meth:`keep`."""
        told = {
            "line": person.line, "request_id": person.request_id, "reference": person.reference, "outcome": data["outcome"],
            "mismatched_fields": " ".join(data.get("mismatched_fields", ())), "flags": " ".join(data.get("flags", ())),
            **{name: data.get(name) or "" for name in ("reason", "owner", "holder")},
        }  # fmt: skip
        self._writer.writerow(told)
        self._note(person.line)

    def keep(self) -> None:
        """Make what was entered durable."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def results(self) -> Iterator[dict[str, str]]:
        """What is kept, in the order in which it came."""
        with self._results.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)

    def close(self) -> None:
        """Keep, and let go."""
        self.keep()
        self._file.close()

    def _note(self, line: int) -> None:
        self.count += not self._known[line]
        self._known[line] = 1


@contextmanager
def opened(path: Path, job: Job, table: Table, register: Path) -> Iterator[Folder]:
    """The folder of this batch, made when it is new.

    :param register: folder that notes where each file was checked
    :raises SetupError: it is another batch's, or in use; or the file was checked before, and has another folder
    """
    question = {"file": table.digest, **{name: str(value) for name, value in vars(job).items()}}
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (path / "batch.json").open("a+", encoding="utf-8") as note:
        _lock(note, path)
        note.seek(0)
        kept = json.loads(note.read() or "null")
        _register(register / f"{job.department}-{job.item}-{table.digest[:16]}-{job.attempt}.json", path, new=kept is None)
        if kept is None:
            kept = {**question, "started": (datetime.now(UTC) - timedelta(minutes=1)).isoformat()}  # the broker's clock may be behind ours
            note.write(json.dumps(kept, ensure_ascii=False))
            note.flush()
        elif {name: value for name, value in kept.items() if name != "started"} != question:
            msg = f"{path} holds the results of another file or of another question: give --out another folder"
            raise SetupError(msg)
        folder = Folder(path, datetime.fromisoformat(kept["started"]), table.last)
        try:
            yield folder
        finally:
            folder.close()


def _lock(note: TextIO, path: Path) -> None:
    try:
        fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        msg = f"{path} is in use: this batch is running already"
        raise SetupError(msg) from None


def _register(entry: Path, path: Path, new: bool) -> None:
    """The same file in another folder would ask under the same ids, and nobody is told twice: its verdicts are where it was checked."""
    place = str(path.resolve())
    before = json.loads(entry.read_text(encoding="utf-8")) if entry.exists() else {}
    if before.get("folder") == place:
        return
    if before and new:
        msg = (
            f"this file was checked for this item on {before['started'][:10]}: its results are in {before['folder']}, "
            "and --out with that folder goes on there; to ask everybody once more give the next --attempt"
        )
        raise SetupError(msg)
    entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    entry.write_text(json.dumps({"folder": place, "started": datetime.now(UTC).isoformat()}), encoding="utf-8")


def _mend(path: Path) -> None:
    """A new file of results, or an old one without the line that a death cut short."""
    if not path.exists() or not path.stat().st_size:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.DictWriter(file, RESULT).writeheader()
        return
    with path.open("r+b") as file:
        start = max(0, file.seek(0, os.SEEK_END) - _LONGEST)
        file.seek(start)
        file.truncate(start + file.read().rfind(b"\n") + 1)
        file.seek(0)
        if file.readline().decode().strip() != ",".join(RESULT):
            msg = f"{path} was begun by another version of the bus: give --out another folder, and the next --attempt"
            raise SetupError(msg)
