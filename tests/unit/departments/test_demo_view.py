"""What a person sees of a running demo."""

import io

from rich.console import Console

from local.demo_view import Tally, say_report, shown

COUNTS = {("proof-01", "match"): 7, ("proof-01", "timeout"): 1, ("proof-17", "mismatch"): 2}


def test_a_standing_adds_up() -> None:
    tally = Tally(wanted=20, sent=12, counts=COUNTS)
    assert (tally.done, tally.in_flight) == (10, 2)
    assert tally.by_item() == {"proof-01": {"match": 7, "timeout": 1}, "proof-17": {"mismatch": 2}}


def test_a_terminal_gets_a_table_with_every_item_and_outcome() -> None:
    text = io.StringIO()
    with shown(20, Console(file=text, force_terminal=True, width=100)) as show:
        show(Tally(wanted=20, sent=12, counts=COUNTS))
    for word in ("proof-01", "proof-17", "mismatch", "timeout", "10 of 20 verdicts, 2 in flight"):
        assert word in text.getvalue()


def test_a_log_gets_a_line_now_and_then_and_one_at_the_end() -> None:
    text = io.StringIO()
    with shown(10, Console(file=text, width=200)) as show:
        for sent in range(11, 15):
            show(Tally(wanted=20, sent=sent, counts={("proof-01", "match"): 7}))
        show(Tally(wanted=10, sent=10, counts=COUNTS))
    lines = text.getvalue().splitlines()
    assert len(lines) == 2
    assert "10 of 10 verdicts, 0 in flight: match 7, mismatch 2, timeout 1" in lines[-1]


def test_the_report_says_why() -> None:
    refused = {
        "request_id": "0a1b",
        "application_no": "GZF-2026-0000001",
        "proof_item": "proof-01",
        "outcome": "refused",
        "mismatched_fields": [],
    }
    refused |= {"reason": "NO_PURPOSE", "reason_text": "state the purpose"}
    differs = {
        "request_id": "2c3d",
        "application_no": "GZF-2026-0000002",
        "proof_item": "proof-17",
        "outcome": "mismatch",
        "mismatched_fields": ["grade", "valid"],
    }
    differs |= {"reason": None, "holder": "disabled-federation", "as_of": "2026-06-30", "rule_version": "1"}
    text = io.StringIO()
    report = {
        "requests": 10,
        "seconds": 0.5,
        "verdicts": {"proof-01": {"match": 7}},
        "examples": [refused, differs],
        "urls": {"registry": "https://r"},
    }
    say_report(report, Console(file=text, width=200))
    assert "refused, NO_PURPOSE: state the purpose" in text.getvalue()
    assert "mismatch in grade, valid, says disabled-federation for 2026-06-30 by 1" in text.getvalue()
    assert "govbus trace 2c3d" in text.getvalue()
    assert "https://r" in text.getvalue()
