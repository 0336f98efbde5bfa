"""A holder corrects a record: the department that was told the old answer is told the new one, and an auditor finds both."""

from pathlib import Path
from typing import Any

import pytest

from adapters import corrections
from govbus.envelope import Envelope
from govbus.errors import SetupError
from monitoring.recall import rests_on
from tests.live.runtime.test_worker import Bus, outside, until
from tests.unit.shapes import world
from topics.broker import Producer, scan

__all__ = ["outside"]
pytestmark = pytest.mark.kafka
HEAD = ",".join(corrections.COLUMNS)
PERSON = world.PERSON["id_no"]


def told(bus: Bus, topic: str, record: str) -> list[dict[str, Any]]:
    found = (bus.codec.read(record, each.value or b"") for each in scan(bus.home, "admin", [topic]))
    return [data for data in found if data["request_id"].startswith(bus.run)]


def answer(bus: Bus, version: str, outcome: str) -> Envelope:
    name = f"{bus.run}-1"
    return bus.record(world.answer("proof-01", request_id=name, source_version=version, outcome=outcome), id=f"{name}-{version}")


def test_who_was_told_the_old_answer_is_told_the_new_one(outside: Bus, tmp_path: Path) -> None:
    old, new = f"{outside.run}-v1", f"{outside.run}-v2"
    file = tmp_path / "corrections.csv"
    file.write_text(
        f"{HEAD}\nK1,proof-01,111,{PERSON},{old},corrected,2026-11-20\nK2,proof-01,111,{PERSON[:17]},{old},corrected,2026-11-20\n"
    )
    holder = Producer(outside.home, "civil-affairs")
    with outside.worker():
        Producer(outside.home, "housing").send_all([outside.request(1, item="proof-01")])
        until("the question", lambda: len(told(outside, "civil-affairs.question", "gov_data.ProofQuestion")) == 1)
        holder.send_all([answer(outside, old, "mismatch")])
        until("the verdict", lambda: len(told(outside, "housing.verdict", "gov_data.ProofVerdict")) == 1)
        sent = corrections.send(outside.home, "civil-affairs", file)
        again = corrections.send(outside.home, "civil-affairs", file)
        until("the question again", lambda: len(told(outside, "civil-affairs.question", "gov_data.ProofQuestion")) == 2)
        holder.send_all([answer(outside, new, "match")])
        until("the verdict again", lambda: len(told(outside, "housing.verdict", "gov_data.ProofVerdict")) == 2)
    verdicts = sorted(told(outside, "housing.verdict", "gov_data.ProofVerdict"), key=lambda each: each["revision"])
    assert [(each["revision"], each["outcome"], each["corrected_by"]) for each in verdicts] == [(0, "mismatch", None), (1, "match", "K1")]
    assert [(each.line, each.correction, bool(each.place), each.reason) for each in sent] == [
        (2, "K1", True, ""), (3, "K2", True, "BAD_ID_FORM: id_no"),
    ]  # fmt: skip
    assert PERSON[:17] not in str(sent)
    assert [each.correction for each in again] == ["K1", "K2"]
    (row,) = rests_on(outside.home, "civil-affairs", old)
    assert (row["outcome"], row["now"], row["now_revision"], row["corrected_by"]) == ("mismatch", "match", 1, "K1")
    (now,) = rests_on(outside.home, "civil-affairs", new)
    assert (now["outcome"], now["now"]) == ("match", "")


def test_a_file_that_is_none_says_so(outside: Bus, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="is no holder"):
        corrections.send(outside.home, "justice", tmp_path / "none.csv")
    with pytest.raises(SetupError, match="cannot be read"):
        corrections.send(outside.home, "civil-affairs", tmp_path / "none.csv")
    (tmp_path / "odd.csv").write_text("id,version\n")
    with pytest.raises(SetupError, match="the columns are not correction_id"):
        corrections.send(outside.home, "civil-affairs", tmp_path / "odd.csv")
