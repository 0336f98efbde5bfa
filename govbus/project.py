"""The rooms beside the core are the project the bus is started in: this finds them and makes them importable.

Only ``govbus`` is installed, because names such as ``agents`` or ``adapters`` belong to other packages in a shared site-packages.
"""

import importlib
import sys
from pathlib import Path
from types import ModuleType

from govbus.errors import SetupError

ROOMS = ("schemas", "topics", "adapters", "agents", "audit", "monitoring", "local")


def open_project(folder: Path | None = None) -> Path:
    """Put the project's folder first on ``sys.path`` and return it.

    :raises SetupError: the folder is no bus project; the message names the missing rooms
    """
    root = (folder or _nearest(Path.cwd())).resolve()
    missing = [room for room in ROOMS if not (root / room).is_dir()]
    if missing:
        msg = f"{root} is not a bus project: missing {', '.join(missing)}; go to the folder that holds pyproject.toml and the rooms"
        raise SetupError(msg)
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    return root


def room(name: str) -> ModuleType:
    """Import ``<room>.<module>`` of the opened project; the core's only way into a room, so that it depends on none."""
    return importlib.import_module(name)


def _nearest(folder: Path) -> Path:
    for candidate in (folder, *folder.parents):
        if all((candidate / room).is_dir() for room in ROOMS):
            return candidate
    return folder
