"""The rooms beside the core are the project the bus is started in: this finds them and makes them importable.

Only ``govbus`` is installed, because names such as ``agents`` or ``adapters`` belong to other packages in a shared site-packages.
"""

import hashlib
import importlib
import json
import sys
from pathlib import Path
from types import ModuleType

from govbus.errors import SetupError

COMPILED = ".compiled.json"
"""Beside the rooms where some modules are machine code (``local/compiled.py``): their sources and the digests of these."""
ROOMS = ("schemas", "topics", "adapters", "agents", "audit", "monitoring", "local")


def open_project(folder: Path | None = None) -> Path:
    """Put the project's folder first on ``sys.path`` and return it.

    :raises SetupError: the folder is no bus project; the message names the missing rooms. Or its compiled modules are not what its
        sources say
    """
    root = (folder or _nearest(Path.cwd())).resolve()
    missing = [room for room in ROOMS if not (root / room).is_dir()]
    if missing:
        msg = f"{root} is not a bus project: missing {', '.join(missing)}; go to the folder that holds pyproject.toml and the rooms"
        raise SetupError(msg)
    refuse_stale(root)
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    return root


def refuse_stale(root: Path) -> None:
    """Nothing where the project at ``root`` is not compiled, or is what its sources say.

    :raises SetupError: its sources have changed since, and Python would run what they were; or the core that runs is another project's,
        which its machine code does not fit
    """
    if not (root / COMPILED).is_file():
        return
    noted: dict[str, str] = json.loads((root / COMPILED).read_text(encoding="utf-8"))
    if stale := [name for name, noted_digest in noted.items() if digest(root / name) != noted_digest]:
        msg = f"{', '.join(stale)} in {root} changed since they were compiled: run 'make compiled' again, or 'make interpreted'"
        raise SetupError(msg)
    if (core := Path(__file__).resolve().parent.parent) != root:
        msg = f"{root} is compiled together with its own core, and the one that runs is of {core}: run its own .venv/bin/govbus"
        raise SetupError(msg)


def digest(path: Path) -> str:
    """SHA-256 of a source in hex; empty where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def room(name: str) -> ModuleType:
    """Import ``<room>.<module>`` of the opened project; the core's only way into a room, so that it depends on none."""
    return importlib.import_module(name)


def _nearest(folder: Path) -> Path:
    for candidate in (folder, *folder.parents):
        if all((candidate / room).is_dir() for room in ROOMS):
            return candidate
    return folder
