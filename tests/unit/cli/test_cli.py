"""The command line: exit codes, messages that name the fix, output that a program can read, and a help that is quick."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from govbus.cli import run
from govbus.output import Format, show
from local.instance import PROJECT

HEAVY = ("faust", "kafka", "sqlalchemy", "confluent_kafka", "prometheus_client", "fastavro", "rich")


def test_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err


def test_outside_a_project_says_where_to_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["status"]) == 3
    assert "is not a bus project: missing schemas" in capsys.readouterr().err


def test_without_a_running_set_says_how_to_start_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GOVBUS_HOME", str(tmp_path / "nowhere"))
    assert run(["status"]) == 3
    assert "make up" in capsys.readouterr().err


def test_a_secret_that_others_may_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "site.yaml").write_text("{kafka: {bootstrap: '127.0.0.1:1', ca: /ca.pem}, registry: {url: 'https://127.0.0.1:1'}}")
    secret = tmp_path / "secrets" / "subject-key"
    secret.write_text("00" * 32)
    secret.chmod(0o644)
    monkeypatch.setenv("GOVBUS_HOME", str(tmp_path))
    assert run(["worker"]) == 3
    told = capsys.readouterr().err
    assert "chmod 600" in told
    assert "0000" not in told


def test_unmasking_needs_a_request(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["quarantine", "show", "some-id", "--unmask"]) == 2
    assert "--unmask" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", [["exchanges", "list"], ["adapter", "list"], ["topics", "list"], ["grants", "list"], ["schemas", "list"]]
)
def test_lists_are_json_on_request(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command, "--output", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows
    assert all(isinstance(row, dict) for row in rows)


def test_the_declarations_of_this_project_have_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["exchanges", "check"]) == 0
    assert run(["adapter", "check"]) == 0
    assert run(["schemas", "check"]) == 0
    capsys.readouterr()


def test_help_loads_none_of_the_heavy_parts() -> None:
    code = f"import sys; from govbus.cli import run; run(['--help']); print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "70  a worker or adapter failed" in done.stdout


def test_a_table_keeps_chinese_and_cuts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"id": "e62f438a4a343d3afad351ddcd5a72fa" * 3, "town": "塘㙍镇 𠮷"}]
    show(rows, ("id", "town"), Format.TABLE)
    told = capsys.readouterr().out
    assert "塘㙍镇 𠮷" in told
    assert rows[0]["id"] in told
    show(rows, ("town",), Format.JSON)
    assert json.loads(capsys.readouterr().out) == [{"town": "塘㙍镇 𠮷"}]
