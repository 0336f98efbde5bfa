"""The join of orders and presences: both orders of arrival, keys, wholes and parts of areas, what is forgotten."""

import pytest

from agents.shapes.encounter import Encounter
from govbus import buckets
from govbus.errors import Poison
from tests.unit.shapes.standing_world import HEALTH, KEYS, Bus, key_of, moment, records


def met(bus: Bus, who: str = "A") -> list[tuple[str, str]]:
    found = [(key, out) for _, key, out in bus.outputs if out.record == "gov_data.Encounter"]
    return [(out.data["action"], out.data["order"]) for key, out in found if key == key_of(who).encode()]


ORDER = {"issued_at": "D2 12:00", "window_from": "D1 09:00", "window_to": "D1 11:00"}


@pytest.mark.parametrize("order_first", [True, False])
def test_both_orders_of_arrival_meet_once(order_first: bool) -> None:
    bus = Bus()
    if order_first:
        bus.happen(moment("D2 12:00"), "place.order", **ORDER)
        bus.happen(moment("D2 15:00"), "place.scan", scanned_at="D1 10:30")
    else:
        bus.happen(moment("D1 10:31"), "place.scan", scanned_at="D1 10:30")
        bus.happen(moment("D2 12:00"), "place.order", **ORDER)
    assert met(bus) == [("met", "O1")]
    assert [each.start for each in bus.view().active] == [moment("D1 10:30")]


def test_a_window_over_three_hours_reaches_each_hour_and_its_edges() -> None:
    bus = Bus()
    bus.happen(moment("D1 12:00"), "place.order", **{**ORDER, "window_from": "D1 09:30", "window_to": "D1 11:00"})
    for number, at in enumerate(("D1 09:29:59", "D1 09:30:00", "D1 10:59:59", "D1 11:00:00", "D1 11:00:01")):
        bus.happen(moment("D1 13:00") + number, "place.scan", scan_id=f"K{number}", scanned_at=at)
    assert len(met(bus)) == 3


def test_several_orders_and_people_meet_pair_by_pair() -> None:
    bus = Bus()
    for place, who in enumerate(("A", "B", "A")):
        bus.happen(moment("D1 11:00") + place, "place.scan", who=who, scan_id=f"K{place}", scanned_at="D1 10:00")
    for place, number in enumerate(("O1", "O2")):
        bus.happen(moment("D2 12:00") + place, "place.order", **ORDER, order_no=number)
    assert sorted(met(bus)) == [("met", "O1")] * 2 + [("met", "O2")] * 2
    assert sorted(met(bus, "B")) == [("met", "O1"), ("met", "O2")]


def test_narrowing_tells_those_outside_and_leaves_the_others() -> None:
    bus = Bus()
    for who, village in (("A", "440883107201"), ("B", "440883107202")):
        bus.happen(moment("D1 08:00") + len(who + village), "stay.area", who=who, area=village, stay_from="D-300 00:00")
    order = {"issued_at": "D2 08:00", "effective_back_to": "D-12 08:00"}
    bus.happen(moment("D2 08:00"), "region.risk", area="440883107000", **order)
    bus.happen(moment("D3 08:00"), "region.risk", version=2, area="440883107201", **order)
    assert (met(bus), met(bus, "B")) == ([("met", "O1"), ("met", "O1")], [("met", "O1"), ("narrowed", "O1")])


def test_a_county_needs_confirmation_from_above_and_reaches_every_town() -> None:
    bus = Bus()
    for who, area in (("A", "440883107201"), ("B", "440883001201")):
        bus.happen(moment("D1 08:00") + len(met(bus)), "stay.area", who=who, area=area, stay_from="D-300 00:00")
    order = {"area": "440883000000", "towns": ["440883107", "440883001"], "issued_at": "D2 08:00", "effective_back_to": "D2 00:00"}
    with pytest.raises(Poison, match="WHOLE_AREA"):
        bus.happen(moment("D2 08:00"), "region.risk", **order)
    bus.happen(moment("D2 08:01"), "region.risk", confirmed_by="湛江市指挥部", **order)
    assert (met(bus), met(bus, "B")) == ([("met", "O1")], [("met", "O1")])


