"""The main job: claims in housing's own tables become verdicts in the same database, and they are the truth."""

import json
import subprocess
import time
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from govbus.settings import Home
from local import demo
from local.instance import PROJECT, Instance
from local.parts import ensure
from local.places import shared
from monitoring import standing
from monitoring.trace import hops
from tests.live.whole.onlooker import Onlooker

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(400)]
REQUESTS = 1_000


@pytest.fixture(scope="module")
def done(county: Instance) -> Iterator[Onlooker]:
    """After one demo of 1,000 requests."""
    onlooker = Onlooker(county)
    demo.run(county, REQUESTS)
    yield onlooker
    onlooker.close()


def test_every_verdict_is_what_plain_sql_says(done: Onlooker) -> None:
    verdicts = done.verdicts()
    assert verdicts == done.truth()
    assert len(verdicts) == REQUESTS


def test_every_outcome_is_there_twenty_times(done: Onlooker) -> None:
    counts = Counter(outcome for outcome, _ in done.verdicts().values())
    outcomes = ("match", "match_variant", "mismatch", "no_record", "ambiguous", "refused", "timeout")
    assert all(counts[outcome] >= 20 for outcome in outcomes), counts


def test_every_refusal_has_a_reason_an_owner_and_words(done: Onlooker) -> None:
    silent = "outcome IN ('refused', 'timeout') AND (reason IS NULL OR owner IS NULL OR reason_text IS NULL)"
    assert done.one(f"SELECT count(*) FROM bus.verdict WHERE {silent}") == 0  # noqa: S608
    assert done.one("SELECT count(DISTINCT reason) FROM bus.verdict") >= 10


def test_conservation_holds(done: Onlooker) -> None:
    ledger = standing.ledger(done.home)
    assert sum(book["in"] for book in ledger) >= REQUESTS
    assert [book["difference"] for book in ledger] == [0] * len(ledger)
    assert sum(book["in_flight"] for book in ledger) == 0


def test_a_trace_shows_every_hop_in_order(done: Onlooker) -> None:
    asked = "SELECT request_id FROM bus.verdict WHERE holder = 'public-security' AND outcome = 'match' LIMIT 1"
    rows = hops(done.home, done.one(asked))
    assert [row["topic"] for row in rows] == ["housing.request", "public-security.question", "public-security.answer", "housing.verdict"]
    assert [row["ms"] for row in rows] == sorted(row["ms"] for row in rows)
    assert rows[-1]["outcome"] == "match"


def test_a_real_prometheus_scrapes_every_program(done: Onlooker) -> None:
    url = done.instance.prometheus_url
    assert url, "Debian's prometheus could not be had; apt-get install prometheus"
    query = 'sum by (outcome) (exchange_records_total{topic="housing.verdict",direction="out",program="housing.verdicts"})'
    found: dict[str, float] = {}
    deadline = time.monotonic() + 30
    while found.get("delivered", 0) < REQUESTS and time.monotonic() < deadline:
        rows = httpx.get(f"{url}/api/v1/query", params={"query": query}).json()["data"]["result"]
        found = {row["metric"]["outcome"]: float(row["value"][1]) for row in rows}
        time.sleep(0.5)
    assert found["delivered"] >= REQUESTS
    targets = httpx.get(f"{url}/api/v1/targets").json()["data"]["activeTargets"]
    assert {one["labels"]["program"]: one["health"] for one in targets} == dict.fromkeys(done.home.site.metrics, "up")


def test_promtool_finds_nothing_wrong_in_any_programs_metrics(done: Onlooker) -> None:
    promtool = ensure(PROJECT / ".govbus" / "parts", shared()).folder.glob("prometheus/**/promtool")
    binary = next(iter(promtool))
    for program, port in done.home.site.metrics.items():
        text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        checked = subprocess.run([binary, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stdout + checked.stderr) == (0, ""), program


def test_no_citizens_number_or_name_is_in_logs_metrics_or_command_output(done: Onlooker, county: Instance) -> None:
    people = done.housing.execute("SELECT applicant_id, applicant_name FROM application").fetchall()
    told = "".join(path.read_text(errors="replace") for path in (county.home / "logs").glob("*.log*"))
    told += "".join(httpx.get(f"http://127.0.0.1:{port}/metrics").text for port in Home(county.home).site.metrics.values())
    told += json.dumps([standing.ledger(done.home), standing.lag(done.home)])
    assert "Joined group" in told or "restored" in told, "the logs were really read"
    assert [number for number, _ in people if len(number) > 10 and number in told] == []
    assert [name for _, name in people if len(name) > 2 and name in told] == []
