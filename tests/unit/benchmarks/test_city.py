"""The page of the city's bench is made of its figures, and of nothing else; its people are nobody's."""

import json

from benchmarks.city import OUT
from benchmarks.city_page import page
from benchmarks.city_people import POOL, expected, number, tubes
from govbus.identity import citizen_id


def test_the_page_is_that_of_the_figures() -> None:
    told = json.loads((OUT / "city.json").read_text(encoding="utf-8"))
    assert (OUT / "city.md").read_text(encoding="utf-8") == page(told)


def test_everybody_is_in_one_tube_and_has_a_sound_number() -> None:
    people = 30_000
    members = [one for *_, text in tubes(people, 10**12) for one in text.split(";")]
    assert sorted(members) == sorted(map(number, range(people)))
    assert all(citizen_id.sound(each) and each.startswith("449999") for each in members)
    assert {len(text.split(";")) for *_, text in tubes(people, 10**12)} <= {1, POOL - 1, POOL}


def test_all_that_can_come_of_a_round_is_among_its_people() -> None:
    found = [expected(person, 30_000, 10**12, 20_000) for person in range(30_000)]
    assert {(each.level, each.sampled_at is None) for each in found} == {
        ("red", True), ("yellow", True), ("yellow", False), ("green", False), ("none", False),
    }  # fmt: skip
