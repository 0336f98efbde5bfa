"""The health code through Kafka, with real rights: a late scan, an expiry while the worker is dead, a reversal for every reader; and what
whoever asks for a person is told."""

import json
import re
import shlex
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from govbus import buckets
from govbus.cli import build
from govbus.envelope import Envelope, event_id
from govbus.errors import SetupError
from local.instance import PROJECT
from tests.live.runtime.test_worker import Bus, outside, until
from tests.unit.shapes.standing_world import DEFAULTS, HEALTH
from topics.broker import Producer, scan

__all__ = ["outside"]
pytestmark = pytest.mark.kafka
HOUR = 3_600_000
PAGE = PROJECT / "docs" / "health-code.md"


def person(bus: Bus) -> bytes:
    return bus.keys.key("414", f"E{bus.run}")


def send(bus: Bus, what: str, key: bytes = b"", **fields: Any) -> None:
    """One record, by the department that may write it."""
    declared = HEALTH.spec.inputs[what]
    data = {"version": 1, **DEFAULTS[what], **fields} | ({} if declared.role == "order" else {"person_key": person(bus).decode()})
    name = event_id(bus.run, what, str(fields))
    source = f"/{declared.sender}/test"
    made = Envelope(
        name, source, declared.record, datetime.now(UTC), declared.topic, key or person(bus), bus.codec.encode(declared.record, data)
    )
    Producer(bus.home, declared.sender).send_all([made])


def told(bus: Bus, reader: str) -> list[tuple[str, str]]:
    """What one department was told of this test's person, read with its own rights."""
    found = [each for each in scan(bus.home, reader, [f"{reader}.code-change"]) if each.key == person(bus)]
    data = [bus.codec.read("gov_data.CodeChanged", each.value or b"") for each in found]
    assert [each["revision"] for each in data] == list(range(1, len(data) + 1))
    return [(each["level"], each["change"]) for each in data]


def test_colours_come_go_and_are_told_to_every_reader_over_kill_9(outside: Bus) -> None:
    now, place = int(time.time() * 1000), f"CS{outside.run}"
    hour = buckets.hour(now - HOUR)
    key = buckets.place_key(outside.keys, place, hour)
    window = {"window_from": now - HOUR, "window_to": now - HOUR, "issued_at": now}
    send(outside, "person", person_id=outside.run)
    send(outside, "place.order", key, order_no=f"O{outside.run}", place_code=place, bucket=hour, **window)
    with outside.worker():
        until("green", lambda: told(outside, "public-security") == [("green", "record")])
        send(outside, "place.scan", key, scan_id=f"K{outside.run}", place_code=place, bucket=hour, scanned_at=now - HOUR)
        until("the late scan's yellow", lambda: told(outside, "public-security")[1:] == [("yellow", "record")])
        ends = int(time.time() * 1000) + 4000
        send(outside, "quarantine", order_no=f"Q{outside.run}", issued_at=now, quarantine_from=now, quarantine_to=ends)
        until("red", lambda: told(outside, "public-security")[2:] == [("red", "record")])
    time.sleep(4)  # the isolation ends while nobody works
    with outside.worker():
        until("yellow by itself", lambda: told(outside, "public-security")[3:] == [("yellow", "time")])
        send(outside, "lab.result", sample_id=f"S{outside.run}", sampled_at=now, result="positive")
        until("red again", lambda: told(outside, "public-security")[4:] == [("red", "record")])
        send(outside, "lab.correction", sample_id=f"S{outside.run}", sampled_at=now, action="retracted")
        until("the reversal", lambda: told(outside, "public-security")[5:] == [("yellow", "record")])
        send(outside, "override", order_id=f"M{outside.run}", action="add", level="red", reason_class="depositor", issued_at=now,
             valid_from=now, valid_to=now + HOUR)  # fmt: skip
        until("the refusal", lambda: any(each["reason"] == "NO_REASON_CLASS" for each in outside.quarantined()))
    assert told(outside, "health") == told(outside, "service-center") == told(outside, "public-security")
    assert len(told(outside, "health")) == 6
    back = [each for each in scan(outside.home, "health", ["health.standing-disposal"]) if each.key == person(outside)]
    became = [outside.codec.read("gov_data.StandingDisposal", each.value or b"") for each in back]
    assert [(each["assertion"], each["number"], each["what"]) for each in became] == [
        (f"quarantine:Q{outside.run}/isolation", f"Q{outside.run}", "ended"),
        (f"lab.result:S{outside.run}/lab-positive", f"S{outside.run}", "retracted"),
    ]


