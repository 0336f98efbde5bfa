"""The end of the health code on a real bus: one order, killed three times on its way; nothing of it can be read, and all else goes on."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from adapters.checkpoint.store import path as store_of
from audit import access
from audit.export import Asked, Export
from audit.sunset import order as sunset
from benchmarks.city_bus import DOOR, SINK, SOURCE, stored
from benchmarks.city_people import number, write_files
from govbus.cli import build
from govbus.errors import BusError, Poison, RetryLater, SetupError
from govbus.settings import Home
from local.instance import PROJECT
from monitoring import doctor
from schemas import purposes
from schemas.codec import Codec
from tests.live.bring_up import servers
from tests.live.runtime.test_standings import send, told
from tests.live.runtime.test_worker import Bus, until
from topics.broker import Producer, scan

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]
PEOPLE, ORDER = 40, "2026-17"
PURPOSE = "epidemic"


@pytest.fixture(scope="module")
def county() -> Iterator[Bus]:
    """Health code and proofs at work: one person red, one round of testing, one verdict."""
    with servers(ids=(SOURCE, SINK, DOOR)) as instance:
        instance.start_programs(["worker-1", "sealer", SOURCE, SINK, DOOR])
        bus, now = Bus(instance), int(time.time() * 1000)
        send(bus, "person", person_id=bus.run)
        send(bus, "lab.result", sample_id=f"SAMPLE{bus.run}", sampled_at=now, result="positive")
        send(bus, "quarantine", order_no=f"Q{bus.run}", issued_at=now, quarantine_from=now, quarantine_to=now + 3_600_000)
        Producer(bus.home, "housing").send_all([bus.request(0)])
        for each in write_files(bus.home.site.drops["health"], PEOPLE, (int(time.time()) - 60) * 1000):
            each.with_name(each.name + ".ok").touch()
        until("red", lambda: told(bus, "public-security")[-1:] == [("red", "record")], 120)
        until("the verdict", lambda: bus.verdicts() == {f"{bus.run}-0": 1})
        until("the round in the store", lambda: stored(instance.home, "SELECT count(*) FROM code WHERE bulk_at > 0") >= PEOPLE // 2, 60)
        yield bus


@pytest.fixture(autouse=True)
def here(county: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVBUS_HOME", str(county.home.folder))
    monkeypatch.setattr(access, "officer", lambda: "health-chen")


def run(*words: str) -> Result:
    return CliRunner().invoke(build(), list(words))


def rows(result: Result) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def segments(bus: Bus, topic: str) -> bytes:
    files = [path for path in bus.home.folder.rglob("*.log") if path.parent.name.startswith(f"{topic}-")]
    assert files, "the broker's own files are looked at"
    return b"".join(path.read_bytes() for path in files)


def receipt(bus: Bus) -> Path:
    return purposes.ended(bus.home.folder, PURPOSE)


def keys(bus: Bus) -> list[str]:
    return [path.name for path in purposes.key_folder(bus.home.folder, PURPOSE).iterdir()]


def test_nothing_of_a_record_stands_in_the_brokers_files_before_the_end_either(county: Bus) -> None:
    topics = ("health.lab-result", "health.quarantine", "public-security.code-change", "health.lab-round", "health.code-badge")
    raw = b"".join(segments(county, topic) for topic in topics)
    for word in (f"SAMPLE{county.run}", "positive", "isolation", "440883000000", number(3), "T00000"):
        assert word.encode() not in raw
    assert b"health.LabResult" in segments(county, "health.lab-result"), "the headers are in clear, so the batches are not compressed"
    assert b"gov_data.RoundBadges" in raw
    state = segments(county, "bus.verify.state")
    assert b"health-code|" in state
    assert f"SAMPLE{county.run}".encode() not in state
    assert b"449999" in segments(county, "housing.request"), (
        "a proof's request is no record of the purpose: this look finds what is in clear"
    )


def test_nothing_happens_without_four_eyes_or_without_the_broker(county: Bus) -> None:
    before = keys(county)
    planned = rows(run("sunset", "plan", PURPOSE, "-o", "json"))
    counts = {each["where"]: each["records"] for each in planned if each["what"] == "topic"}
    assert counts["health.lab-result"] >= 1
    assert counts["health.lab-round"] >= 1
    assert [each["records"] > 0 for each in planned if each["what"] == "states"] == [True]
    assert {"store of a checkpoint, deleted", "file that was delivered, deleted"} <= {each["detail"] for each in planned}
    asked = sunset.Ordered(PURPOSE, ORDER, "the event is over", "")
    with pytest.raises(SetupError, match="sunset of epidemic needs four eyes"):
        sunset.order(county.home, asked)
    with pytest.raises(SetupError, match="no purpose plague"):
        sunset.plan(county.home, "plague")
    away = Home(county.home.folder)
    away.site = away.site.model_copy(update={"kafka": away.site.kafka.model_copy(update={"bootstrap": "127.0.0.1:1"})})
    with pytest.raises(RetryLater):
        sunset.order(away, asked)
    assert keys(county) == before
    assert not receipt(county).exists()


def test_the_end(county: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instance, exported, kept = county.instance, tmp_path / "export", tmp_path / "key"
    shutil.copy(purposes.key_folder(county.home.folder, PURPOSE) / "1", kept)
    Export(county.home, exported, Asked(("health.lab-result", "housing.request"), "jsonl")).run()
    assert "SAMPLE" in "".join(path.read_text() for path in exported.glob("health*"))
    name = run("audit", "request", "sunset", PURPOSE, "--why", "the event is over", "--ticket", ORDER).stdout.strip()
    monkeypatch.setattr(access, "officer", lambda: "head-wang")
    assert run("audit", "approve", name).exit_code == 0
    worker = instance.supervisor.pid("worker-1")

    words = [sys.executable, "-m", "govbus", "sunset", "order", PURPOSE, "--order", ORDER, "--reason", "the event is over"]
    words += ["--approval", name, "--exports", str(exported)]
    for place in ("sunset.begun", "sunset.keys", "sunset.file"):
        died = subprocess.run(words, env={**os.environ, "GOVBUS_FAILPOINT": place}, cwd=PROJECT, check=False, timeout=200)
        assert died.returncode == 137, place
        assert run("sunset", "check", str(receipt(county))).exit_code == 1, "it has not come to its end"
    done = subprocess.run(words, cwd=PROJECT, check=False, timeout=200, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()) == receipt(county)

    says = json.loads(receipt(county).read_text())
    assert (says["operator"], says["approver"], says["order"], says["keys"]) == ("health-chen", "head-wang", ORDER, ["purpose.epidemic/1"])
    assert all(each["seal"] and each["sealed"] >= each["last"] for each in says["topics"] if each["records"])
    what = {each["what"] for each in says["files"]}
    assert what == {"store of a checkpoint", "file that was delivered", "export"}
    assert not [each for each in says["files"] if Path(each["file"]).exists()]
    assert not store_of(county.home, SINK).exists()
    assert keys(county) == []
    assert [path.name.split("-")[0] for path in exported.glob("*.jsonl")] == ["housing.request"], "the other purpose's export is untouched"
    until("its programs have left", lambda: {instance.supervisor.states()[each] for each in (SOURCE, SINK, DOOR)} == {"EXITED"})

    nothing_opens(county)
    all_else_goes_on(county, worker)
    said = run("sunset", "check", str(receipt(county)))
    assert said.exit_code == 0, said.output
    until("all sealed", lambda: run("audit", "verify").exit_code == 0, 60)
    again_and_found(county, kept, words)


def nothing_opens(bus: Bus) -> None:
    codec = Codec.load(bus.codec._records, keys=purposes.keys_of(bus.home))
    with pytest.raises(Poison, match="PURPOSE_OVER"):
        for record in scan(bus.home, "auditor", ["health.lab-result"]):
            codec.decode(record.topic, record.value or b"")
    bus.instance.prepare()
    assert keys(bus) == [], "starting the set again makes no new key"


def all_else_goes_on(bus: Bus, worker: int) -> None:
    """The test's own codec still has the key, as a department's machine that nobody has told would."""
    send(bus, "lab.result", sample_id="S-late", sampled_at=int(time.time() * 1000), result="negative")
    until("the refusal", lambda: "PURPOSE_OVER" in {each["reason"] for each in bus.quarantined()})
    Producer(bus.home, "housing").send_all([bus.request(1)])
    until("the next verdict", lambda: bus.verdicts()[f"{bus.run}-1"] == 1)
    assert bus.instance.supervisor.pid("worker-1") == worker, "the same worker, not a restarted one"
    assert [each.state for each in doctor.examine(bus.home) if each.check == f"purpose {PURPOSE}"] == ["ok"]
    with TemporaryDirectory() as folder:
        replayed = run("replay", "run", "--folder", f"{folder}/replay", "--why", "the proofs of that year")
        assert replayed.exit_code == 0, replayed.output


def again_and_found(bus: Bus, kept: Path, words: list[str]) -> None:
    first = receipt(bus).read_bytes()
    assert subprocess.run(words, cwd=PROJECT, check=False, timeout=200).returncode == 0
    assert receipt(bus).read_bytes() == first, "repeated, it changes nothing"
    with pytest.raises(BusError, match=f"ended by order {ORDER}"):
        sunset.order(bus.home, sunset.Ordered(PURPOSE, "2027-1", "x", ""))

    back = purposes.key_folder(bus.home.folder, PURPOSE) / "1"
    shutil.copy(kept, back)
    late = bus.home.site.drops["health"] / "late.csv"
    late.write_text("x")
    findings = found(bus)
    assert {("key", "secrets/purpose.epidemic/1"), ("file", str(late)), ("readable", "bus.verify.state")} <= findings
    assert [each.state for each in doctor.examine(bus.home) if each.check == f"purpose {PURPOSE}"] == ["fail"]
    assert ("readable", "health.lab-result") in {(what, where.partition("/")[0]) for what, where in findings}
    assert subprocess.run(words, cwd=PROJECT, check=False, timeout=200).returncode == 0
    assert found(bus) == set()
    assert not back.exists()
    assert not late.exists()

    receipt(bus).write_text(receipt(bus).read_text().replace("health-chen", "nobody"))
    assert {what for what, _ in found(bus)} == {"receipt"}


def found(bus: Bus) -> set[tuple[str, str]]:
    return {(each["what"], each["where"]) for each in rows(run("sunset", "check", str(receipt(bus)), "-o", "json"))}
