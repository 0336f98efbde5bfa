"""Rounds of testing: a bucket of persons answers for the calm, and comes to what each result alone would have come to."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.standing_declaration import StandingExchange
from govbus import buckets
from govbus.errors import Poison
from tests.oracle.standing import DAY, HOUR, Happening
from tests.oracle.standing_histories import differing, history
from tests.unit.shapes.standing_world import HEALTH, ROUND, Bus, key_of, moment

SAMPLES = ("lab.result", "lab.correction")
READER, BADGES = "health.code-change", "health.code-badge"
LONG = HEALTH.model_copy(
    update={"spec": HEALTH.spec.model_copy(update={"round": HEALTH.spec.round.model_copy(update={"keep": 60 * DAY})})}  # type: ignore[union-attr]
)
LIMIT = settings(max_examples=40, deadline=None)


def entry(who: str = "A", **fields: Any) -> dict[str, Any]:
    given = {name: moment(value) if name == "sampled_at" and isinstance(value, str) else value for name, value in fields.items()}
    made = {"tube_id": "T1", "place": 1, "version": 1, "pool_size": 10, "result": "negative", "retracted": False}
    return {"person_key": key_of(who), **made, **given}


def results(bus: Bus, at_ms: int, *entries: dict[str, Any]) -> None:
    """One record for each bucket."""
    for bucket in sorted({buckets.crowd(each["person_key"]) for each in entries}):
        found = [each for each in entries if buckets.crowd(each["person_key"]) == bucket]
        data = {"bucket": bucket, "division": "440883000000", "results": found}
        bus.send(at_ms, "health.lab-round", buckets.crowd_key(bucket), data)


def shown(bus: Bus, who: str = "A") -> int | None:
    """The nucleic badge as a reader puts it together: when the sample was taken, and only for 72 hours."""
    bulk, own, value = None, None, ""
    for _, key, out in bus.outputs:
        if out.topic == BADGES:
            bulk = next((each["as_of"] for each in out.data["persons"] if each["person_key"] == key_of(who)), bulk)
        if out.topic == READER and key == key_of(who).encode():
            own, value = next((one["as_of"], one["value"]) for one in out.data["badges"] if one["badge"] == "nucleic")
    found = bulk if own is None or (bulk is not None and bulk > own) else own if value else None
    return found if found is not None and bus.now_ms < found + 3 * DAY else None


def as_round(happenings: list[Happening], chance: random.Random) -> list[Happening]:
    """The same history, but samples come by rounds; each with some chance alone, as from a hospital."""
    alone = {(h["sample_id"], h["version"]): chance.random() < 0.1 for h in happenings if h["what"] in SAMPLES}
    return [{**h, "what": ROUND} if h["what"] in SAMPLES and not alone[h["sample_id"], h["version"]] else h for h in happenings]


class Mixed(Bus):
    """A bus that takes both kinds of samples."""

    def __init__(self, exchange: StandingExchange = LONG) -> None:
        super().__init__(exchange)

    def happen(self, at_ms: int, what: str, who: str = "A", **fields: Any) -> None:
        sample = str(fields.get("sample_id", ""))
        if what in (ROUND, *SAMPLES):  # a round's sample is named by its tube and place
            fields = {**fields, "sample_id": f"{sample}-1", "tube_id": sample}
        if what != ROUND:
            super().happen(at_ms, what, who, **fields)
            return
        retracted = fields.get("action") == "retracted"
        kept = {name: fields[name] for name in ("tube_id", "version", "sampled_at", "result", "pool_size") if name in fields}
        results(self, at_ms, entry(who, retracted=retracted, **kept))


histories = st.integers(0, 10**9).map(lambda seed: (seed, history(random.Random(seed))))  # noqa: S311


@LIMIT
@given(histories)
def test_rounds_come_to_the_same_colours_as_single_results(found: tuple[int, list[Happening]]) -> None:
    seed, happenings = found
    chance = random.Random(seed)  # noqa: S311
    assert differing(as_round(happenings, chance), Mixed, happenings) == ""


@LIMIT
@given(histories)
def test_rounds_come_to_the_same_badges_as_single_results(found: tuple[int, list[Happening]]) -> None:
    seed, happenings = found
    if seed % 2:  # somebody of whom only the laboratories ever speak, and so the bucket alone
        happenings = [h for h in happenings if h["what"] in ("person", *SAMPLES) and h.get("result") != "positive"]
    single, mixed = Mixed(), Mixed()
    for h, other in zip(happenings, as_round(happenings, random.Random(seed)), strict=True):  # noqa: S311
        for bus, one in ((single, h), (mixed, other)):
            bus.happen(one["known"], **{name: value for name, value in one.items() if name != "known"})
            bus.pass_time(one["known"])
        assert shown(mixed) == shown(single)
    if not seed % 2:
        assert mixed.view().level == single.view().level or not mixed.state()["facts"]


def told(bus: Bus, who: str = "A") -> list[tuple[int | None, bool]]:
    """What one reader was told of a person by buckets."""
    found = [each for _, _, out in bus.outputs if out.topic == BADGES for each in out.data["persons"] if each["person_key"] == key_of(who)]
    return [(each["as_of"], each["apart"]) for each in found]


def alone(bus: Bus, who: str = "A") -> list[str]:
    """Samples of a person that were passed on."""
    return [out.data["sample_id"] for _, key, out in bus.outputs if out.topic == "bus.round-result" and key == key_of(who).encode()]


def test_a_negative_moves_a_badge_and_nothing_else() -> None:
    bus, at = Bus(), moment("D2 12:00")
    results(bus, at, entry(sampled_at="D2 08:00"), entry("B", place=2, sampled_at="D2 08:00"))
    assert told(bus) == told(bus, "B") == [(moment("D2 08:00"), False)]
    results(bus, at + HOUR, entry(sampled_at="D2 08:00"))  # the file was sent again
    results(bus, at + HOUR, entry(tube_id="T0", sampled_at="D1 08:00"))  # a late one of yesterday
    assert told(bus) == [(moment("D2 08:00"), False)]
    assert bus.ignored == 1
    assert (alone(bus), bus.told()) == ([], [])


def test_every_reader_is_told_the_same() -> None:
    bus = Bus()
    results(bus, moment("D2 12:00"), entry(sampled_at="D2 08:00"))
    by_topic = {out.topic: out.data for _, _, out in bus.outputs}
    assert set(by_topic) == {f"{each}.code-badge" for each in ("health", "public-security", "service-center")}
    assert len({str(data) for data in by_topic.values()}) == 1


def test_a_result_taken_back_leaves_the_one_before() -> None:
    bus = Bus()
    results(bus, moment("D1 12:00"), entry(tube_id="T1", sampled_at="D1 08:00"))
    results(bus, moment("D2 12:00"), entry(tube_id="T2", sampled_at="D2 08:00"))
    results(bus, moment("D2 13:00"), entry(tube_id="T2", sampled_at="D2 08:00", version=2, retracted=True))
    results(bus, moment("D2 14:00"), entry(tube_id="T1", sampled_at="D1 08:00", version=2, retracted=True))
    assert [at for at, _ in told(bus)] == [moment("D1 08:00"), moment("D2 08:00"), moment("D1 08:00"), None]


def test_a_positive_goes_to_its_person_with_all_that_is_held() -> None:
    bus = Bus()
    bus.happen(moment("D1 00:00"), "person")
    results(bus, moment("D1 12:00"), entry(tube_id="T1", sampled_at="D1 08:00"))
    results(bus, moment("D2 12:00"), entry(tube_id="T2", pool_size=1, sampled_at="D2 08:00", result="positive"))
    assert alone(bus) == ["T1-1", "T2-1"]
    assert bus.told()[-1]["level"] == "red"
    assert told(bus)[-1] == (None, True)
    assert shown(bus) is None
    results(bus, moment("D3 12:00"), entry(tube_id="T3", pool_size=1, sampled_at="D3 08:00"))
    assert alone(bus)[-1] == "T3-1"
    assert (bus.told()[-1]["level"], shown(bus)) == ("red", moment("D3 08:00"))


def test_a_negative_of_before_counts_for_a_release_that_is_asked_for_later() -> None:
    bus = Bus()
    bus.happen(moment("D1 00:00"), "person")
    results(bus, moment("D2 12:00"), entry(tube_id="T1", sampled_at="D2 08:00"))
    order: dict[str, Any] = {"order_no": "C1", "class": "time_place", "issued_at": "D2 20:00", "exposed_at": "D2 07:00"}
    bus.happen(moment("D2 20:00"), "contact.order", **order)
    assert bus.told()[-1]["level"] == "yellow"
    results(bus, moment("D3 12:00"), entry(tube_id="T2", sampled_at="D3 08:00"))  # 24 hours later: two in three days
    assert bus.told()[-1]["level"] == "green"


def test_one_version_with_two_contents_is_refused_as_it_would_be_alone() -> None:
    bus = Bus()
    results(bus, moment("D2 12:00"), entry(sampled_at="D2 08:00"))
    with pytest.raises(Poison, match="ID_CONFLICT"):
        results(bus, moment("D2 13:00"), entry(sampled_at="D2 09:00"))
    assert alone(bus) == ["T1-1", "T1-1"]


def test_a_source_whose_clock_is_ahead_is_judged_by_the_persons_own_standing() -> None:
    bus = Bus()
    results(bus, moment("D2 12:00"), entry(sampled_at="D2 18:00"))
    assert alone(bus) == ["T1-1"]
    assert shown(bus) == moment("D2 12:00")  # what seems to happen after it was known happened when it was known


def test_what_is_old_is_forgotten_and_the_state_with_it() -> None:
    bus = Bus()
    results(bus, moment("D2 12:00"), entry(sampled_at="D2 08:00"))
    assert bus.states
    bus.pass_time(moment("D9 08:00"))
    assert not bus.states
    results(bus, moment("D10 12:00"), entry(sampled_at="D2 08:00", tube_id="T9"))
    assert len(told(bus)) == 1
    assert not bus.states


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"tube_id": "T" * 21}, "BAD_ROW"), ({"tube_id": "管1"}, "BAD_ROW"), ({"version": 70_000}, "BAD_ROW"), ({"place": 256}, "BAD_ROW"),
        ({"result": "4"}, "UNKNOWN_CODE"), ({"person_key": "zz" * 16}, "BAD_ROW"), ({"sampled_at": -1}, "BAD_ROW"),
    ],
)  # fmt: skip
def test_a_record_with_a_result_that_cannot_be_held_is_refused_whole(change: dict[str, Any], reason: str) -> None:
    bus, good = Bus(), entry(sampled_at="D2 08:00")
    bucket = buckets.crowd(good["person_key"])
    data = {"bucket": bucket, "division": "440883000000", "results": [good, {**good, **change}]}
    with pytest.raises(Poison, match=reason):
        bus.send(moment("D2 12:00"), "health.lab-round", buckets.crowd_key(bucket), data)
    assert not bus.states


def test_a_person_or_a_record_in_another_bucket_is_refused() -> None:
    data = {"bucket": "3ff", "division": "440883000000", "results": [entry(sampled_at="D2 08:00")]}
    for key in (buckets.crowd_key("3ff"), buckets.crowd_key("000")):
        with pytest.raises(Poison, match="BAD_KEY"):
            Bus().send(moment("D2 12:00"), "health.lab-round", key, data)


def test_when_the_standing_has_forgotten_the_bucket_answers_again() -> None:
    bus = Bus()
    bus.happen(moment("D1 00:00"), "person")
    order: dict[str, Any] = {
        "order_no": "C1",
        "class": "time_place",
        "issued_at": "D1 08:00",
        "exposed_at": "D1 08:00",
        "action": "cancelled",
    }
    bus.happen(moment("D1 09:00"), "contact.order", **order)
    assert told(bus) == [(None, True)]
    bus.happen(moment("D120 09:00"), "vaccination", dose_no=1, given_at="D120 08:00")  # anything: it looks what it still needs
    results(bus, moment("D120 12:00"), entry(sampled_at="D120 08:00"))
    assert told(bus)[-1] == (moment("D120 08:00"), False)
    assert alone(bus) == []
