"""Programs that come from the system's packages: taken from PATH, else installed or unpacked where that is allowed."""

import os
import shutil
import subprocess
from pathlib import Path

from govbus.errors import SetupError
from local.talk import step

_QUIET = {"DEBIAN_FRONTEND": "noninteractive"}


def program(name: str, package: str) -> Path:
    """Path of ``name``; as root its Debian ``package`` is installed when it is missing.

    :raises SetupError: missing and not to be installed here; the message is the command that a person with the right may run
    """
    if not (found := shutil.which(name)) and os.geteuid() == 0 and shutil.which("apt-get"):
        with step(f"installing {package}"):
            _apt("install", "-y", "--no-install-recommends", package)
        found = shutil.which(name)
    if not found:
        msg = f"the program {name!r} is missing: install it with 'sudo apt-get install --no-install-recommends {package}' and try again"
        raise SetupError(msg)
    return Path(found)


def unpacked(name: str, package: str, folder: Path) -> Path | None:
    """Path of ``name`` from PATH or from ``package`` unpacked (not installed) below ``folder``; None where neither can be had.

    For programs that run from any place and that the bus can do without, such as Prometheus.
    """
    if found := shutil.which(name):
        return Path(found)
    place = folder / package
    if not place.is_dir() and shutil.which("apt-get") and shutil.which("dpkg"):
        half = folder / f"{package}.part"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        with step(f"fetching {package} from the system's package lists"):
            if not _unpack(package, half):
                return None
        half.rename(place)
    path = place / "usr" / "bin" / name
    return path if path.is_file() else None


def _unpack(package: str, place: Path) -> bool:
    """As an ordinary user too: a download needs no rights. False where the package lists are empty or out of reach."""
    done = subprocess.run(["apt-get", "download", "-qq", package], cwd=place, capture_output=True, check=False)
    if done.returncode and os.geteuid() == 0:
        _apt("update")
        done = subprocess.run(["apt-get", "download", "-qq", package], cwd=place, capture_output=True, check=False)
    archives = list(place.glob("*.deb"))
    return done.returncode == 0 and all(
        subprocess.run(["dpkg", "-x", str(one), str(place)], capture_output=True, check=False).returncode == 0 for one in archives
    )


def _apt(*words: str) -> None:
    """One apt-get call; an install that finds no list refreshes the lists once."""
    command = ["apt-get", "-qq", *words]
    done = subprocess.run(command, env={**os.environ, **_QUIET}, capture_output=True, text=True, check=False)
    if done.returncode and words[0] == "install":
        _apt("update")
        done = subprocess.run(command, env={**os.environ, **_QUIET}, capture_output=True, text=True, check=False)
    if done.returncode and words[0] == "install":
        msg = f"'{' '.join(command)}' failed: {done.stderr.strip()[-300:]}"
        raise SetupError(msg)
