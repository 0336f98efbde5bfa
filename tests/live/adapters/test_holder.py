"""The holder's side against the truth: what it answers is what plain SQL says, and neither a locked table nor one bad row is silence."""

import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from adapters.check import faults
from adapters.declaration import ItemRule, SqlAnswerer, load_adapters
from govbus.envelope import Envelope
from local.window import prepare
from tests.live.adapters.world import Desk, citizen, drive
from tests.oracle.verdicts import CLAIMS, Verdict, expected

pytestmark = pytest.mark.kafka
NAMES = {"proof-01": ("marital_status", "spouse_id"), "proof-05": ("town", "since")}
NAME = "civil-affairs.answers"
BAD_ROW = """
SELECT '叶安' AS name, id AS id_no, CAST(CASE WHEN id = '{bad}' THEN '不详' ELSE '20' END AS int) AS marital_status
FROM unnest(:ids) id WHERE length(id) = 18
"""


def question(desk: Desk, holder: str, number: str, subject: dict[str, str], **changed: Any) -> Envelope:
    data = {
        "request_id": f"{desk.run}-{number}", "exchange": "verify", "item": "proof-01", "rule_version": "1", "asker": "housing",
        "purpose": "public-rental-housing", "legal_basis": "公共租赁住房管理办法 Art 7", "subject": subject,
        "claims": {"marital_status": "20"}, "as_of": "2026-01-01", "due": int((time.time() + 60) * 1000), **changed,
    }  # fmt: skip
    return desk.envelope(f"{holder}.question", "gov_data.ProofQuestion", data)


def answers(desk: Desk, holder: str) -> dict[str, dict[str, Any]]:
    found = (data for _, data in desk.seen(f"{holder}.answer") if data["request_id"].startswith(f"{desk.run}-"))
    return {data["request_id"].removeprefix(f"{desk.run}-"): data for data in found}


def claims_and_truth(desk: Desk, item: str) -> tuple[list[dict[str, Any]], dict[int, Verdict]]:
    """Claims of one item that get as far as a holder, never committed, so that no source takes them; and their true verdicts."""
    with psycopg.connect(desk.instance.dsn("housing", "owner")) as link:
        prepare(link, 400)
        claims = [row for row in link.cursor(row_factory=dict_row).execute(CLAIMS) if row["proof_item"] == item]
        link.rollback()
    with desk.link("civil-affairs") as first, desk.link("public-security") as second:
        truth = expected({"civil-affairs": first, "public-security": second}, list[Path](), claims)
    return [claim for claim in claims if truth[claim["claim_id"]][0] not in ("refused", "timeout")], truth


@pytest.mark.parametrize(("item", "holder"), [("proof-01", "civil-affairs"), ("proof-05", "public-security")])
def test_the_answers_are_what_plain_sql_says_and_hold_nobodys_data(desk: Desk, item: str, holder: str) -> None:
    claims, truth = claims_and_truth(desk, item)
    for claim in claims:
        values = zip(NAMES[item], (claim["declared_1"], claim["declared_2"]), strict=True)
        subject = {"id_type": "111", "id_no": claim["applicant_id"], "name": claim["applicant_name"]}
        declared = {name: value for name, value in values if value is not None}
        desk.send(question(desk, holder, str(claim["claim_id"]), subject, item=item, as_of=claim["as_of"], claims=declared))
    with desk.door(f"{holder}.answers") as door:
        drive(door, "all answers", lambda: door.round() == 0 and len(answers(desk, holder)) == len(claims))
    found = answers(desk, holder)
    told = {int(number): (data["outcome"], tuple(data["mismatched_fields"])) for number, data in found.items()}
    assert told == {claim["claim_id"]: truth[claim["claim_id"]] for claim in claims}
    assert len(told) > 80 and {outcome for outcome, _ in told.values()} == {"match", "match_variant", "mismatch", "no_record", "ambiguous"}
    said = str(list(found.values()))
    known = {claim[column] for claim in claims for column in ("applicant_id", "applicant_name", "declared_1", "declared_2")} - {None}
    assert [value for value in known if len(value) > 2 and value in said] == []


def test_a_locked_table_is_a_database_that_is_away_and_is_said_before_the_question_is_due(desk: Desk) -> None:
    subject = {"id_type": "111", "id_no": citizen(7), "name": "叶安"}
    with desk.door(NAME) as door, psycopg.connect(desk.instance.dsn("civil-affairs", "owner")) as locks:
        locks.execute("LOCK TABLE marriage_register")
        due = time.time() + 12
        desk.send(question(desk, "civil-affairs", "locked", subject, due=int(due * 1000)))
        drive(door, "the answer", lambda: "locked" in answers(desk, "civil-affairs"))
        assert time.time() < due
    assert answers(desk, "civil-affairs")["locked"]["reason"] == "HOLDER_UNAVAILABLE"


def test_a_row_that_the_query_fails_on_is_one_persons_refusal_and_not_the_end_of_all(desk: Desk) -> None:
    spec = load_adapters()[NAME].spec
    assert isinstance(spec, SqlAnswerer)
    rule = spec.items["proof-01"].model_dump() | {"query": BAD_ROW.format(bad=citizen(13))}
    for number in range(10, 20):
        desk.send(question(desk, "civil-affairs", str(number), {"id_type": "111", "id_no": citizen(number), "name": "叶安"}))
    with desk.door(NAME, items={"proof-01": ItemRule.model_validate(rule)}) as door:
        drive(door, "all answers", lambda: len(answers(desk, "civil-affairs")) == 10)
    found = {number: (data["outcome"], data["reason"]) for number, data in answers(desk, "civil-affairs").items()}
    assert found.pop("13") == ("refused", "HOLDER_UNAVAILABLE")
    assert set(found.values()) == {("match", None)}


def test_the_databases_would_take_every_declared_query(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVBUS_HOME", str(desk.home.folder))
    assert faults(live=True) == []
