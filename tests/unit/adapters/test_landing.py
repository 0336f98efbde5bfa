"""A row of a nightly file on its way to the bus: whose it is, and which of several is the newest."""

from datetime import date
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.declaration import FileSource, load_adapters
from adapters.landing import Landing
from adapters.rows import Row
from govbus.envelope import Envelope
from govbus.errors import Poison
from govbus.pseudonym import SubjectKeys
from govbus.reasons import Reason
from schemas.codec import Codec
from topics.load import load

SPEC = cast("FileSource", load_adapters()["disabled-federation.disability"].spec)
CODEC, KEYS = Codec.load(load().records), SubjectKeys("5a" * 32)
LANDING = Landing("disabled-federation", SPEC, CODEC, KEYS)
ID = "449999199003070015"
DAYS = st.dates(date(2000, 1, 1), date(2026, 11, 23))
PLACES = st.tuples(DAYS, DAYS, st.integers(2, 9_999_999))


def landed(card: str = ID + "42", updated: str = "20260102", night: str = "20261121", line: int = 2) -> Envelope:
    return LANDING.envelope(Row(line, (card, "叶安", "4", "2", "2020-01-31", "长期", "有效", updated)), f"disability-{night}.csv")


def version(sent: Envelope) -> str:
    return str(CODEC.read(SPEC.record, sent.value, sent.place)["version"])


@given(st.lists(PLACES, min_size=1, max_size=8, unique=True))
def test_the_newest_has_the_highest_version(places: list[tuple[date, date, int]]) -> None:
    """By the day of the change, then the night, then the line."""
    made = {place: version(landed(updated=str(place[0]), night=f"{place[1]:%Y%m%d}", line=place[2])) for place in places}
    assert max(made, key=made.__getitem__) == max(places)


def test_every_certificate_of_a_person_has_the_persons_key() -> None:
    keys = {landed(card).key for card in (ID + "42", ID + "41", ID + "42B1", "４４９９９９１９９００３０７００１５４２")}
    assert keys == {KEYS.key("111", ID)}


def test_a_row_read_again_is_the_same_record_and_another_line_is_another() -> None:
    assert landed() == landed()
    assert landed(line=3).id != landed().id


def test_a_wrong_number_names_file_and_line_and_not_the_number() -> None:
    wrong = "449999199003070016" + "42"
    with pytest.raises(Poison) as caught:
        landed(wrong, line=7)
    assert caught.value.reason is Reason.BAD_CHECK_DIGIT
    assert "disability-20261121.csv:7" in str(caught.value)
    assert wrong not in str(caught.value)
