"""The replay sandbox on a real log: equal with today's rules, told where a rule was changed, and a record of who replayed."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agents import loading
from agents.wiring import make_desk
from audit import replay as sandboxes
from audit.difference import Wanted
from audit.replay import Outcome, Sandbox
from govbus.cli import build
from local.instance import PROJECT
from tests.live.runtime import test_cases as cases
from tests.live.runtime import test_standings as standings
from tests.live.runtime.test_worker import Bus, outside, until
from tests.unit.shapes import world
from topics.broker import Producer, scan

__all__ = ["outside"]
pytestmark = pytest.mark.kafka


@pytest.fixture
def worked(outside: Bus, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    """Requests of two items, one of them answered, one that times out; everything decided."""
    monkeypatch.setenv("GOVBUS_HOME", str(outside.home.folder))
    asked = [outside.request(number, item) for number, item in enumerate(["proof-17", "proof-17", "proof-01"])]
    asked.append(outside.request(3, "proof-01", respond_within_ms=1_500))
    answer = outside.record(world.answer("proof-01", request_id=f"{outside.run}-2"))._replace(id=f"{outside.run}-a")
    with outside.worker():
        Producer(outside.home, "housing").send_all(asked)
        Producer(outside.home, "civil-affairs").send_all([answer])
        until("all verdicts", lambda: len(outside.verdicts()) == 4, 90)
    yield outside


def replay(folder: Path, *more: str) -> tuple[int, list[dict[str, str]], str]:
    """Exit code, differences and what was said."""
    done = CliRunner().invoke(build(), ["replay", "run", "--folder", str(folder), "--why", "test", "-o", "json", *more])
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    return done.exit_code, json.loads(done.stdout), done.stderr


def test_equal_by_todays_rules_told_by_others_and_noted(worked: Bus, tmp_path: Path) -> None:
    code, found, said = replay(tmp_path / "today")
    assert (code, found) == (0, []), said
    equal = int(said.split(" worked again, ")[1].split()[0])
    assert equal >= 4, "verdicts and questions of this test at least"
    again, _, said = replay(tmp_path / "today")
    assert again == 0
    assert said.startswith("0 records worked again"), "it goes on where it was"

    shutil.copytree(loading.ROOM / "exchanges", tmp_path / "exchanges")
    shutil.copytree(loading.ROOM / "rules", tmp_path / "rules")
    path = tmp_path / "exchanges" / "proof-17-disability.yaml"
    text = path.read_text(encoding="utf-8")
    version = next(line for line in text.splitlines() if "rule_version:" in line)
    path.write_text(text.replace(version, "  rule_version: disability-what-if"), encoding="utf-8")
    code, found, said = replay(tmp_path / "what-if", "--exchanges", str(tmp_path / "exchanges"))
    mine = [one for one in found if one["topic"] == "housing.verdict"]
    assert code == 1, said
    assert {(one["what"], one["field"]) for one in mine} == {("differs", "rule_version")}
    assert len(mine) >= 2
    code, found, _ = replay(tmp_path / "what-if", "--exchanges", str(tmp_path / "exchanges"), "--exchange", "proof-01-marital-status")
    assert (code, found) == (0, []), "the other exchange is as it was"

    noted = [worked.codec.read("gov_data.Access", each.value or b"") for each in scan(worked.home, "auditor", ["bus.access"])]
    replays = [one for one in noted if one["action"] == "replay"]  # other tests look too, and the topic has several partitions
    assert [one["state"] for one in replays][-2:] == ["started", "finished"]
    assert {one["why"] for one in replays} == {"test"}


@pytest.fixture
def lived(outside: Bus, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    """A standing that turns red and, by time alone, yellow again; and a case that is moved."""
    monkeypatch.setenv("GOVBUS_HOME", str(outside.home.folder))
    now = int(time.time() * 1000)
    standings.send(outside, "person", person_id=outside.run)
    Producer(outside.home, "housing").send_all([cases.move(outside, name) for name in ("apply", "inform", "commit", "rate")])
    with outside.worker():
        until("green", lambda: standings.told(outside, "health") == [("green", "record")])
        order = {"issued_at": now, "quarantine_from": now, "quarantine_to": int(time.time() * 1000) + 3_000}
        standings.send(outside, "quarantine", order_no=f"Q{outside.run}", **order)
        until("red, and its end", lambda: [change for _, change in standings.told(outside, "health")] == ["record", "record", "time"])
        until("the case", lambda: len(cases.told(outside)) == 4)
    yield outside


def test_a_standing_and_a_case_are_decided_again_as_they_were(lived: Bus, tmp_path: Path) -> None:
    assert replay(tmp_path / "box")[:2] == (0, [])
    for exchange, least in (("health-code", 3), ("commitment", 4)):
        code, found, said = replay(tmp_path / "box", "--exchange", exchange)
        assert (code, found) == (0, []), said
        assert int(said.split(" worked again, ")[1].split()[0]) >= least, "it compared something"


def test_a_replay_that_is_killed_goes_on_and_says_what_a_calm_one_says(lived: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [sys.executable, "-m", "govbus", "replay", "run", "--why", "test", "--folder", str(tmp_path / "killed")]
    died = subprocess.run(words, env={**os.environ, "GOVBUS_FAILPOINT": "audit.replay"}, cwd=PROJECT, check=False, timeout=120)
    assert died.returncode == 137
    assert list((tmp_path / "killed").glob("lane-*.snapshot")), "something was done before"
    assert replay(tmp_path / "killed")[:2] == (0, [])

    monkeypatch.setattr(sandboxes, "OFTEN", 2)
    calm = box(lived, tmp_path / "calm").run(Wanted())
    assert (calm.differences, calm.equal > 7) == ([], True)
    for after in (1, 2, 3):
        with pytest.raises(KeyboardInterrupt):
            box(lived, tmp_path / "ended").run(Wanted(), stopping(after))
    last: Outcome = box(lived, tmp_path / "ended").run(Wanted())
    assert (last.differences, last.equal) == ([], calm.equal)
    assert last.inputs < calm.inputs, "it did not begin anew"


def box(bus: Bus, folder: Path) -> Sandbox:
    return Sandbox(bus.home, make_desk(bus.home), folder, "test")


def stopping(after: int) -> Callable[[str, int], None]:
    """Ctrl-C behind so many groups of this run."""
    left = [after]

    def progress(what: str, count: int) -> None:
        left[0] -= what == "worked again"
        if not left[0]:
            raise KeyboardInterrupt

    return progress