def code(bus: Bus, *words: str, said: str | None = None, document: str = "-") -> Result:
    """``govbus code …`` about this test's person."""
    asked = ["code", words[0], document, *words[1:], "--why", "she asked", "--ticket", f"T-{bus.run}"]
    return CliRunner().invoke(build(), asked, input=f"414 E{bus.run}\n" if said is None else said)


def rows(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code in (0, 1), (result.stderr, result.exception)
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


@pytest.mark.timeout(600)  # each look reads the log again
def test_whoever_asks_for_a_person_is_told_what_it_is_why_since_when_and_who_knows(outside: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVBUS_HOME", str(outside.home.folder))
    now, order = int(time.time() * 1000), f"O{outside.run}"
    nobody = code(outside, "show", "-o", "json")
    assert (nobody.exit_code, rows(nobody)[0]["shows"]) == (1, "none"), "nobody knows the person: never green"
    closely = {"class": "close", "order_no": order, "issued_at": now, "exposed_at": now - HOUR}
    with outside.worker():
        send(outside, "person", person_id=outside.run)
        send(outside, "lab.result", sample_id=f"S{outside.run}", sampled_at=now - HOUR, result="negative")
        until("green, with its badge", lambda: bool(told(outside, "health")) and told(outside, "health")[-1] == ("green", "record"))
        send(outside, "contact.order", **closely)
        until("red", lambda: told(outside, "health")[-1:] == [("red", "record")])
        time.sleep(1.1)  # --at names a whole second
        between = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        send(outside, "contact.order", **closely, version=2, action="cancelled")
        until("green again", lambda: told(outside, "health")[-1] == ("green", "record"))
    seen = rows(code(outside, "show", "-o", "json"))
    assert [(each["what"], each["shows"], each["stale"]) for each in seen[:2]] == [
        (HEALTH.meta.id, "green", None),
        ("nucleic", "24h", False),
    ]
    assert seen[1]["heard"] > seen[1]["as_of"], "the badge's own time is the sample's, its source was heard later"
    past = code(outside, "show", "--at", between, "-o", "json")
    assert (past.exit_code, rows(past)[0]["shows"]) == (0, "red")
    assert "密切接触（红码）。来源：市卫生健康局" in code(outside, "explain", "--at", between).stdout
    assert "密切接触" not in code(outside, "explain").stdout
    assert json.loads(code(outside, "explain", "--for", "checkpoint").stdout)["level"] == "green"
    audited = json.loads(code(outside, "explain", "--for", "auditor", document=person(outside).decode()).stdout)
    assert [each["fact"] for each in audited["retracted"]] == [f"contact.order:{order}"]
    assert audited["heard"]["health.contact-order"] >= audited["retracted"][0]["known"]
    changes = rows(code(outside, "history", "-o", "json"))
    assert [(each["level"], each["reasons"]) for each in changes if each["level"] != each["replaces"]] == [
        ("green", []), ("red", [f"contact.order:{order}/contact-close"]), ("green", []),
    ]  # fmt: skip
    assert changes[-1]["cause"].startswith("health.contact-order/")
    reversals = [(each["department"], each["level"]) for each in rows(code(outside, "told", "-o", "json")) if each["reversal"]]
    assert sorted(reversals) == [(department, "green") for department in ("health", "public-security", "service-center")]
    commands = re.findall(r"^\$ \.venv/bin/govbus (code .+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    for command in commands:
        words = shlex.split(command.replace("PSEUDONYM", person(outside).decode()).replace("2026-11-29T09:00:00", between))
        assert CliRunner().invoke(build(), words).exit_code == 0, command
    assert len(commands) == 6


def test_every_look_at_a_person_is_written_down_and_asks_for_a_reason(outside: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVBUS_HOME", str(outside.home.folder))
    assert code(outside, "show").exit_code == 1
    looks = [outside.codec.read("gov_data.Access", each.value or b"") for each in scan(outside.home, "auditor", ["bus.access"])]
    mine = [each for each in looks if each["subject"] == person(outside).decode()]
    assert [(each["action"], each["state"], each["what"], each["ticket"]) for each in mine] == [
        ("code show", state, HEALTH.meta.id, f"T-{outside.run}") for state in ("started", "finished")
    ]
    for wrong in (["show", "-", "--ticket", "T-1"], ["show", "-", "--why", "x"], ["show", "-", "--why", "x", "--ticket", " "]):
        assert CliRunner().invoke(build(), ["code", *wrong]).exit_code == 2
    assert code(outside, "show", "--at", "2100-01-01").exit_code == 2
    assert isinstance(code(outside, "show", document=f"E{outside.run}").exception, SetupError), "no document's number on a command line"
    assert isinstance(code(outside, "show", said="414\n").exception, SetupError)
    assert isinstance(code(outside, "show", "--exchange", "commitment").exception, SetupError)
