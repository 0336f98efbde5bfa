"""Who looks is written down before he sees anything; exports are masked, whole after a death, safe in a spreadsheet; four eyes are two."""

import base64
import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fastavro
import pyarrow.parquet
import pytest
import yaml
from click.testing import Result
from typer.testing import CliRunner

from audit import access, export
from audit.export import Asked, Export
from govbus.cli import build
from govbus.errors import BusError, SetupError
from local.instance import PROJECT
from tests.live.runtime.test_worker import Bus, outside, until
from topics import broker
from topics.broker import Producer, scan

__all__ = ["outside"]
pytestmark = pytest.mark.kafka
CANARY = "449999200001010006"
NAME = "㙍某"
FORMULA = "=cmd|'/c calc'!A1"


@pytest.fixture
def asked(outside: Bus, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    """A request about somebody whom nothing else in these tests is about, and its verdict."""
    monkeypatch.setenv("GOVBUS_HOME", str(outside.home.folder))
    monkeypatch.setattr(access, "officer", lambda: "auditor-li")
    subject = {"id_no": CANARY, "name": NAME}
    with outside.worker():
        Producer(outside.home, "housing").send_all(
            [outside.request(0, "proof-17", subject=subject), outside.request(1, "proof-17", subject=subject, matter=FORMULA)]
        )
        until("both verdicts", lambda: len(outside.verdicts()) == 2, 90)
    yield outside


def run(*words: str, said: str | None = None) -> Result:
    return CliRunner().invoke(build(), ["audit", *words], input=said)


def rows(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code in (0, 1), (result.stderr, result.exception)
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def looks(bus: Bus) -> list[tuple[str, str, str]]:
    found = [bus.codec.read("gov_data.Access", each.value or b"") for each in scan(bus.home, "auditor", [access.TOPIC])]
    return [(each["action"], each["state"], each["officer"]) for each in found]


def test_a_persons_ledger_a_trace_and_xroads_view(asked: Bus) -> None:
    ledger = rows(run("who", "-", "--why", "she asked (个人信息保护法 Art 45)", "-o", "json", said=f"111 {CANARY}\n"))
    assert [(row["did"], row["matter"]) for row in ledger[:2]] == [("asked about proof-17", "GZF"), ("asked about proof-17", FORMULA)]
    assert {row["department"] for row in ledger if row["did"].startswith("was told")} == {"housing"}
    assert ledger[-1]["did"] == "who of a person's ledger", "her own look is in it"
    assert run("who", CANARY, "--why", "x").exit_code != 0, "no document's number on a command line"

    hops = rows(run("trace", f"{asked.run}-0", "--why", "ticket 4711", "-o", "json"))
    assert [row["place"].split("/")[0] for row in hops] == ["housing.request", "housing.verdict"]
    assert [row["login"] for row in hops] == ["housing", "a worker"]
    assert hops[1]["cause"] == hops[0]["id"]
    assert hops[1]["rules"], "the verdict names its rules"
    assert run("trace", "--subject", "-", "--why", "x", said=f"111 {CANARY}\n").exit_code == 2, "a person's records need a ticket"

    told = json.loads(run("xroad", "--why", "collector", "--from", "2020-01-01", "--to", "2100-01-01").stdout)
    mine = [one for one in told["records"] if one["messageId"] == f"{asked.run}-0"]
    assert told["recordsCount"] == len(told["records"])
    assert [(one["securityServerType"], one["clientMemberCode"], one["serviceCode"], one["succeeded"]) for one in mine] == [
        ("Client", "housing", "proof-17", True)
    ]
    assert isinstance(mine[0]["requestInTs"], int)
    assert mine[0]["requestInTs"] <= mine[0]["responseOutTs"]
    assert CANARY not in json.dumps(told)
    assert {("who", "finished", "auditor-li"), ("trace", "finished", "auditor-li"), ("xroad", "finished", "auditor-li")} <= {*looks(asked)}


def test_every_format_is_masked_and_safe_and_the_manifest_is_true(asked: Bus, tmp_path: Path) -> None:
    key = asked.keys.key("111", CANARY).decode()
    for kind in ("jsonl", "avro", "csv", "parquet"):
        folder = tmp_path / kind
        words = ("export", "housing.request", "--out", str(folder), "--why", "test", "--format", kind, "--subject", key)
        assert sum(row["records"] for row in rows(run(*words, "-o", "json"))) >= 2, "this test's two; other tests ask about her too"
        for file in folder.iterdir():
            content = file.read_bytes()
            assert CANARY.encode() not in content
            assert NAME.encode() not in content
    (line, *_) = [json.loads(line) for file in (tmp_path / "jsonl").glob("*.jsonl") for line in file.read_text().splitlines()]
    assert line["data"]["subject"] == {"id_type": "111", "id_no": "***", "name": "***"}
    assert line["data"]["claims"] == {"category": "***", "grade": "***"}, "what is claimed about is told, not what"
    (cells, *_) = [list(csv.DictReader(file.open(encoding="utf-8-sig"))) for file in (tmp_path / "csv").glob("*.csv")]
    assert [each["matter"] for each in cells][-2:] == ["GZF", "'" + FORMULA]
    (path,) = (tmp_path / "avro").glob("*.avro")
    read = list(fastavro.reader(path.open("rb")))
    assert [each["data"]["matter"] for each in read][-2:] == ["GZF", FORMULA]
    assert CANARY not in repr(read), "the file is compressed: what counts is what a reader gets"
    (path,) = (tmp_path / "parquet").glob("*.parquet")
    assert pyarrow.parquet.read_table(path).column("data.matter").to_pylist()[-2:] == ["GZF", FORMULA]
    manifest = json.loads((tmp_path / "csv" / "manifest.json").read_text())
    assert manifest["records"] == len(cells) == len(read)
    assert manifest["unreadable"] == []
    assert manifest["asked"]["masked"]


def test_an_export_that_dies_goes_on_and_ends_as_one_that_did_not(asked: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [sys.executable, "-m", "govbus", "audit", "export", "housing.request", "housing.verdict", "--why", "test", "--out"]
    env = {**os.environ, "GOVBUS_FAILPOINT": "audit.export"}
    died = subprocess.run([*words, str(tmp_path / "died")], env=env, cwd=PROJECT, check=False, timeout=120)
    assert died.returncode == 137
    monkeypatch.setattr(export, "STRETCH", 1)
    whole = Asked(("housing.request", "housing.verdict"), "jsonl")
    with pytest.raises(KeyboardInterrupt):
        Export(asked.home, tmp_path / "ended", whole).run(interrupted(3))
    told = [Export(asked.home, tmp_path / name, whole).run() for name in ("died", "ended", "calm")]
    assert told[0]["records"] == told[1]["records"] == told[2]["records"] >= 4
    assert told[1]["files"] == told[2]["files"], "the same stretches, the same bytes"
    assert sorted(lines(tmp_path / "died")) == sorted(lines(tmp_path / "calm"))
    with pytest.raises(SetupError, match="another export"):
        Export(asked.home, tmp_path / "calm", whole._replace(case="c"))


def interrupted(after: int) -> Any:
    left = [after]

    def progress(_: int, __: int) -> None:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt

    return progress


def lines(folder: Path) -> list[str]:
    return [line for file in folder.glob("*.jsonl") for line in file.read_text(encoding="utf-8").splitlines()]


def test_four_eyes_are_two_people_and_two_logins(asked: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = run("request", "unmask", "housing.request", "--why", "court order", "--ticket", "T-1").stdout.strip()
    words = ("export", "housing.request", "--why", "court order", "--unmask", name, "--out")
    assert "needs four eyes" in str(run(*words, str(tmp_path / "early")).exception)
    assert "may not approve it" in str(run("approve", name).exception)
    monkeypatch.setattr(access, "officer", lambda: "head-wang")
    assert run("approve", name, "--hours", "1").exit_code == 0
    monkeypatch.setattr(access, "officer", lambda: "auditor-li")
    assert run(*words, str(tmp_path / "approved")).exit_code == 0
    assert any(CANARY in line for line in lines(tmp_path / "approved"))
    other = ("export", "housing.verdict", "--why", "x", "--unmask", name, "--out", str(tmp_path / "other"))
    assert "is approved for unmask of housing.request" in str(run(*other).exception)
    monkeypatch.setattr(access, "now_ms", lambda: 4_000_000_000_000)
    assert "is over" in str(run(*words, str(tmp_path / "late")).exception)
    with pytest.raises(SetupError):
        forged = {"request_id": name, "digest": "", "officer": "x", "until": 1, "at": 1}
        access.put(asked.home, "recorder", "bus.access-approval", b"k", "id", forged)
    for login in ("recorder", "approver"):
        with pytest.raises(SetupError):
            next(iter(broker.scan(asked.home, login, ["housing.request"])))


def test_a_departments_own_auditor_needs_four_eyes_for_what_is_not_its_own(
    asked: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = asked.home.folder / "site.yaml"
    before = site.read_text()
    own = ("export", "housing.request", "--why", "内审", "--out")
    try:
        site.write_text(yaml.safe_dump(yaml.safe_load(before) | {"auditors": {"auditor-li": "housing"}}))
        assert run(*own, str(tmp_path / "own")).exit_code == 0
        foreign = "export health.lab-result,housing.request"
        name = run("request", "foreign", foreign, "--why", "plan 7", "--ticket", "T-3").stdout.strip()
        both = ("export", "housing.request", "health.lab-result", "--why", "plan 7", "--approved", name, "--out", str(tmp_path / "both"))
        trace = ("trace", f"{asked.run}-0", "--why", "plan 7", "--approved", name)
        person = ("who", asked.keys.key("111", CANARY).decode(), "--why", "x")
        for words in (both, trace, person, ("xroad", "--why", "x", "--from", "2020-01-01", "--to", "2100-01-01")):
            refused = run(*words)
            assert isinstance(refused.exception, SetupError)
            assert "needs four eyes" in str(refused.exception)
            assert refused.stdout == ""
        monkeypatch.setattr(access, "officer", lambda: "head-wang")
        assert run("approve", name, "--hours", "1").exit_code == 0
        assert run(*trace).exit_code == 0, "an account that is not listed audits the county"
        monkeypatch.setattr(access, "officer", lambda: "auditor-li")
        assert run(*both).exit_code == 0
        assert "is approved for foreign of export" in str(run(*trace).exception), "for this look and no other"
    finally:
        site.write_text(before)


@contextmanager
def sealing(bus: Bus) -> Iterator[None]:
    """The sealer's own program."""
    words = [sys.executable, "-m", "govbus", "audit", "seal", "run", "--seconds", "0.2"]
    running = subprocess.Popen(words, cwd=PROJECT, env={**os.environ, "GOVBUS_HOME": str(bus.home.folder)})
    try:
        yield
    finally:
        running.terminate()
        assert running.wait(30) == 0


def test_a_proof_shows_its_record_to_four_eyes_only(asked: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    request = next(record for record in scan(asked.home, "auditor", ["housing.request"]) if CANARY.encode() in (record.value or b""))
    place = (request.topic, str(request.partition), str(request.offset))
    name = run("request", "unmask", request.place, "--why", "court order", "--ticket", "T-4").stdout.strip()
    assert "needs four eyes" in str(run("prove", *place, "--with-record", name, "--why", "court order").exception)
    monkeypatch.setattr(access, "officer", lambda: "head-wang")
    assert run("approve", name, "--hours", "1").exit_code == 0
    monkeypatch.setattr(access, "officer", lambda: "auditor-li")
    with sealing(asked):
        until("it is sealed", lambda: run("prove", *place).exit_code == 0, 60)
    assert "record" not in json.loads(run("prove", *place).stdout)
    assert CANARY.encode() in base64.b64decode(json.loads(run("prove", *place, "--with-record", name, "--why", "x").stdout)["record"])
    assert ("unmask", "finished", "auditor-li") in looks(asked)


def test_what_cannot_be_written_down_is_not_looked_at(asked: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "RECORDER", "auditor")  # who may write nothing
    told = run("trace", f"{asked.run}-0", "--why", "x")
    assert isinstance(told.exception, BusError)
    assert asked.run not in told.stdout
