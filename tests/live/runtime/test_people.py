"""What people do around the checks: officers answer what data cannot (协查), and somebody who guesses is stopped and named."""

import pytest

from adapters import tasks
from govbus.errors import BusError, SetupError
from govbus.identity.citizen_id import check_digit
from monitoring.tries import tried
from tests.live.runtime.test_corrections import told
from tests.live.runtime.test_worker import Bus, outside, until
from tests.unit.shapes import world
from topics.broker import Producer

__all__ = ["outside"]
pytestmark = pytest.mark.kafka


def test_officers_answer_what_the_data_cannot(outside: Bus) -> None:
    name, degree = f"{outside.run}-degree", {"state": "2", "school": "99001", "year": "1998"}
    made = world.request("proof-18", request_id=name, department="human-social", purpose="qualification-exam", claims=degree)
    request = outside.record(made, topic="human-social.request", source="/human-social/test")
    with outside.worker():
        Producer(outside.home, "human-social").send_all([request])
        until("the question", lambda: len(told(outside, "education.question", "gov_data.ProofQuestion")) == 1)
        Producer(outside.home, "education").send_all(
            [outside.record(world.answer("proof-18", request_id=name, outcome="no_record", source_version=""))]
        )
        until("the task", lambda: any(each["request_id"] == name for each in tasks.listed(outside.home, "education")))
        (task,) = (each for each in tasks.listed(outside.home, "education") if each["request_id"] == name)
        assert (task["why"], task["claims"]) == ("no_record", ["school", "state", "year"]), "no value where nobody asked for one"
        assert {"id_no", "name"}.isdisjoint(task)
        with pytest.raises(BusError, match="a mismatch names the claims that differ"):
            tasks.answer(outside.home, "education", name, "mismatch", "XC0001", ("grade",))
        tasks.answer(outside.home, "education", name, "match", "XC0001")
        until("the verdict", lambda: len(told(outside, "human-social.verdict", "gov_data.ProofVerdict")) == 1)
    (verdict,) = told(outside, "human-social.verdict", "gov_data.ProofVerdict")
    assert (verdict["outcome"], verdict["flags"], verdict["source_version"]) == ("match", ["assisted"], "assisted:XC0001")
    assert [each["step"] for each in told(outside, "human-social.progress", "gov_data.ProofProgress")] == ["assisted"]
    with pytest.raises(BusError, match="has no open task"):
        tasks.answer(outside.home, "education", name, "no_record", "XC0002")
    with pytest.raises(SetupError, match="is no holder"):
        tasks.listed(outside.home, "justice")


def test_who_varies_a_field_until_it_matches_is_stopped_and_named(outside: Bus) -> None:
    person = {"id_type": "111", "id_no": (first := "44999919880203771") + check_digit(first), "name": "叶安"}
    asked = [outside.request(number, item="proof-01", subject=person, claims={"marital_status": status}, as_of=f"2026-11-0{number + 1}")
             for number, status in enumerate(("10", "20", "30", "40", "10", "20", "30"))]  # fmt: skip
    with outside.worker():
        Producer(outside.home, "housing").send_all(asked)
        until("the refusals", lambda: len(told(outside, "housing.verdict", "gov_data.ProofVerdict")) == 2)
    (row,) = (each for each in tried(outside.home, "housing") if each["subject"] == asked[0].key.decode())
    assert (row["requests"], row["refused"], row["varied"]) == (7, 2, ["as_of", "marital_status"])
    assert person["id_no"] not in str(row)
    assert not any(each["subject"] == row["subject"] for each in tried(outside.home, "justice"))
