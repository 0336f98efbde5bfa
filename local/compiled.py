"""The hot modules as machine code: ``make compiled`` (docs/decisions/0014), by mypy's own compiler, from the lines as they are.

Python takes an extension module before the source beside it, so one that is left behind would silently be an older program. Each build
therefore notes which sources it was made from, and ``govbus.project`` refuses a project whose sources have changed since.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from govbus.errors import BusError, SetupError
from govbus.project import COMPILED, ROOMS, digest
from local.talk import say, step

PROJECT = Path(__file__).resolve().parent.parent
"""Not :mod:`local.instance`'s: that imports modules that may be compiled, and half a build must be undone without them."""
PARTS = ("govbus", *ROOMS, "benchmarks")
MODULES = (
    "govbus/envelope.py", "schemas/codec.py", "schemas/varint.py",
    "agents/desk.py", "agents/shapes/decision.py", "agents/shapes/verdicts.py", "agents/shapes/verify.py",
    *(f"agents/runtime/{name}.py" for name in ("engine", "fair", "ledger", "order", "pause", "store", "timers", "work")),
)  # fmt: skip
"""What each record passes. Not ``entries``: mypyc makes a list of its generator, which would be all standings at once."""
LINES = "schemas/made.py"
"""Readers and writers of the records that pass (:mod:`schemas.machine`); only in the copy, for a bus executes the same lines."""
_PATTERN = "*.cpython-*.so"
_LEFT_OUT = shutil.ignore_patterns("__pycache__", _PATTERN)


def build(project: Path = PROJECT, extra: Sequence[str] = (), schemas: Sequence[Mapping[str, Any]] = ()) -> None:
    """Compile in a copy, and put what came of it beside the sources: a build that fails leaves nothing behind.

    :param extra: more modules, e.g. a bench's rules
    :param schemas: of more records, e.g. a bench's, whose readers and writers are compiled
    :raises SetupError: no C compiler or no Python headers; the message ends with the compiler's last words
    """
    modules = (*MODULES, *extra)
    with tempfile.TemporaryDirectory(prefix="govbus-compiled-") as made:
        copy(project, Path(made))
        (Path(made) / LINES).write_text(_ran(Path(made), "schemas.machine", given=json.dumps(schemas)), encoding="utf-8")
        _compile(Path(made), (*modules, LINES))
        noted = {name: digest(Path(made) / name) for name in modules}  # of the copy: somebody may have written meanwhile
        undo(project)
        # The note first, and last the library that all modules load: a build that is killed in between leaves none that can be loaded.
        (project / COMPILED).write_text(json.dumps(noted, indent=1) + "\n", encoding="utf-8")
        for found in _extensions(Path(made)):
            shutil.copy2(found, project / found.relative_to(made))


def undo(project: Path = PROJECT) -> None:
    """The project as it was written."""
    for found in reversed(list(_extensions(project))):
        found.unlink()
    (project / COMPILED).unlink(missing_ok=True)


def _extensions(project: Path) -> Iterator[Path]:
    """What is compiled: the modules, then the library that they share."""
    for part in PARTS:
        yield from (project / part).rglob(_PATTERN)
    yield from project.glob(_PATTERN)


def copy(project: Path, folder: Path) -> None:
    """A project like this one in ``folder``, without what is compiled: core, rooms, benchmarks where they are."""
    for part in PARTS:
        if (project / part).is_dir():
            shutil.copytree(project / part, folder / part, ignore=_LEFT_OUT)
    shutil.copy2(project / "pyproject.toml", folder)


def _compile(folder: Path, modules: Sequence[str]) -> None:
    try:
        _ran(folder, "mypyc", *modules)
    except SetupError as error:
        msg = f"the hot modules could not be compiled: is a C compiler there, and Python's headers (Debian: gcc, python3.11-dev)? {error}"
        raise SetupError(msg) from None


def _ran(folder: Path, *words: str, given: str = "") -> str:
    """What a module of the project in ``folder`` prints."""
    done = subprocess.run([sys.executable, "-m", *words], cwd=folder, input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetupError((done.stdout + done.stderr).strip()[-800:])
    return done.stdout


def main() -> int:
    """``python -m local.compiled [--undo]``; exit code as every command's."""
    parser = argparse.ArgumentParser(prog="python -m local.compiled", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--undo", action="store_true", help="back to the sources")
    try:
        if parser.parse_args().undo:
            undo()
            return 0
        with step(f"compiling {len(MODULES)} modules"):
            build()
    except BusError as error:
        say(str(error))
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
