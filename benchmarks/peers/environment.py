"""What the peers need and the project does not: an environment of their own, Kafka Streams' jars and one compiled Java file.

All of it below ``.govbus``, made once and again when the file that names it changes.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.jobs import small_schemas
from govbus.errors import SetupError
from local import compiled, debian, parts, places
from local.instance import PROJECT
from local.talk import step

ROOM = Path(__file__).parent
_PYTHON, _JAVA, _COMPILED = (PROJECT / ".govbus" / f"bench-{name}" for name in ("venv", "java", "compiled"))
_RULES = "benchmarks/jobs.py"  # the bench's; a bus has its shapes in their place, which are compiled too


@dataclass(frozen=True)
class Environment:
    """Where the programs are that the contestants are run with."""

    broker_classpath: str

    @property
    def broker_jars(self) -> Path:
        """Folder of the broker's jars."""
        return Path(self.broker_classpath).parent

    @property
    def streams_jars(self) -> Path:
        """Folder of Kafka Streams' jars."""
        return _JAVA / "lib"

    @property
    def streams_classpath(self) -> str:
        """Java class path of the Kafka Streams contestant; its Avro schemas are the Python contestants' own files."""
        return os.pathsep.join((str(_JAVA / "classes"), str(ROOM / "avro"), f"{self.streams_jars}/*"))

    @property
    def compiled(self) -> Path:
        """A copy of this project with its hot modules as machine code."""
        return _COMPILED

    @property
    def python(self) -> Path:
        """Python of the bench environment."""
        return _PYTHON / "bin" / "python"


def ensure() -> Environment:
    """Everything in place; fetches what is missing.

    :raises SetupError: a part cannot be had; the message ends with its fetcher's last words
    """
    found = parts.ensure(PROJECT / ".govbus" / "parts", places.shared())
    _made(_PYTHON, [ROOM / "requirements.lock"], "peers' Python packages", _python)
    _made(_JAVA, [ROOM / "java" / "pom.xml", ROOM / "java" / "BareJob.java"], "Kafka Streams and its job", _java)
    files = (path for part in compiled.PARTS for path in (PROJECT / part).rglob("*") if path.is_file())
    sources = sorted(path for path in files if path.suffix not in (".pyc", ".so"))
    _made(_COMPILED, [PROJECT / "pyproject.toml", *sources], "the project as machine code", _compiled)
    return Environment(found.kafka_classpath)


def _made(folder: Path, named_by: list[Path], title: str, make: Callable[[Path], None]) -> None:
    """Make ``folder`` unless its stamp says that it was completed from these very files."""
    stamp = folder / ".made-from"
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in named_by)).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    with step(f"making {title}"):
        make(folder)
    stamp.write_text(wanted)


def _python(folder: Path) -> None:
    uv = str(Path(sys.executable).with_name("uv"))
    _run(uv, "venv", "-q", "--python", sys.executable, str(folder))
    _run(uv, "pip", "sync", "-q", "--python", str(folder / "bin" / "python"), "--require-hashes", str(ROOM / "requirements.lock"))


def _compiled(folder: Path) -> None:
    folder.mkdir(parents=True)
    compiled.copy(PROJECT, folder)
    compiled.build(folder, (_RULES,), small_schemas())


def _java(folder: Path) -> None:
    lib, source = folder / "lib", ROOM / "java" / "BareJob.java"
    maven = str(debian.program("mvn", "maven"))
    _run(maven, "-B", "-q", "-f", str(ROOM / "java" / "pom.xml"), f"-Dout={lib}", "dependency:copy-dependencies")
    javac = str(debian.program("javac", "default-jdk-headless"))
    _run(javac, "--release", "17", "-cp", f"{lib}/*", "-d", str(folder / "classes"), str(source))


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        msg = f"'{' '.join(command)}' failed: {(done.stdout + done.stderr).strip()[-600:]}"
        raise SetupError(msg)
