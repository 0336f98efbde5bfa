"""What disabled-federation has in the scenarios, as nightly files of their own beside the population's, in the same form."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from local.departments.disabled_federation import HEADER, Line, encoded, publish

NIGHTS = ("20261121", "20261122", "20261123")
"""All before the day of which the scenarios ask, unless they name another."""


def write(drop: Path, rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Write a file for each night into ``drop``, with its checksum and then its ready-file; lines by file name.

    :param rows: cells by column name; ``night`` is 1, 2 or 3, and a row that is ``blank`` is an empty line
    """
    nights: dict[str, list[Line]] = {night: [] for night in NIGHTS}
    for row in rows:
        nights[NIGHTS[row["night"] - 1]].append(() if row.get("blank") else tuple(str(row[name]) for name in HEADER))
    for night, lines in nights.items():
        publish(drop, _name(night), encoded(lines, "gb18030"))
    return {_name(night): len(lines) for night, lines in nights.items()}


def _name(night: str) -> str:
    return f"disability-{night}.csv"
