"""The holder's side: it answers from its own tables, says when it cannot, and has no way to write there."""

import time
from typing import Any

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import text

from adapters.database import Database
from govbus.envelope import Envelope
from govbus.errors import SetupError
from tests.live.adapters.world import Desk, citizen, drive, until

pytestmark = pytest.mark.kafka
NAME, QUESTION, ANSWER = "civil-affairs.answers", "civil-affairs.question", "civil-affairs.answer"
SERVER = "postgres-civil-affairs"
COUPLE = """
SELECT m.man_id, m.man_name FROM marriage_register m WHERE m.kind = '结婚' AND length(m.man_id) = 18 AND NOT EXISTS (
    SELECT FROM marriage_register o WHERE o.cert_no <> m.cert_no AND (m.man_id IN (o.man_id, o.woman_id) OR o.old_cert_no = m.cert_no))
LIMIT 1
"""


@pytest.fixture
def husband(desk: Desk) -> dict[str, str]:
    with desk.link("civil-affairs") as link:
        found = link.execute(COUPLE).fetchone()
    assert found
    return {"id_type": "111", "id_no": found[0], "name": found[1]}


def question(desk: Desk, number: str, subject: dict[str, str], due_s: float = 60, **changed: Any) -> Envelope:
    data = {
        "request_id": f"{desk.run}-{number}", "exchange": "verify", "item": "proof-01", "rule_version": "1", "asker": "housing",
        "purpose": "public-rental-housing", "legal_basis": "公共租赁住房管理办法 Art 7", "subject": subject,
        "claims": {"marital_status": "20"}, "as_of": "2026-01-01", "due": int((time.time() + due_s) * 1000), **changed,
    }  # fmt: skip
    return desk.envelope(QUESTION, "gov_data.ProofQuestion", data)


def answers(desk: Desk) -> dict[str, tuple[str, str | None]]:
    found = (data for _, data in desk.seen(ANSWER) if data["request_id"].startswith(desk.run))
    return {data["request_id"].removeprefix(f"{desk.run}-"): (data["outcome"], data["reason"]) for data in found}


def reachable(desk: Desk) -> bool:
    try:
        desk.link("civil-affairs").close()
    except psycopg.OperationalError:
        return False
    return True


def test_it_answers_each_question_from_its_tables_and_no_odd_one_stops_the_next(desk: Desk, husband: dict[str, str]) -> None:
    stranger = {"id_type": "111", "id_no": citizen(2), "name": "无此人"}
    desk.send(
        question(desk, "married", husband),
        question(desk, "single", husband, claims={"marital_status": "10"}),
        question(desk, "before", husband, as_of="1949-10-01"),
        question(desk, "nobody", stranger),
        question(desk, "item", husband, item="proof-99"),
        question(desk, "day", husband, as_of="2015-02-30"),
        question(desk, "nul", {**stranger, "id_type": "414", "id_no": "P\x00 1"}),
        question(desk, "last", husband),
    )
    with desk.door(NAME) as door:
        drive(door, "all answers", lambda: len(answers(desk)) == 8)
    assert answers(desk) == {
        "married": ("match", None), "single": ("mismatch", None), "before": ("no_record", None), "nobody": ("no_record", None),
        "item": ("refused", "UNKNOWN_ITEM"), "day": ("refused", "BAD_DATE"), "nul": ("refused", "BAD_ID_FORM"), "last": ("match", None),
    }  # fmt: skip


def test_an_answer_tells_no_value(desk: Desk, husband: dict[str, str]) -> None:
    desk.send(question(desk, "one", husband, claims={"marital_status": "10", "spouse_id": citizen(3)}))
    with desk.door(NAME) as door:
        drive(door, "the answer", lambda: answers(desk))
    (data,) = [data for _, data in desk.seen(ANSWER) if data["request_id"] == f"{desk.run}-one"]
    told = str({name: value for name, value in data.items() if name != "mismatched_fields"})
    assert data["mismatched_fields"] == ["marital_status", "spouse_id"]
    assert husband["id_no"] not in told and husband["name"] not in told and "'20'" not in told


def test_while_its_database_is_down_it_says_so_in_time_and_the_others_wait(desk: Desk, husband: dict[str, str]) -> None:
    with desk.door(NAME) as door:
        door.round()
        desk.instance.supervisor.stop([SERVER])
        try:
            desk.send(question(desk, "soon", husband, due_s=4), question(desk, "later", husband, due_s=120))
            end = time.monotonic() + 4
            drive(door, "the word that it cannot", lambda: answers(desk))
            assert time.monotonic() < end
            assert answers(desk) == {"soon": ("refused", "HOLDER_UNAVAILABLE")}
        finally:
            desk.instance.supervisor.start(SERVER)
            until("the holder's database", lambda: reachable(desk))
        drive(door, "the answer", lambda: "later" in answers(desk))
    assert answers(desk)["later"] == ("match", None)


def test_a_death_before_the_position_answers_again_with_the_same_id(desk: Desk, husband: dict[str, str]) -> None:
    desk.send(question(desk, "one", husband))
    desk.killed(NAME, "answerer.acked")
    first = desk.seen(ANSWER)
    with desk.door(NAME) as door:
        drive(door, "the answer again", lambda: len(desk.seen(ANSWER)) > len(first))
    assert [name for name, _ in desk.seen(ANSWER)] == [name for name, _ in first] * 2


def test_its_role_cannot_write_in_the_holders_database(desk: Desk) -> None:
    statement = "UPDATE marriage_register SET man_name = '某' WHERE false"
    with desk.link("civil-affairs", "bus_answerer") as link, pytest.raises(errors.InsufficientPrivilege):
        link.execute(statement)
    with desk.link("public-security", "bus_answerer") as link, pytest.raises(errors.InsufficientPrivilege):
        link.execute("SELECT * FROM ck_rkjbxx LIMIT 1")


def test_even_a_role_that_may_write_cannot_through_the_answerers_transaction(desk: Desk) -> None:
    database = Database(desk.home, "civil-affairs", "owner", read_only=True)
    try:
        with database.begin() as link:
            assert link.execute(text("SELECT count(*) FROM marriage_register")).scalar()
        with pytest.raises(SetupError, match="ReadOnlySqlTransaction"), database.begin() as link:
            link.execute(text("UPDATE marriage_register SET man_name = '某' WHERE false"))
    finally:
        database.close()
