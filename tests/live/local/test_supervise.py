"""The supervisor heals what is killed, is patient with what cannot start, and leaves nothing behind, even when it is killed itself."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local import places
from local.supervise import Program, Supervisor, orphans

pytestmark = pytest.mark.kafka


def _until(true: Callable[[], bool], what: str, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def _program(name: str, script: str, folder: Path) -> Program:
    return Program(name=name, command=("/bin/sh", "-c", script), folder=folder)


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Supervisor]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    keeper = Supervisor(home, places.outside(home) / "supervisor.sock")
    keeper.open([_program("sleeper", "echo awake 100%; exec sleep 600", home), _program("mend-me", "date '+born %s.%N'; exit 3", home)])
    yield keeper
    keeper.close()
    assert orphans(home) == []
    places.outside(home).rmdir()


def test_a_killed_program_comes_back_and_its_words_are_kept(keeper: Supervisor) -> None:
    keeper.start("sleeper")
    _until(lambda: keeper.states()["sleeper"] == "RUNNING", "sleeper runs")
    before = keeper.pid("sleeper")
    os.kill(before, signal.SIGKILL)
    _until(lambda: keeper.pid("sleeper") not in (0, before), "sleeper is back")
    _until(lambda: keeper.log("sleeper").read_text().count("awake 100%") == 2, "both lives are in the log")


def test_a_program_that_cannot_start_is_tried_again_with_growing_pauses(keeper: Supervisor) -> None:
    keeper.start("mend-me")
    _until(lambda: keeper.log("mend-me").read_text().count("born") == 4, "it was tried four times")
    born = [float(line.split()[1]) for line in keeper.log("mend-me").read_text().splitlines()]
    assert born[3] - born[2] > born[1] - born[0] >= 0.5  # it looks once a second: neighbours may be of one length


def test_a_changed_declaration_replaces_its_program_only(keeper: Supervisor) -> None:
    keeper.start("sleeper")
    _until(lambda: keeper.states()["sleeper"] == "RUNNING", "sleeper runs")
    before = keeper.pid("sleeper")
    same = _program("sleeper", "echo awake 100%; exec sleep 600", keeper.home)
    keeper.open([same, _program("new", "exec sleep 600", keeper.home)])
    assert keeper.pid("sleeper") == before
    assert set(keeper.states()) == {"sleeper", "new"}


def test_what_a_killed_supervisor_left_is_ended(keeper: Supervisor) -> None:
    keeper.start("sleeper")
    _until(lambda: keeper.states()["sleeper"] == "RUNNING", "sleeper runs")
    pid = keeper.pid("sleeper")
    os.kill(int((keeper.home / "run" / "supervisord.pid").read_text()), signal.SIGKILL)
    _until(lambda: not keeper.alive(), "supervisord is dead")
    assert orphans(keeper.home) == [pid]
    Supervisor(keeper.home, places.outside(keeper.home) / "supervisor.sock").close()
    assert orphans(keeper.home) == []
