"""Identifiers, names and dates: the vectors of the standards and the traps of real files, as data."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from govbus.identity import citizen_id, dates, disability_card, names, uscc
from govbus.identity.names import SameName

VECTORS = yaml.safe_load(Path(__file__).with_name("vectors.yaml").read_text(encoding="utf-8"))
CHECKS = {"citizen_id": citizen_id.fault, "uscc": uscc.fault, "disability_card": disability_card.fault}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind in CHECKS for text in VECTORS[kind]["valid"]])
def test_valid(kind: str, text: str) -> None:
    assert CHECKS[kind](text) is None


@pytest.mark.parametrize(("kind", "text", "why"), [(kind, text, why) for kind in CHECKS for text, why in VECTORS[kind]["invalid"].items()])
def test_invalid(kind: str, text: str, why: str) -> None:
    assert CHECKS[kind](text) == why


@pytest.mark.parametrize(("text", "full"), VECTORS["citizen_id"]["to_18"].items())
def test_15_to_18(text: str, full: str) -> None:
    assert citizen_id.to_18(text) == full


@pytest.mark.parametrize(("first8", "check"), VECTORS["org_code"].items())
def test_org_code(first8: str, check: str) -> None:
    assert uscc.org_check(first8) == check


@pytest.mark.parametrize(("one", "other", "found"), [(*pair, kind) for kind, pairs in VECTORS["names"].items() for pair in pairs])
def test_names(one: str, other: str, found: str) -> None:
    assert names.same(one, other) is names.same(other, one) is SameName[found.upper()]


@pytest.mark.parametrize(("text", "day"), VECTORS["dates"].items())
def test_dates(text: str, day: date | None) -> None:
    assert dates.read(text) == day


@pytest.mark.parametrize("text", ["长期", "无", "/", "9999-12-31", " 长 期 "])
def test_no_end_is_understood(text: str) -> None:
    assert dates.read_end(text) == (True, None)


def test_an_end_that_is_no_day_is_not_understood() -> None:
    assert dates.read_end("2026-02-30") == (False, None)
