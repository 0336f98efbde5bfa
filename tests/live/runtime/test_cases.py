"""One promise through Kafka, with real rights: the worker is killed in the middle, and the case ends where the clerk expects it."""

from collections import Counter
from typing import Any

import pytest

from agents.shapes.reports import TOPIC as CHECKS
from govbus.envelope import Envelope
from govbus.errors import SetupError
from tests.live.runtime.test_worker import Bus, outside, until
from tests.unit.shapes import case_world, world
from topics.broker import Producer, scan

__all__ = ["outside"]
pytestmark = pytest.mark.kafka
MOVED = ["apply", "inform", "commit", "rate", "check-differs", "hear", "find-data-error", "check-passed", "decide"]


def case_of(bus: Bus) -> str:
    return f"commitment.{bus.run}"


def move(bus: Bus, name: str, **more: Any) -> Envelope:
    return bus.record(case_world.move(name, world.START_MS, case_of(bus), id=f"{bus.run}-{name}", **more))


def told(bus: Bus, department: str = "housing") -> list[dict[str, Any]]:
    """What the department was told of this test's case."""
    found = (
        bus.codec.read("gov_data.CaseProgress", each.value or b"") for each in scan(bus.home, department, [f"{department}.case-progress"])
    )
    return [data for data in found if data["case_id"] == case_of(bus)]


def questions(bus: Bus) -> int:
    found = (bus.codec.read("gov_data.ProofQuestion", each.value or b"") for each in scan(bus.home, "admin", ["civil-affairs.question"]))
    return sum(data["request_id"] == f"{bus.run}-1" for data in found)


def answer(bus: Bus, version: str, outcome: str) -> Envelope:
    made = world.answer("proof-01", request_id=f"{bus.run}-1", source_version=f"{bus.run}-{version}", outcome=outcome)
    return bus.record(made, id=f"{bus.run}-{version}")


def corrected(bus: Bus) -> Envelope:
    data = {
        "correction_id": f"{bus.run}-c1", "holder": "civil-affairs", "item": "proof-01", "kind": "corrected",
        "old_versions": [f"{bus.run}-v1"], "corrected_at": world.START_MS,
    }  # fmt: skip
    return bus.record(world.envelope("civil-affairs.correction", "gov_data.ProofCorrection", data, world.START_MS), id=f"{bus.run}-c1")


def test_a_promise_goes_its_way_over_kill_9(outside: Bus) -> None:
    asker, holder = Producer(outside.home, "housing"), Producer(outside.home, "civil-affairs")
    asker.send_all([move(outside, name) for name in ("apply", "inform", "commit", "rate")])
    with outside.worker() as worker:
        asker.send_all([outside.request(1, item="proof-01", case_id=case_of(outside))])
        until("the question", lambda: questions(outside) == 1)
        holder.send_all([answer(outside, "v1", "mismatch")])
        worker.kill()  # before, during or after the mismatch
    with outside.worker("agent.after-commit") as worker:
        assert worker.wait(60) == 137
    with outside.worker():
        until("the mismatch", lambda: "mismatch" in [each["state"] for each in told(outside)])
        asker.send_all([move(outside, "hear"), move(outside, "find-data-error"), move(outside, "find-data-error")])
        until("the review", lambda: "review" in [each["state"] for each in told(outside, "civil-affairs")])
        holder.send_all([corrected(outside)])
        until("the question again", lambda: questions(outside) == 2)
        holder.send_all([answer(outside, "v2", "match")])
        until("the check", lambda: told(outside)[-1]["state"] == "checked")
        asker.send_all([move(outside, "decide"), move(outside, "repair")])
        until("the end", lambda: [each["step"] for each in told(outside)][-1] == "refused")
    said = told(outside)
    assert [each["move"] for each in said if each["step"] == "moved"] == MOVED
    assert [(each["state"], each["reason"]) for each in said if each["step"] == "refused"] == [("decided", "CASE_WRONG_DEPARTMENT")]
    assert Counter(each["step"] for each in told(outside, "civil-affairs")) == {"moved": 1, "reopened": 1}
    with pytest.raises(SetupError):
        next(iter(scan(outside.home, "housing", [CHECKS])))
