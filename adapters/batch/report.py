"""How a batch ended, from the results as they are kept: counts, and two lists for people.

``hearing.csv``: whose declaration differs (陈述申辩: the holder's record may be wrong, nothing is decided by it alone). ``refused.csv``:
which lines were not asked about, and what to do. Neither has a person or a holder's value: line and reference say who it is.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.batch.folder import Folder
from adapters.batch.people import Job
from govbus.reasons import Reason

HEARING = ("line", "reference", "request_id", "mismatched_fields", "holder")
REFUSED = ("line", "reference", "request_id", "reason", "what_to_do")
_FIXES = {each.value: each.fix for each in Reason}


@dataclass
class Report:
    """Counts of people. ``people`` = ``decided`` + ``refused`` + ``missing``, or ``difference`` is not 0 and the books are wrong."""

    people: int
    seconds: float
    """Of the last run."""
    a_second: int
    """Results of the last run in a second."""
    missing: int
    """Lines that no result was written down for."""
    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    silent: Counter[str] = field(default_factory=Counter)

    @property
    def refused(self) -> int:
        """Who was not asked about: the line or the request was refused."""
        return self.outcomes["refused"]

    @property
    def decided(self) -> int:
        """Who has a verdict, silence of a holder among them."""
        return self.outcomes.total() - self.refused

    @property
    def difference(self) -> int:
        """What the books do not account for: 0."""
        return self.people - self.decided - self.refused - self.missing

    def take(self, row: dict[str, str]) -> None:
        """Count one result."""
        self.outcomes[row["outcome"]] += 1
        if row["reason"]:
            self.reasons[row["reason"]] += 1
        if row["reason"] == Reason.HOLDER_SILENT:
            self.silent[row["owner"]] += 1


def made(folder: Folder, job: Job, people: int, came: int, seconds: float) -> Report:
    """Count what is kept, and put the report into the folder: ``report.json``, ``report.md``, and the two lists.

    :param people: in the file; :param came: results of the last run, which took ``seconds``
    """
    report = Report(people, round(seconds, 1), round(came / max(seconds, 0.001)), people - folder.count)
    with ExitStack() as stack:
        hearing, refused = (_list(stack, folder.path / name, names) for name, names in (("hearing.csv", HEARING), ("refused.csv", REFUSED)))
        for row in folder.results():
            report.take(row)
            if row["outcome"] == "mismatch":
                hearing.writerow(row)
            elif row["outcome"] == "refused":
                refused.writerow({**row, "what_to_do": _FIXES.get(row["reason"], "")})
    head = {**_head(job), **_counts(report)}
    with (folder.path / "report.json").open("w", encoding="utf-8") as out:
        out.writelines(_json(head, folder.path / "hearing.csv"))
    (folder.path / "report.md").write_text(_words(head, report), encoding="utf-8")
    return report


def _list(stack: ExitStack, path: Path, names: tuple[str, ...]) -> "csv.DictWriter[str]":
    """With a byte order mark: without one a spreadsheet takes the file for GBK."""
    out = stack.enter_context(path.open("w", encoding="utf-8-sig", newline=""))
    writer = csv.DictWriter(out, names, extrasaction="ignore")
    writer.writeheader()
    return writer


def _head(job: Job) -> dict[str, Any]:
    return {name: str(value) if name == "as_of" else value for name, value in vars(job).items()}


def _counts(report: Report) -> dict[str, Any]:
    sums = {name: getattr(report, name) for name in ("people", "decided", "refused", "missing", "difference")}
    return {**sums, "seconds": report.seconds, "a_second": report.a_second,
            **{name: dict(getattr(report, name).most_common()) for name in ("outcomes", "reasons", "silent")}}  # fmt: skip


def _json(head: dict[str, Any], hearing: Path) -> Iterator[str]:
    """The head and the list, a line at a time: the list may be as long as the file."""
    yield json.dumps(head, ensure_ascii=False, indent=2)[:-2] + ',\n  "hearing": ['
    with hearing.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            told = {**row, "line": int(row["line"]), "mismatched_fields": row["mismatched_fields"].split()}
            yield ("," if number else "") + "\n    " + json.dumps(told, ensure_ascii=False)
    yield "\n  ]\n}\n"


def _words(head: dict[str, Any], report: Report) -> str:
    lines = [
        f"# {head['item']}, asked by {head['department']}", "",
        f"As of {head['as_of']}, attempt {head['attempt']}. {report.people} people = {report.decided} decided + {report.refused} refused"
        f" + {report.missing} open" + (f" + {report.difference} UNACCOUNTED" if report.difference else "") + ".",
        f"The last run took {report.seconds} s, {report.a_second} a second.",
    ]  # fmt: skip
    for title, counts in (("Outcome", report.outcomes), ("Reason", report.reasons), ("Silent holder", report.silent)):
        if counts:
            lines += ["", f"| {title} | people |", "|---|---|", *(f"| {name} | {count} |" for name, count in counts.most_common())]
    lines += [
        "", "`hearing.csv`: whose declaration differs from the holder's record. Hear the person first (陈述申辩): the record may be wrong.",
        "`refused.csv`: lines that were not asked about, why, and what to do.", "",
    ]  # fmt: skip
    return "\n".join(lines)
