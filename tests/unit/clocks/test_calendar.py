"""Working days: vectors from the notices, a table by other hands, an oracle that counts day by day, and years without a notice."""

from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from govbus.clocks.calendar import DAY_MS, FILE, Calendar, end_of, local_day
from govbus.errors import SetupError

VECTORS = yaml.safe_load(Path(__file__).with_name("vectors.yaml").read_text(encoding="utf-8"))
CALENDAR = Calendar.load()
ONE = timedelta(days=1)
DAYS = st.dates(date(2018, 6, 1), date(2029, 6, 30))


@pytest.mark.parametrize("vector", VECTORS["add"], ids=lambda vector: f"{vector['from']}+{vector['days']}")
def test_vectors_counted_by_hand(vector: dict[str, object]) -> None:
    assert CALENDAR.add(vector["from"], vector["days"]).value == vector["last"], vector["why"]  # type: ignore[arg-type]


@pytest.mark.parametrize("year", VECTORS["foreign"])
def test_each_day_of_each_year_is_as_in_a_table_by_other_hands(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
    signs = "".join("w" if CALENDAR.is_working(day).value else "-" for day in days)
    assert {"worked": signs.count("w"), "sha256": sha256(signs.encode()).hexdigest()[:16]} == VECTORS["foreign"][year]


def test_a_change_of_the_data_is_a_change_of_the_version() -> None:
    written = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    assert [written["version"], sha256(repr(written["notices"]).encode()).hexdigest()[:16]] == VECTORS["file"]


@given(DAYS, st.integers(1, 60))
def test_adding_is_counting_day_by_day(day: date, days: int) -> None:
    walked, counted = day, 0
    while counted < days:
        walked += ONE
        counted += CALENDAR.is_working(walked).value
    assert CALENDAR.add(day, days).value == walked


@given(DAYS, DAYS)
def test_between_is_counting_day_by_day(one: date, other: date) -> None:
    first, last = min(one, other), max(one, other)
    counted = sum(CALENDAR.is_working(first + n * ONE).value for n in range(1, (last - first).days + 1))
    assert CALENDAR.between(first, last).value == counted == -CALENDAR.between(last, first).value


@given(DAYS, st.integers(1, 60))
def test_adding_and_counting_agree(day: date, days: int) -> None:
    added = CALENDAR.add(day, days)
    assert CALENDAR.is_working(added.value).value
    assert CALENDAR.between(day, added.value).value == days
    assert CALENDAR.between(day, added.value).provisional == added.provisional


@given(DAYS, st.integers(0, 90))
def test_an_answer_is_provisional_when_one_of_its_days_is(day: date, days: int) -> None:
    until = day + days * ONE
    each = any(CALENDAR.is_working(day + n * ONE).provisional for n in range(1, days + 1))
    assert CALENDAR.between(day, until).provisional == each


@pytest.mark.parametrize(
    ("day", "provisional"),
    [
        (date(2018, 12, 24), True),  # no notice for 2018 in the file
        (date(2019, 1, 1), False),
        (date(2026, 12, 24), False),
        (date(2026, 12, 25), True),  # the notice for 2027 may name it, as that for 2019 named 29 December 2018
        (date(2027, 1, 1), True),
    ],
)
def test_a_day_is_provisional_until_its_notices_are_there(day: date, provisional: bool) -> None:
    assert CALENDAR.is_working(day).provisional is provisional


def test_what_was_not_yet_known_is_provisional_and_is_found_anew_when_the_notice_comes() -> None:
    before, after = Calendar.load(known=date(2024, 11, 11)), Calendar.load(known=date(2024, 11, 12))
    guess, known = before.add(date(2025, 1, 24), 7), after.add(date(2025, 1, 24), 7)
    assert (guess.value, guess.provisional) == (date(2025, 2, 4), True)
    assert (known.value, known.provisional) == (date(2025, 2, 10), False)
    assert guess.calendar != known.calendar


def test_a_later_notice_overrides_an_earlier_one() -> None:
    before, after = Calendar.load(known=date(2020, 1, 25)), Calendar.load(known=date(2020, 1, 26))
    assert before.is_working(date(2020, 2, 1)).value
    assert not after.is_working(date(2020, 2, 1)).value


def test_an_answer_is_not_taken_for_a_truth_value() -> None:
    with pytest.raises(TypeError, match=r"ask \.value"):
        bool(CALENDAR.is_working(date(2026, 10, 1)))


def test_a_term_has_a_day() -> None:
    with pytest.raises(ValueError, match="one working day at least"):
        CALENDAR.add(date(2026, 10, 1), 0)


def test_a_local_day_begins_at_16_utc() -> None:
    midnight = 1_790_784_000_000  # date --date=2026-09-30T16:00Z +%s
    assert [local_day(ms) for ms in (midnight - 1, midnight, midnight + DAY_MS - 1)] == [date(2026, 9, 30)] + [date(2026, 10, 1)] * 2
    assert [local_day(ms) for ms in (-1, 0, 57_600_000 - 1, 57_600_000)] == [date(1970, 1, 1)] * 3 + [date(1970, 1, 2)]


@given(st.dates(date(1992, 1, 1), date(2100, 1, 1)))
@example(date(1970, 1, 1))
def test_a_day_ends_where_the_next_begins(day: date) -> None:
    assert local_day(end_of(day) - 1) == day
    assert local_day(end_of(day)) == day + ONE


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("rest: [2025-01-01,", "rest: [2025-01-01, 2025-01-26,", "2025-01-26 is off and worked"),
        ("work: [2025-01-26,", "work: [2025-01-24,", "2025-01-24 is a weekday"),
        ("rest: [2025-01-01,", "rest: [2025-01-01, 2024-12-24,", "2024-12-24 is not of 2025"),
        ("2025-04-04/2025-04-06", "2025-04-06/2025-04-04", "from its first day to its last"),
        ("国办发明电〔2024〕12号", "国办发明电〔2023〕7号", "each once"),
        ("year: 2025", "jahr: 2025", "jahr"),
        ("issued: 2024-11-12", "issued: 2025-11-12", "in the order they were issued"),
    ],
)
def test_faults_of_the_file_are_told(tmp_path: Path, old: str, new: str, fault: str) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = tmp_path / "calendar.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(SetupError, match=fault):
        Calendar.load(path)
