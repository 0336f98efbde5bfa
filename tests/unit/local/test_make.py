"""The newcomer's door: make explains itself and says plainly what a machine lacks."""

import re
import shutil
import subprocess
from pathlib import Path

from local.instance import PROJECT


def _make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "-s", *words], cwd=folder, capture_output=True, text=True, check=False)


def test_make_alone_explains_every_target() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    assert phony
    shown = _make(PROJECT).stdout
    assert [name for name in phony[1].split() if f"make {name} " not in shown] == []


def test_a_missing_python_is_named_with_the_way_out(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(PROJECT / name, tmp_path)
    done = _make(tmp_path, "env", "PYTHON=python-that-is-not-here")
    assert done.returncode != 0
    assert "Python 3.11 is missing" in done.stderr
    assert not (tmp_path / ".venv").exists()
