"""The receipt of a sunset: one JSON file in the home, there from the order on, whole at its end; its SHA-256 stands in ``bus.access``."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from govbus.errors import SetupError

FORMAT = "govbus-sunset-1"
FOLLOWS = "follows"
"""Field of a receipt that another home wrote after the first: SHA-256 of that one."""
UNTOUCHED = (
    "the departments' own systems, and laboratories' own copies",
    "backups, snapshots and mirrors of this machine's disk, of the brokers' and of other homes: destroy the keys and files there too",
    "homes on other machines: each that has the key follows by a copy of this receipt (govbus sunset follow)",
    "copies that somebody took away: see looks",
    "keys and headers of the records (pseudonyms, times, record types) until they leave the topics by age; states' keys until compaction",
    "what quarantine holds of records that were sent in plain",
)
"""What no order here reaches, said in each receipt."""
Data = dict[str, Any]


def read(path: Path) -> Data | None:
    """The receipt; None where there is none.

    :raises SetupError: what stands there is none
    """
    if not path.exists():
        return None
    try:
        told: Data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        told = {}
    if told.get("format") != FORMAT:
        msg = f"{path} is no receipt of a sunset: take it from its copy"
        raise SetupError(msg)
    return told


def write(path: Path, told: Mapping[str, Any]) -> None:
    """Put it in place whole, and on the disk, before anything that it speaks of happens."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    half = path.with_name(f".{path.name}.part")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
    handle = os.open(path.parent, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def digest(path: Path) -> str:
    """SHA-256 of the file, hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
