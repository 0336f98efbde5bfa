"""A file of people through the bus: everybody has one verdict, a run that breaks off goes on where it was, bad lines are told."""

import csv
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from adapters import batch
from govbus.errors import SetupError
from govbus.identity.citizen_id import check_digit
from local.landed import worked_off
from tests.live.runtime.test_worker import Bus, outside, until
from tests.unit.shapes import world
from topics.broker import Producer, scan

__all__ = ["outside"]
pytestmark = pytest.mark.kafka
PEOPLE = 400
JOB = batch.Job("housing", "proof-17", "public-rental-housing", "公共租赁住房管理办法 Art 7", "RECHECK", "ZJ0001", date(2026, 11, 24))


def citizen(number: int) -> str:
    first = f"4499991962{number // 100 % 12 + 1:02d}{number % 28 + 1:02d}{number % 1000:03d}"
    return first + check_digit(first)


@pytest.fixture
def file(outside: Bus, tmp_path: Path) -> Path:
    """People of whom every fourth has a certificate that says what is claimed; two lines are wrong."""
    lines = [f"111,{citizen(number)},叶安{outside.run},4" for number in range(PEOPLE)]
    lines[7] = f"111,{citizen(7)[:17]},叶安{outside.run},4"
    lines[8] = f"111,{citizen(8)},叶安{outside.run},9"
    path = tmp_path / "people.csv"
    path.write_text("\ufeffid_type,id_no,name,category\n" + "\n".join(lines) + "\n", encoding="utf-8")
    cards, night = [], datetime.now(UTC).isoformat()  # the tests share people: a later file's line counts
    for number in range(0, PEOPLE, 4):
        card = world.landed(name=f"叶安{outside.run}", card_no=f"{citizen(number)}42", version=night)
        made = outside.record(card, id=f"{outside.run}-card-{number}")
        cards.append(made._replace(key=outside.keys.key("111", citizen(number))))
    Producer(outside.home, "disabled-federation").send_all(cards)
    return path


def test_a_run_that_breaks_off_goes_on_where_it_was(outside: Bus, file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def fall_over(done: int, _: int) -> None:
        if done > PEOPLE // 4:
            raise KeyboardInterrupt

    with outside.worker():
        until("the cards have landed", lambda: worked_off(outside.home))
        with pytest.raises(KeyboardInterrupt):
            batch.run(outside.home, JOB, file, out, fall_over)
        with (out / "results.csv").open("a", encoding="utf-8") as cut:
            cut.write("9,half a li")
        report = batch.run(outside.home, JOB, file, out)
        again = batch.run(outside.home, JOB, file, out)
        with pytest.raises(SetupError, match="next --attempt"):
            batch.run(outside.home, JOB, file, tmp_path / "elsewhere")
    assert dict(report.outcomes) == {"match": 99, "no_record": PEOPLE - 99 - 2, "refused": 2}
    assert dict(report.reasons) == {"BAD_ID_FORM": 1, "BAD_CLAIM": 1}
    assert (report.people, report.missing, report.difference) == (PEOPLE, 0, 0)
    assert dict(again.outcomes) == dict(report.outcomes)
    rows = list(csv.DictReader((out / "results.csv").read_text(encoding="utf-8").splitlines()))
    assert sorted(int(row["line"]) for row in rows) == list(range(2, PEOPLE + 2)), "one result a line"
    told = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert told["outcomes"] == dict(report.outcomes)
    assert not any(
        citizen(number) in (out / name).read_text(encoding="utf-8") for number in range(9) for name in ("results.csv", "report.json")
    )


def test_ctrl_c_stops_it_and_the_same_command_goes_on(outside: Bus, file: Path, tmp_path: Path) -> None:
    words = ["batch", "run", JOB.department, JOB.item, str(file), "--out", str(tmp_path / "out"), "--purpose", JOB.purpose]
    words += ["--legal-basis", JOB.legal_basis, "--officer", JOB.officer]
    command, env = [sys.executable, "-m", "govbus", *words], {**os.environ, "GOVBUS_HOME": str(outside.home.folder)}
    since = datetime.now(UTC)
    running = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    # No worker: it cannot come to its end before it is stopped.
    until("some have been asked", lambda: any(scan(outside.home, "admin", ["housing.request"], since)))
    assert running.poll() is None
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "the same command goes on from there" in said
    assert not any(citizen(number) in said for number in range(PEOPLE))
    books = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert (books["missing"], books["difference"]) == (PEOPLE, 0)
    with outside.worker():
        again = subprocess.run([*command, "-o", "json"], env=env, capture_output=True, text=True, check=True, timeout=120)
    assert {row["what"]: row["people"] for row in json.loads(again.stdout)} == {
        "match": 99, "no_record": PEOPLE - 101, "refused": 2, "because BAD_CLAIM": 1, "because BAD_ID_FORM": 1,
    }  # fmt: skip
    assert f"checked {PEOPLE} of {PEOPLE}, " in again.stderr


def test_another_question_needs_another_folder(outside: Bus, file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    report = batch.run(outside.home, JOB, file, out, patience_s=1.0)
    assert report.missing == PEOPLE, "nobody works: all are missing, and that is said"
    with pytest.raises(SetupError, match="another file or of another question"):
        batch.run(outside.home, batch.Job(**{**vars(JOB), "purpose": "school-enrolment"}), file, out)
