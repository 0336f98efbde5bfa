"""The hot modules as machine code: they say what their sources say, and a stale one is never run."""

import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks.jobs import ASKERS, PROOF, job
from govbus import project
from govbus.errors import SetupError
from local import compiled
from local.instance import PROJECT
from schemas.machine import RECORDS
from tests.unit.schemas.test_compiled import EACH, WITH_DEFAULTS

_MS = 1_790_000_000_000
_WORK = """
import hashlib, importlib, pickle, sys
from agents.runtime.pause import Kept
from agents.runtime.store import Partition
from agents.runtime.work import Result, Work
from benchmarks.jobs import PROOF, Comparing, job
of, digest = job(PROOF), hashlib.sha256()
work, part = Work(Comparing(of), of.codec), Partition.empty(0)
for row in pickle.load(sys.stdin.buffer):
    result = Result()
    work.take(part, Kept(*row), result)
    told = (result.records, dict(result.read), dict(result.written), dict(result.refused), dict(result.booked), list(part.changes("s")))
    digest.update(repr(told).encode())
forms = sorted({importlib.import_module(name).__file__.rsplit(".", 1)[1] for name in sys.argv[1:]})
print(digest.hexdigest(), *forms)
"""


@pytest.fixture(scope="module")
def machine_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with its hot modules compiled; as the C compiler is quickest done, for what is compared is mypyc's work."""
    folder = tmp_path_factory.mktemp("compiled")
    compiled.copy(PROJECT, folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MYPYC_OPT_LEVEL", "0")
        compiled.build(folder, schemas=(EACH, WITH_DEFAULTS))
    return folder


def _python(folder: Path, *words: str, given: bytes = b"") -> str:
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run([sys.executable, *words], cwd=folder, env=environment, input=given, capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()[-3000:]
    return done.stdout.decode().strip()


def _records() -> list[tuple[Any, ...]]:
    """Requests of twenty subjects, some sent twice, some bad or odd in each way that a record can be."""
    of, rows = job(PROOF), []
    for number in range(600):
        sent = of.envelope(ASKERS[number % 2], number % 20, f"request-{number - number % 7 // 6}")
        headers: list[tuple[str, bytes | None]] = list(sent._replace(time=datetime.fromtimestamp((_MS + number) / 1000, UTC)).headers())
        key, value = sent.key, sent.value
        match number % 23:
            case 3:
                value = value[:-2]
            case 5:
                key = b""
            case 7:
                value = b""
            case 11:
                headers = [pair for pair in headers if pair[0] != "ce_time"]
            case 13:
                headers += headers[:1]
            case 15:
                headers.append(("ce_subject", None))
            case 19:
                headers, value = [*headers, ("x-trace", None)], value[:-1]
            case 21:
                headers = [(name, None if name == "ce_id" else raw) for name, raw in headers]
            case 17:
                headers = [(name, "温州".encode() if name == "ce_type" else raw) for name, raw in headers]
        rows.append((sent.topic, 0, number, _MS + number, key, value, tuple(headers)))
    return rows


def _modules(names: Sequence[str]) -> list[str]:
    return [name.removesuffix(".py").replace("/", ".") for name in names]


def test_every_record_comes_to_the_same_bytes_in_either_form(machine_code: Path, tmp_path: Path) -> None:
    compiled.copy(PROJECT, tmp_path)  # the project itself may be compiled
    rows, names = pickle.dumps(_records()), _modules(compiled.MODULES)
    ours = _python(tmp_path, "-c", _WORK, *names, given=rows).split()
    theirs = _python(machine_code, "-c", _WORK, *names, given=rows).split()
    assert (ours[1:], theirs) == (["py"], [ours[0], "so"])


_LINES = """
import json, sys
from schemas import compiled, release
from schemas.codec import parsed
from schemas.machine import RECORDS
latest = release.load().latest()
schemas = [*json.load(sys.stdin), *(release.text(latest[name]) for name in RECORDS)]
made = [make(parsed(schema)) for schema in schemas for make in (compiled.writer, compiled.reader)]
print(len(made), *sorted({type(each).__name__ for each in made}))
"""


def test_the_readers_and_writers_of_what_passes_are_machine_code(machine_code: Path, tmp_path: Path) -> None:
    more = json.dumps((EACH, WITH_DEFAULTS)).encode()
    assert _python(machine_code, "-c", _LINES, given=more) == f"{2 * len(RECORDS) + 4} builtin_function_or_method"
    compiled.copy(PROJECT, tmp_path)
    assert _python(tmp_path, "-c", _LINES, given=more) == f"{2 * len(RECORDS) + 4} function"


def test_the_rooms_own_tests_hold_for_machine_code(machine_code: Path) -> None:
    shutil.copytree(PROJECT / "tests", machine_code / "tests", dirs_exist_ok=True)
    of = ("runtime", "schemas/test_codec.py", "schemas/test_compiled.py", "shapes/test_cases.py", "shapes/test_poison.py")
    _python(machine_code, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(f"tests/unit/{each}" for each in of))


def test_a_project_whose_sources_have_changed_since_is_refused(tmp_path: Path) -> None:
    for room in project.ROOMS:
        (tmp_path / room).mkdir()
    source = tmp_path / "agents" / "desk.py"
    source.write_text("x = 1\n")
    (tmp_path / project.COMPILED).write_text(json.dumps({"agents/desk.py": project.digest(source)}))
    with pytest.raises(SetupError, match=r"run its own \.venv/bin/govbus"):
        project.open_project(tmp_path)
    source.write_text("x = 2\n")
    with pytest.raises(SetupError, match=r"agents/desk\.py .* changed since they were compiled: run 'make compiled' again"):
        project.open_project(tmp_path)
    source.unlink()
    with pytest.raises(SetupError, match="changed since"):
        project.open_project(tmp_path)


def test_a_build_without_a_compiler_says_what_is_missing_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled.copy(PROJECT, tmp_path)
    monkeypatch.setenv("CC", "no-such-compiler")
    monkeypatch.setattr(compiled, "MODULES", ("schemas/varint.py",))
    with pytest.raises(SetupError, match=r"gcc, python3\.11-dev"):
        compiled.build(tmp_path)
    assert not [*tmp_path.rglob("*.so"), *tmp_path.glob(project.COMPILED)]


def test_undo_leaves_the_sources_alone(machine_code: Path, tmp_path: Path) -> None:
    shutil.copytree(machine_code, tmp_path / "copy", ignore=shutil.ignore_patterns("__pycache__", "tests"))
    assert list((tmp_path / "copy").rglob("*.so"))
    compiled.undo(tmp_path / "copy")
    assert not [*(tmp_path / "copy").rglob("*.so"), *(tmp_path / "copy").glob(project.COMPILED)]
    assert (tmp_path / "copy" / "agents" / "runtime" / "work.py").is_file()
