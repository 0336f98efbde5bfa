"""A line of a laboratory's file: what it says of each member, and why it goes back."""

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.declaration import RoundSource, load_adapters
from adapters.rounds.tubes import Tube, Tubes
from adapters.rows import Row
from govbus.errors import Poison
from govbus.identity import citizen_id
from govbus.pseudonym import SubjectKeys
from local.departments.numbers import citizen_id as made

KEYS = SubjectKeys("5a" * 32)
NOW = int(datetime(2026, 11, 28, 12, tzinfo=UTC).timestamp() * 1000)
_SPEC = load_adapters()["health.rounds"].spec
assert isinstance(_SPEC, RoundSource)
READ = Tubes(_SPEC, KEYS, NOW)
ONE, TWO = made("449999", "19900307", 1), made("449999", "19850615", 222)


def tube(
    members: str = f"{ONE};{TWO}", result: str = "阴性", version: str = "1", at: str = "2026-11-28 08:30:00", name: str = "T1"
) -> Tube:
    return READ.read(Row(2, (name, at, result, version, members)), "round.csv:2")


def test_a_negative_tube_says_so_of_each_member() -> None:
    found = tube()
    assert [person for person, _ in found.results()] == [KEYS.key("111", ONE).decode(), KEYS.key("111", TWO).decode()]
    entries = [entry for _, entry in found.results()]
    assert [entry["place"] for entry in entries] == [1, 2]
    assert {(entry["result"], entry["pool_size"], entry["retracted"]) for entry in entries} == {("negative", 2, False)}
    assert entries[0]["sampled_at"] == int(datetime(2026, 11, 28, 0, 30, tzinfo=UTC).timestamp() * 1000)  # the clock on the wall is 吴川's
    assert not list(found.pools("440883000000"))


def test_a_positive_pool_says_of_nobody_that_he_is_positive() -> None:
    found = tube(result="阳性")
    assert not list(found.results())
    assert [(pool["action"], pool["version"]) for pool in found.pools("440883000000")] == [("positive", 1)] * 2


def test_a_corrected_pool_takes_back_what_it_said_before_whichever_it_was() -> None:
    cleared, found_out = tube(version="2"), tube(result="阳性", version="2")
    assert [pool["action"] for pool in cleared.pools("440883000000")] == ["withdrawn"] * 2
    assert [entry["retracted"] for _, entry in cleared.results()] == [False] * 2
    assert [pool["action"] for pool in found_out.pools("440883000000")] == ["positive"] * 2
    assert [entry["retracted"] for _, entry in found_out.results()] == [True] * 2


def test_a_positive_alone_is_a_positive() -> None:
    found = tube(members=ONE, result="阳性", version="2")
    assert [(entry["result"], entry["pool_size"]) for _, entry in found.results()] == [("positive", 1)]
    assert not list(found.pools("440883000000"))


def test_other_documents_name_their_type() -> None:
    (person, _), *_ = tube(members="414:E00000001").results()
    assert person == KEYS.key("414", "E00000001").decode()


def test_old_cards_and_full_width_are_the_same_person() -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in ONE)
    (narrow, _), *_ = tube(members=ONE).results()
    assert [person for person, _ in tube(members=wide).results()] == [narrow]
    assert [person for person, _ in tube(members=ONE[:6] + ONE[8:17]).results()] == [narrow]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"members": ""}, "BAD_ROW"), ({"members": f"{ONE};{ONE}"}, "BAD_ROW"), ({"members": ONE[:17] + "Y"}, "BAD_ID_FORM"),
        ({"members": ONE[:16] + str((int(ONE[16]) + 2) % 10) + ONE[17]}, "BAD_CHECK_DIGIT"), ({"members": "414:"}, "BAD_ID_FORM"),
        ({"result": "正常"}, "BAD_ROW"), ({"version": "0"}, "BAD_ROW"), ({"version": "x"}, "BAD_ROW"), ({"version": "65536"}, "BAD_ROW"),
        ({"name": ""}, "BAD_ROW"), ({"name": "T" * 21}, "BAD_ROW"), ({"name": "管"}, "BAD_ROW"), ({"at": "昨天"}, "BAD_DATE"),
        ({"at": "2026-11-28 20:00:01"}, "BAD_DATE"), ({"at": "2026-11-21 20:00:00"}, "TOO_OLD"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_count_goes_back_and_nothing_of_it_is_told(change: dict[str, str], reason: str) -> None:
    with pytest.raises(Poison, match=reason) as told:
        tube(**change)
    assert ONE not in str(told.value)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9))
def test_a_number_that_is_called_sound_is_without_fault_and_has_its_own_key(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    number = made("449999", f"{chance.randint(1795, 2030)}{chance.randint(0, 13):02d}{chance.randint(0, 32):02d}", chance.randrange(1000))
    if chance.random() < 0.5:
        place = chance.randrange(18)
        number = number[:place] + chance.choice("0123456789xX ３") + number[place + 1 :]
    sound = citizen_id.sound(number)
    assert sound == (citizen_id.fault(number) is None and citizen_id.normalise(number) == number and len(number) == 18)
    if sound:
        assert KEYS.resident(number).encode() == KEYS.key("111", number)
