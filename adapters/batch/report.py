"""How a batch ended."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


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


def write(folder: Path, report: Report) -> None:
    """Put the report into the batch's folder."""
    told = {**vars(report), "mismatches": sorted(report.mismatches)}
    (folder / "report.json").write_text(json.dumps(told, ensure_ascii=False, indent=2), encoding="utf-8")
