"""The folder outside the home that an instance needs: short enough for a socket's name, reachable for PostgreSQL's user.

A socket's path may have 107 bytes at most, and PostgreSQL refuses to run as root, so that root starts it as ``nobody``, for whom every
parent folder must be passable, which the home (0700) and often the clone are not.
"""

import hashlib
import os
from pathlib import Path

from govbus.errors import SetupError

NOBODY = 65534


def shared() -> Path:
    """``/var/tmp/govbus-<uid>``, ours alone to write in.

    :raises SetupError: somebody else made it first
    """
    folder = Path(f"/var/tmp/govbus-{os.geteuid()}")  # noqa: S108  # owner and mode are checked below
    folder.mkdir(mode=0o711, exist_ok=True)
    seen = folder.lstat()
    if folder.is_symlink() or seen.st_uid != os.geteuid() or seen.st_mode & 0o022:
        msg = f"{folder} belongs to or is writable by another user: remove it and try again"
        raise SetupError(msg)
    return folder


def outside(home: Path) -> Path:
    """The folder of the instance at ``home``; the same home always has the same one."""
    folder = shared() / hashlib.sha256(str(home).encode()).hexdigest()[:12]
    folder.mkdir(mode=0o711, exist_ok=True)
    return folder


def postgres_uid() -> int:
    """The user PostgreSQL runs as: ``nobody`` when we are root, else ourselves."""
    return NOBODY if os.geteuid() == 0 else os.geteuid()
