"""The replay sandbox on a real log: equal with today's rules, told where a rule was changed, and a record of who replayed."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agents import loading
from govbus.cli import build
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
    assert [(one["action"], one["state"]) for one in noted][-2:] == [("replay", "started"), ("replay", "finished")]
    assert {one["why"] for one in noted if one["action"] == "replay"} == {"test"}
