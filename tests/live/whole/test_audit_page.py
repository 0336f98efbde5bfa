"""docs/audit.md, as a new auditor would try it: every command in it, in its order, on a running bus."""

import json
import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from audit import keys
from govbus.settings import Home
from local.instance import PROJECT, Instance
from topics import broker

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(400)]
PAGE = PROJECT / "docs" / "audit.md"
SETTLED_S = 60


def test_every_command_of_the_page(county: Instance, tmp_path: Path) -> None:
    (tmp_path / "audit").mkdir()
    assert run(county, tmp_path, ".venv/bin/govbus demo --requests 200").returncode == 0
    partition, offset = sealed_twice(county, tmp_path)
    verdict = next(iter(broker.scan(Home(county.home), "auditor", ["housing.verdict"])))
    named = {"REQUEST_ID": dict(verdict.headers)["ce_correlationid"].decode(), "PSEUDONYM": (verdict.key or b"").decode()}
    (key,) = (keys.folder_of(Home(county.home)) / keys.PUBLIC).glob("*.pem")
    for command in re.findall(r"^\$ (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE):
        told = command.replace("PARTITION", str(partition)).replace("OFFSET", str(offset)).replace("KEYFILE", str(key))
        for word, meant in named.items():
            told = told.replace(word, meant)
        done = run(county, tmp_path, told)
        assert done.returncode == 0, told + done.stdout + done.stderr
        assert done.stdout.strip() or ">" in told, "it says something"


def sealed_twice(county: Instance, folder: Path) -> tuple[int, int]:
    """A partition of housing.verdict with two seals, and an offset in it; more checks are sent until there is one."""
    deadline = time.monotonic() + SETTLED_S
    while time.monotonic() < deadline:
        told = run(county, folder, ".venv/bin/govbus audit seal status housing.verdict --output json")
        rows = [row for row in json.loads(told.stdout or "[]") if row["seals"] > 1]
        if rows:
            first = (keys.folder_of(Home(county.home)) / "housing.verdict" / str(rows[0]["partition"]) / "seals.txt").read_text()
            return rows[0]["partition"], int(re.findall(r'"first":(\d+)', first)[0])
        run(county, folder, ".venv/bin/govbus demo --requests 200")
    msg = "the sealer did not seal housing.verdict twice"
    raise AssertionError(msg)


def run(county: Instance, folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    command = command.replace(".govbus/audit/", f"{folder}/audit/").replace(".govbus/main", str(county.home))
    env = {**os.environ, "GOVBUS_HOME": str(county.home), "GOVBUS_PORT_BASE": str(county.ports.base)}
    return subprocess.run(["bash", "-c", command], cwd=PROJECT, env=env, capture_output=True, text=True, check=False, timeout=300)
