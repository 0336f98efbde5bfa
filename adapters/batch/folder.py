"""The folder of a batch: the question it belongs to, and what has come back so far."""

import csv
import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

from adapters.batch.people import Job
from govbus.errors import SetupError

RESULT = ("line", "request_id", "outcome", "mismatched_fields", "flags", "reason", "owner", "holder")


def opened(folder: Path, job: Job, digest: str) -> datetime:
    """The moment of the batch's first start; the folder is made then, and is this batch's alone from then on.

    :raises SetupError: it is another batch's
    """
    told = {"file": digest, **{name: str(value) for name, value in vars(job).items()}}
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


def known(folder: Path) -> dict[str, dict[str, str]]:
    """Results by request id; a line that a death cut short is none."""
    path = folder / "results.csv"
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole, encoding="utf-8", newline="")
    return {row["request_id"]: row for row in csv.DictReader(StringIO(whole))}
