"""The yearly recheck under kill -9 of whoever takes part in it: everybody has exactly one verdict, and the holder's books agree.

The same 1,500 people are asked about twice at once: as rows of housing's own table, and as a file by ``govbus batch run``, which is
killed too.
"""

import csv
import os
import random
import signal
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import pytest

from benchmarks.recheck import declared
from local.departments.claims import Claim
from local.departments.drafts import BASIS, MATTER, PURPOSE
from local.instance import PROJECT, Instance
from local.window import write
from monitoring import standing
from schemas.codec import Codec
from tests.live.whole.onlooker import Onlooker
from tests.oracle.verdicts import Verdict
from topics import broker
from topics.load import records

pytestmark = [pytest.mark.kafka, pytest.mark.faults, pytest.mark.timeout(600)]
PEOPLE, SEED, DAY, OFFICER = 1_500, 20261125, "2026-11-24", "ZJ0001"
BATCH = "govbus batch run"
VICTIMS = ("housing.requests", "housing.verdicts", "civil-affairs.answers", "worker-1", BATCH)
TIMES = 2


class Recheck:
    """``govbus batch run`` as a process that may be killed, and is started again with the same words."""

    def __init__(self, county: Instance, folder: Path) -> None:
        self._env, self._file, self.out = {**os.environ, "GOVBUS_HOME": str(county.home)}, folder / "people.csv", folder / "out"
        with self._file.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("id_type", "id_no", "name", "marital_status", "spouse_id"))
            writer.writerows(("111", *person) for person in islice(declared(PEOPLE), PEOPLE))
        self.start()

    def start(self) -> None:
        words = ["housing", "proof-01", str(self._file), "--out", str(self.out), "--purpose", PURPOSE, "--legal-basis", BASIS]
        command = [sys.executable, "-m", "govbus", "batch", "run", *words, "--officer", OFFICER, "--as-of", DAY]
        self._process = subprocess.Popen(command, env=self._env, cwd=PROJECT, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self.start()

    def ended(self) -> int:
        return self._process.wait(240)

    def results(self) -> list[dict[str, str]]:
        with (self.out / "results.csv").open(encoding="utf-8") as file:
            return list(csv.DictReader(file))


def test_kill_9_of_any_part_during_the_recheck(county: Instance, tmp_path: Path) -> None:
    onlooker = Onlooker(county)
    onlooker.write_history()
    recheck = Recheck(county, tmp_path)
    chance = random.Random(SEED)  # noqa: S311  # repeatable moments, not a secret
    order = [*VICTIMS * TIMES]
    chance.shuffle(order)
    claims = [claim(number, person) for number, person in enumerate(islice(declared(PEOPLE), PEOPLE))]
    portion = -(-PEOPLE // len(order))
    for number, name in enumerate(order):  # rows are under way at every kill
        write(onlooker.housing, claims[number * portion : (number + 1) * portion])
        time.sleep(chance.uniform(0.2, 1.2))
        kill(county, recheck, name)
    assert recheck.ended() == 0
    until_quiet(onlooker)

    truth = onlooker.truth()
    everybody_has_one_verdict(onlooker, truth)
    everybody_has_one_result(onlooker, truth, recheck.results())
    the_holder_was_asked_once_and_said_what_was_told(onlooker, {row["request_id"] for row in recheck.results()})
    books = standing.ledger(onlooker.home)
    assert [book["difference"] for book in books] == [0] * len(books)
    assert sum(book["in_flight"] for book in books) == 0
    onlooker.close()


def everybody_has_one_verdict(onlooker: Onlooker, truth: dict[int, Verdict]) -> None:
    verdicts = onlooker.verdicts()
    assert len(verdicts) == PEOPLE, "lost"
    assert set(onlooker.effects().values()) == {1}, "an effect twice"
    assert set(onlooker.on_topic("housing.verdict", "gov_data.ProofVerdict").values()) == {1}, "the agent decided twice"
    assert {name: said for name, said in verdicts.items() if said != truth[name] and said[0] != "timeout"} == {}


def everybody_has_one_result(onlooker: Onlooker, truth: dict[int, Verdict], results: list[dict[str, str]]) -> None:
    assert sorted(int(row["line"]) for row in results) == list(range(2, PEOPLE + 2))
    by_line = [outcome for _, (outcome, _) in sorted(truth.items())]
    assert [row["line"] for row in results if row["outcome"] not in (by_line[int(row["line"]) - 2], "timeout")] == []
    told = dict(onlooker.housing.execute("SELECT request_id, outcome FROM bus.verdict").fetchall())
    assert {row["request_id"]: row["outcome"] for row in results}.items() <= told.items(), "the clerk's file and the table differ"


def the_holder_was_asked_once_and_said_what_was_told(onlooker: Onlooker, of_file: set[str]) -> None:
    rows = onlooker.housing.execute("SELECT request_id, source_key::bigint > %s, outcome FROM bus.verdict", (onlooker.first,))
    told = {name: outcome for name, of_table, outcome in rows if of_table or name in of_file}
    asked = onlooker.on_topic("civil-affairs.question", "gov_data.ProofQuestion")
    assert {name: asked[name] for name in told} == dict.fromkeys(told, 1)
    codec, answers = Codec.load(records()), dict[str, set[str]]()
    for record in broker.scan(onlooker.home, "admin", ["civil-affairs.answer"]):
        data = codec.read("gov_data.ProofAnswer", record.value or b"")
        answers.setdefault(data["request_id"], set()).add(data["outcome"])
    assert [name for name, outcome in told.items() if answers[name] != {outcome} and outcome != "timeout"] == []


def claim(number: int, person: tuple[str, str, str, str]) -> Claim:
    id_no, name, status, spouse = person
    no = f"FS-2026-{number:07d}"
    row = (no, "proof-01", status, spouse or None, PURPOSE, BASIS, DAY, None)
    return Claim((no, name, id_no, OFFICER, MATTER), row, "", "recheck")


def kill(county: Instance, recheck: Recheck, name: str) -> None:
    if name == BATCH:
        recheck.kill()
        return
    deadline = time.monotonic() + 60
    while not (pid := county.supervisor.pid(name)):
        assert time.monotonic() < deadline, f"{name} does not come back"
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)


def until_quiet(onlooker: Onlooker) -> None:
    deadline = time.monotonic() + 120
    while onlooker.open_claims():
        assert time.monotonic() < deadline, f"{onlooker.open_claims()} rows have no verdict"
        time.sleep(0.5)
    while any(book["in_flight"] or book["difference"] for book in standing.ledger(onlooker.home)) and time.monotonic() < deadline:
        time.sleep(0.2)
