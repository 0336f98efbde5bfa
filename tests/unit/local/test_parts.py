"""Fetching parts: whole or not at all, and a failure says what to do."""

from pathlib import Path

import pytest

from govbus.errors import SetupError
from local import parts


def _maven(folder: Path, script: str) -> str:
    """A folder for PATH whose ``mvn`` is this script; it sees the folder to fill as ``$OUT``."""
    folder.mkdir()
    find = 'for word in "$@"; do case $word in -Dout=*) OUT=${word#-Dout=};; esac; done'
    (folder / "mvn").write_text(f"#!/bin/sh\n{find}\n{script}\n")
    (folder / "mvn").chmod(0o755)
    return str(folder)


def test_a_fetch_that_breaks_leaves_no_half_part_and_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = _maven(tmp_path / "bin", '/bin/echo half > "$OUT/half.jar"; /bin/echo no route to the repository; exit 1')
    monkeypatch.setenv("PATH", bad)
    with pytest.raises(SetupError, match=r"run it again.*mvn .*@kafka[\s\S]*no route"):
        parts.ensure(tmp_path / "parts", tmp_path / "shared")
    assert not [path for path in (tmp_path / "parts").iterdir() if path.is_dir() and path.suffix != ".part"]


def test_what_is_whole_is_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("parts/kafka-4.3.1", "parts/apicurio-registry-3.3.3", "shared/postgresql-18.4.0"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setenv("PATH", _maven(tmp_path / "bin", "exit 1"))
    found = parts.ensure(tmp_path / "parts", tmp_path / "shared")
    assert found.kafka_classpath == f"{tmp_path}/parts/kafka-4.3.1/*"
