"""The declared clocks: all of D4, each usable, and every fault of the file told at once."""

from pathlib import Path

import pytest

from govbus.clocks.calendar import Calendar
from govbus.clocks.clock import State, standing
from govbus.clocks.declared import FILE, load_clocks
from govbus.errors import SetupError
from tests.unit.clocks.events_of import events, ms

CLOCKS = load_clocks()
# Domain notes D4, row by row, written from the table and not from the file: number, extension, first letter of the unit.
LAW = {
    "catalogue-update": (10, 5, "w"),
    "catalogue-review": (2, 0, "w"),
    "share-answer-unconditional": (1, 0, "w"),
    "share-answer-conditional": (10, 10, "w"),
    "share-delivery": (20, 0, "w"),
    "correction": (10, 0, "w"),
    "permit-decision": (20, 10, "w"),
    "joint-permit-decision": (45, 15, "w"),
    "double-publicity": (7, 0, "w"),
    "infectious-report-2h": (2, 0, "h"),
    "infectious-report-24h": (24, 0, "h"),
    "birth-registration": (1, 0, "m"),
    "rural-death-registration": (1, 0, "m"),
    "real-estate-registration": (30, 0, "w"),
    "housing-fund-registration": (30, 0, "d"),
    "housing-fund-accounts": (20, 0, "d"),
    "divorce-cooling": (30, 0, "d"),
    "divorce-collection": (30, 0, "d"),
    "housing-fund-dispute": (5, 0, "d"),
}
SET_ELSEWHERE = {
    "after-check",
    "statement-hearing",
    "rectification",
    "proof-check",
    "assisted-check",
    "hotline-reply",
    "review-rectification",
    "supervised-task",
}


def test_all_clocks_of_the_law_are_there_and_no_others() -> None:
    terms = {name: clock.term for name, clock in CLOCKS.items() if clock.term}
    assert {name: (term.number(False), term.number(True) - term.number(False), term.length.unit[0]) for name, term in terms.items()} == LAW
    assert {name for name, clock in CLOCKS.items() if clock.set_by} == SET_ELSEWHERE
    assert {name: clock.times for name, clock in CLOCKS.items() if clock.times} == {"supplement-request": 1}


def test_only_permits_and_applications_can_be_paused() -> None:
    pausable = {name for name, clock in CLOCKS.items() if clock.term and clock.term.pauses}
    assert pausable == {"share-answer-unconditional", "share-answer-conditional", "permit-decision", "joint-permit-decision"}


def test_the_page_for_officers_says_the_same() -> None:
    page = FILE.parents[2].joinpath("docs", "clocks.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if line.startswith("| ")]
    told = {row[0].split()[0]: row for row in rows}
    units = {"working_days": "wd", "days": "d", "hours": "h", "months": "month"}
    for name, clock in CLOCKS.items():
        _, time, more, stops, *_ = told[name]
        if clock.term:
            assert " ".join(time.split()[:2]) == f"{clock.term.length.number} {units[clock.term.length.unit]}"
            assert more == (str(clock.term.extension.number) if clock.term.extension else "–")
            assert {"–": 0, "补正": 1, "all four": 4}[stops] == len(clock.term.pauses)


@pytest.mark.parametrize("name", LAW)
def test_each_runs_and_runs_out(name: str) -> None:
    term = CLOCKS[name].term
    assert term is not None
    found = standing(term, events("started 2026-03-02"), ms("2026-03-02"), Calendar.load())
    assert found is not None
    assert found.late_from is not None
    assert found.state is State.RUNNING
    after = standing(term, events("started 2026-03-02"), found.late_from, Calendar.load())
    assert after is not None
    assert after.state is State.OVERDUE


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    changes = {
        "number: 45": "number: 0",  # a length of nothing
        "extension: {number: 15, unit: working_days}": "extension: {number: 15, unit: days}",
        "id: correction": "id: share-delivery",  # twice
        "    owner: parties\n    expiry: [{do: lapse,": "    owner: nobody\n    expiry: [{do: lapse,",
        "{do: answer_timeout, to: handler}": "{do: grant, to: handler}",  # nothing is granted by silence
        "what: divorce-collection": "what: marriage",
        "    times: 1\n": "    times: 1\n    set_by: me\n",
        "  leader: {zh: 分管领导,": "  idle: {zh: 闲, en: idle}\n  leader: {zh: 分管领导,",
    }
    text = FILE.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = tmp_path / "declared.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SetupError) as caught:
        load_clocks(path)
    told = str(caught.value)
    for fault in (
        "clocks.joint-permit-decision.term.length.number",
        "clocks.share-delivery: the id is used twice",
        "clocks.divorce-collection: role nobody is not declared",
        "clocks.proof-check.expiry.0.do",
        "clocks.divorce-cooling: begins marriage, which is no clock",
        "clocks.supplement-request: Value error, a clock has exactly one of term, set_by, times",
        "roles.idle: no clock names it",
    ):
        assert fault in told


@pytest.mark.parametrize("text", ["- a\n", "version: '1'\nroles: {}\n", "a: [", "version: '1'\nroles: {}\nclocks: []\nmore: 1\n"])
def test_a_file_of_another_form_is_a_fault(tmp_path: Path, text: str) -> None:
    path = tmp_path / "declared.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SetupError, match=r"declared\.yaml"):
        load_clocks(path)
