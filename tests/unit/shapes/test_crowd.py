"""Rounds of testing: a bucket of persons answers for the calm, and comes to what each result alone would have come to."""

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.standing_declaration import StandingExchange
from govbus import buckets
from tests.oracle.standing import DAY, Happening
from tests.oracle.standing_histories import differing, history
from tests.unit.shapes.standing_world import HEALTH, ROUND, Bus, key_of, moment

SAMPLES = ("lab.result", "lab.correction")
READER, BADGES = "health.code-change", "health.code-badge"
LONG = HEALTH.model_copy(
    update={"spec": HEALTH.spec.model_copy(update={"round": HEALTH.spec.round.model_copy(update={"keep": 60 * DAY})})}  # type: ignore[union-attr]
)
LIMIT = settings(max_examples=80, deadline=None)


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
    single, mixed = Mixed(), Mixed()
    for h, other in zip(happenings, as_round(happenings, random.Random(seed)), strict=True):  # noqa: S311
        for bus, one in ((single, h), (mixed, other)):
            bus.happen(one["known"], **{name: value for name, value in one.items() if name != "known"})
            bus.pass_time(one["known"])
        assert shown(mixed) == shown(single)
    assert mixed.view().level == single.view().level or not mixed.state()["facts"]
