"""What must hold for every identifier and name, not only for the vectors."""

from datetime import date

from hypothesis import example, given
from hypothesis import strategies as st

from govbus.identity import citizen_id, names
from govbus.identity.names import SameName
from govbus.identity.text import tidy
from govbus.pseudonym import SubjectKeys

DAYS = st.dates(date(1900, 1, 1), date(2030, 12, 31))
KEYS = SubjectKeys("00" * 32)


@st.composite
def ids(draw: st.DrawFn, days: st.SearchStrategy[date] = DAYS) -> str:
    first17 = f"449999{draw(days):%Y%m%d}{draw(st.integers(0, 995)):03d}"
    return first17 + citizen_id.check_digit(first17)


@given(ids())
def test_a_right_number_has_no_fault_in_any_of_its_forms(number: str) -> None:
    wide = number.translate({ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789X"})
    for form in (number, number.lower(), wide, f" {number}\u3000", *citizen_id.forms(number)):
        assert citizen_id.fault(form) is None


@given(ids(), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_any_single_wrong_sign_is_found(number: str, place: int, sign: str) -> None:
    wrong = number[:place] + sign + number[place + 1 :]
    assert (citizen_id.fault(wrong) is None) == (wrong == number)


@given(ids(st.dates(date(1900, 1, 1), date(1999, 12, 31))))
def test_old_and_new_form_are_one_person(number: str) -> None:
    old = citizen_id.forms(number)[-1]
    assert len(old) == 15
    assert citizen_id.to_18(old) == number
    assert KEYS.key("111", old) == KEYS.key("111", number)


@given(ids(), ids())
def test_keys_tell_people_apart_and_tell_nothing_else(one: str, other: str) -> None:
    assert (KEYS.key("111", one) == KEYS.key("111", other)) == (one == other)
    assert KEYS.key("111", one) != KEYS.key("414", one)
    assert KEYS.key("111", one) != SubjectKeys("01" * 32).key("111", one)
    assert one.encode() not in KEYS.key("111", one)


@given(st.text())
@example("R¸")
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)
    assert names.normalise(names.normalise(text)) == names.normalise(text)
    assert citizen_id.normalise(citizen_id.normalise(text)) == citizen_id.normalise(text)


@given(st.text(max_size=30))
def test_no_text_whatever_raises(text: str) -> None:
    citizen_id.fault(text)
    citizen_id.to_18(text)
    KEYS.key("111", text)


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=6), st.text(max_size=6))
def test_same_name_is_symmetric_and_reflexive(one: str, other: str) -> None:
    assert names.same(one, one) is SameName.EQUAL
    assert names.same(one, other) is names.same(other, one)
