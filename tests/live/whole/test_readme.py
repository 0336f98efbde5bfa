"""Every command in the READMEs is run here, against a running bus; what they link to exists."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from local.instance import PROJECT, Instance
from tests.live.whole.onlooker import Onlooker

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(400)]
READMES = ("README.md", "README.zh-CN.md")
COMMAND = re.compile(r"^\$ (.+)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def commands() -> list[str]:
    found = [line for name in READMES for line in COMMAND.findall((PROJECT / name).read_text(encoding="utf-8"))]
    return sorted(set(found) - {"make test"})  # this very run is 'make test'


@pytest.mark.parametrize("command", commands())
def test_command(county: Instance, command: str) -> None:
    onlooker = Onlooker(county)
    if "REQUEST_ID" in command:
        if onlooker.one("SELECT count(*) FROM bus.verdict") == 0:
            run(county, ".venv/bin/govbus demo --requests 200")
        command = command.replace("REQUEST_ID", onlooker.one("SELECT request_id FROM bus.verdict LIMIT 1"))
    onlooker.close()
    done = run(county, command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip(), "it says something"


def run(county: Instance, command: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "GOVBUS_HOME": str(county.home), "GOVBUS_PORT_BASE": str(county.ports.base)}
    return subprocess.run(["bash", "-c", command], cwd=PROJECT, env=env, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.parametrize("name", [*READMES, "ARCHITECTURE.md", "docs/operations.md"])
def test_links_and_named_files_exist(name: str) -> None:
    page = PROJECT / name
    text = page.read_text(encoding="utf-8")
    links = [page.parent / target for target in LINK.findall(text)]
    named = [
        PROJECT / path for path in re.findall(r"`((?:govbus|schemas|topics|adapters|agents|monitoring|local|tests|docs)/[\w./-]+)`", text)
    ]
    missing = [str(path) for path in (*links, *named) if not Path(path).exists()]
    assert missing == []
