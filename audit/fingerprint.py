"""By what a replay decides: a hash over declarations and lines, so that a folder begun by some is never gone on with by others."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from agents.declaration import ROOM

_DECIDING = ("agents", "govbus", "schemas", "topics")  # rooms whose lines and declarations a decision rests on
_ENDS = (".py", ".yaml", ".avsc", ".json")
SHORT = 16


def of(exchanges: Path = ROOM / "exchanges", project: Path = ROOM.parent) -> str:
    """Sixteen hex digits over the exchanges of a folder, the rule sets beside it, and the lines that apply them.

    Lines count as well as declarations: after an upgrade a snapshot of the old lines' state would go on under the new ones, and
    what the old ones got wrong would be called equal.
    """
    told = hashlib.sha256()
    for root in (exchanges, exchanges.parent / "rules", *(project / room for room in _DECIDING)):
        for path in _files(root):
            told.update(f"{path.relative_to(root)}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return told.hexdigest()[:SHORT]


def _files(root: Path) -> Iterator[Path]:
    yield from sorted(path for path in root.rglob("*") if path.suffix in _ENDS and path.is_file())
