"""A promise instead of a proof (告知承诺), in housing's own tables: officers' steps go out as moves, where the case stands comes back."""

import uuid
from hashlib import sha256

import psycopg
import pytest

from govbus.identity.citizen_id import check_digit
from local.instance import Instance
from tests.live.runtime.test_worker import until

pytestmark = pytest.mark.kafka
NOBODY = "44999919880203778"  # in no register


class Application:
    """One application at housing's window."""

    def __init__(self, county: Instance) -> None:
        self.link = psycopg.connect(county.dsn("housing", "owner"), autocommit=True)
        self.number = f"GZ{uuid.uuid4().hex[:10]}"
        self.case = f"commitment.{self.number}"
        who = (self.number, "吴㙍", NOBODY + check_digit(NOBODY), "ZJ0001", "GZF")
        self.link.execute(
            "INSERT INTO application (application_no, applicant_name, applicant_id, officer_code, matter) VALUES (%s,%s,%s,%s,%s)", who
        )

    def step(self, name: str, officer: str = "ZJ0001", **more: str) -> None:
        row = {"application_no": self.number, "proof_item": "proof-01", "step": name, "officer_code": officer, **more}
        columns = psycopg.sql.SQL(",").join(map(psycopg.sql.Identifier, row))
        values = psycopg.sql.SQL(",").join(psycopg.sql.Placeholder() * len(row))
        self.link.execute(psycopg.sql.SQL("INSERT INTO promise_step ({}) VALUES ({})").format(columns, values), list(row.values()))

    def check(self) -> None:
        row = (self.number, "20", "public-rental-housing", "公共租赁住房管理办法 Art 7", "2026-11-20")
        self.link.execute(
            "INSERT INTO claim (application_no, proof_item, declared_1, purpose, legal_basis, as_of, by_promise)"
            " VALUES (%s, 'proof-01', %s, %s, %s, %s, true)", row)  # fmt: skip

    def state(self) -> str | None:
        row = self.link.execute("SELECT state FROM bus.case_now WHERE case_id = %s", (self.case,)).fetchone()
        return row[0] if row else None

    def history(self) -> list[tuple[str, str, str | None]]:
        return self.link.execute(
            "SELECT move, step, reason FROM bus.case_progress WHERE case_id = %s ORDER BY seq", (self.case,)
        ).fetchall()


def test_officers_steps_move_the_case_and_its_check_does(county: Instance) -> None:
    one, text = Application(county), sha256("承诺书".encode()).hexdigest()
    one.step("apply")
    one.step("inform", text_hash=text)
    one.step("commit", text_hash=text)
    one.step("rate", risk="high")
    until("the risk is rated", lambda: one.state() == "rated")
    one.check()
    until("the check has moved it", lambda: one.state() == "unverified")  # nobody has a record of her, which is not a no
    one.step("decide", officer="ZJ0002")
    until("a step too early is refused", lambda: one.history()[-1][1] == "refused")
    one.step("passed-by-hand", officer="ZJ0002", reason="纸质档案相符 㙍")
    one.step("decide", officer="ZJ0002")
    until("it is decided", lambda: one.state() in ("decided", "supervised"))
    assert one.history()[:8] == [
        ("apply", "moved", None), ("inform", "moved", None), ("commit", "moved", None), ("rate", "moved", None),
        ("check-open", "moved", None), ("decide", "refused", "CASE_WRONG_STATE"), ("passed-by-hand", "moved", None),
        ("decide", "moved", None),
    ]  # fmt: skip
    told = one.link.execute(
        "SELECT outcome FROM bus.verdict v JOIN claim c ON v.source_key = c.claim_id::text WHERE application_no = %s", (one.number,)
    )
    assert told.fetchall() == [("no_record",)]