def test_the_key_is_that_of_place_and_bucket() -> None:
    bus = Bus()
    (topic, _, data), *_ = records("place.scan", scanned_at="D1 10:30")
    with pytest.raises(Poison, match="BAD_KEY"):
        bus.send(moment("D1 11:00"), topic, key_of("A").encode(), data)
    late = {**data, "bucket": str(int(data["bucket"]) + 1)}
    with pytest.raises(Poison, match="BAD_KEY"):
        bus.send(moment("D1 11:00"), topic, buckets.place_key(KEYS, data["place_code"], late["bucket"]), late)


def test_scans_are_gone_after_21_days_to_the_millisecond_and_come_too_late_then() -> None:
    bus = Bus()
    bus.happen(moment("D1 11:00"), "place.scan", scanned_at="D1 10:30")
    bus.pass_time(moment("D22 10:30") - 1)
    assert len(bus.states) == 1
    bus.pass_time(moment("D22 10:30"))
    assert bus.states == {}
    with pytest.raises(Poison, match="TOO_OLD"):
        bus.happen(moment("D22 10:31"), "place.scan", scanned_at="D1 10:30")


def test_what_was_met_stands_with_the_person_when_the_scan_is_forgotten() -> None:
    bus = Bus()
    bus.happen(moment("D1 11:00"), "place.scan", scanned_at="D1 10:30")
    bus.happen(moment("D2 12:00"), "place.order", **ORDER)
    bus.pass_time(moment("D30 00:00"))
    assert bus.view().level == "yellow"
    assert not any(shape == "place" for shape, _ in bus.states)


def test_a_later_version_counts_and_an_earlier_one_does_not() -> None:
    bus = Bus()
    bus.happen(moment("D1 11:00"), "place.scan", scanned_at="D1 10:30")
    bus.happen(moment("D2 12:00"), "place.order", **ORDER, version=2, action="cancelled")
    bus.happen(moment("D2 13:00"), "place.order", **ORDER)
    assert met(bus) == []


def test_one_version_with_other_bytes_is_a_conflict() -> None:
    bus = Bus()
    bus.happen(moment("D2 12:00"), "place.order", **ORDER)
    with pytest.raises(Poison, match="ID_CONFLICT"):
        bus.happen(moment("D2 13:00"), "place.order", **{**ORDER, "window_to": "D1 10:30"})


def test_buckets_cut_places_by_the_hour_and_towns_by_shards() -> None:
    assert list(buckets.hours(3_600_000, 7_200_000)) == ["1", "2"]
    assert buckets.shard("440883107201", "a3" + "0" * 30) == "440883107-a3"
    assert len(set(buckets.shards("440883107"))) == buckets.SHARDS == 256
    assert "440883107-a3" in set(buckets.shards("440883107"))
    assert buckets.place_key(KEYS, "CS1", "1") != buckets.place_key(KEYS, "CS1", "2")
    assert isinstance(Encounter(HEALTH, "place", KEYS), Encounter)


def test_a_stay_that_is_taken_back_releases_the_person() -> None:
    bus = Bus()
    bus.happen(moment("D1 08:00"), "stay.area", area="440883107201", stay_from="D-300 00:00")
    bus.happen(moment("D2 08:00"), "region.risk", area="440883107000", issued_at="D2 08:00", effective_back_to="D-12 08:00")
    bus.happen(moment("D2 09:00"), "stay.area", version=2, action="withdrawn", area="440883107201", stay_from="D-300 00:00")
    assert (met(bus), bus.view().level) == ([("met", "O1"), ("cancelled", "O1")], "none")
