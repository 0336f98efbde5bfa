"""The backyard's commands as a person types them."""

import time
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from govbus.errors import SetupError
from local import commands, places
from local.supervise import Program, Supervisor, orphans

pytestmark = pytest.mark.kafka


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GOVBUS_HOME", str(home))
    return home


def _run(*words: str) -> tuple[int, str, BaseException | None]:
    app = typer.Typer()
    commands.register(app)
    result = CliRunner().invoke(app, words)
    return result.exit_code, result.stdout, result.exception


def test_down_leaves_no_process_and_purge_no_file(home: Path) -> None:
    keeper = Supervisor(home, places.outside(home) / "supervisor.sock")
    keeper.open([Program(name="sleeper", command=("/bin/sleep", "600"), folder=home)])
    keeper.start("sleeper")
    deadline = time.monotonic() + 20
    while len(orphans(home)) != 2:  # a child between fork and exec does not show its environment yet
        assert time.monotonic() < deadline, "supervisord and its program are found by their mark"
        time.sleep(0.05)
    assert _run("down")[0] == 0
    assert orphans(home) == []
    assert home.exists()
    assert _run("down", "--purge")[0] == 0
    assert not home.exists()


def test_purge_never_removes_a_folder_that_holds_a_repository(home: Path) -> None:
    (home / ".git").mkdir()
    _, _, error = _run("down", "--purge")
    assert isinstance(error, SetupError)
    assert (home / ".git").exists()
    places.outside(home).rmdir()


def test_logs_prints_the_last_lines_and_names_the_programs_that_it_knows(home: Path) -> None:
    (home / "logs").mkdir()
    (home / "logs" / "kafka.log").write_text("one\ntwo\nthree\n")
    assert _run("logs", "kafka", "-n", "2")[1] == "two\nthree\n"
    _, _, error = _run("logs", "../site")
    assert isinstance(error, SetupError)
    assert "there are: kafka" in str(error)


def test_site_prepare_makes_the_folder_for_containers(home: Path) -> None:
    folder = home / "site"
    assert _run("site", "prepare", str(folder))[0] == 0
    secret = (folder / "secrets" / "subject-key").read_text()
    assert _run("site", "prepare", str(folder))[0] == 0
    assert (folder / "secrets" / "subject-key").read_text() == secret
