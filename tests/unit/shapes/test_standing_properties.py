"""What holds for every history: order, repetition, retraction, precedence, explanation; and an oracle without the shapes' code."""

import random
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.declaration import ROOM
from agents.shapes.standing_view import view
from agents.standing_declaration import StandingExchange
from agents.standing_rules import RuleSet
from tests.oracle.standing import DAY, Happening, colour
from tests.oracle.standing_histories import differing, history, play
from tests.unit.shapes.standing_world import HEALTH, Bus

histories = st.integers(0, 10**9).map(lambda seed: history(random.Random(seed)))  # noqa: S311 - a history, not a secret
SLOW = settings(max_examples=60, deadline=None)


def fields(h: Happening) -> dict[str, Any]:
    return {name: value for name, value in h.items() if name != "known"}


def arrive(happenings: list[Happening], start: int, exchange: StandingExchange = HEALTH) -> Bus:
    """All of it, one millisecond after the other, but for presences and orders that nobody would keep for so long."""
    bus = Bus(exchange)
    ends = ("stay_to", "scanned_at", "effective_to", "window_to")
    for place, h in enumerate(h for h in happenings if min(h.get(end) or start for end in ends) > start - 20 * DAY):
        bus.happen(start + place, **fields(h))
    bus.pass_time(start + len(happenings))
    return bus


@SLOW
@given(histories, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(happenings: list[Happening], chance: random.Random) -> None:
    start = max(h["known"] for h in happenings) + DAY
    one, other = arrive(happenings, start), arrive(chance.sample(happenings, len(happenings)), start)
    ids = [(each.id, each.start, each.end, each.state(other.now_ms)) for each in other.view().assertions]
    assert [(each.id, each.start, each.end, each.state(one.now_ms)) for each in one.view().assertions] == ids
    assert (one.view().level, one.view().badges, one.view().next_ms) == (other.view().level, other.view().badges, other.view().next_ms)


@SLOW
@given(histories)
def test_what_comes_twice_is_told_once(happenings: list[Happening]) -> None:
    start = max(h["known"] for h in happenings) + DAY
    once, twice = arrive(happenings, start), arrive([*happenings, *happenings], start)
    assert [each["level"] for each in once.told()] == [each["level"] for each in twice.told()]
    assert once.view().level == twice.view().level
    assert twice.ignored >= once.ignored


TAKEN_BACK = {
    "lab.result": ("lab.correction", "retracted"), "lab.correction": ("lab.correction", "retracted"), "pool.positive": ("", "withdrawn"),
    "contact.order": ("", "cancelled"), "quarantine": ("", "withdrawn"), "symptom": ("", "withdrawn"), "border.entry": ("", "withdrawn"),
    "override": ("", "withdrawn"), "place.order": ("", "cancelled"), "region.risk": ("", "lifted"),
}  # fmt: skip


IDS = ("sample_id", "tube_id", "order_no", "visit_id", "entry_id", "order_id")


@SLOW
@given(histories)
def test_what_is_taken_back_leaves_nothing_but_history(happenings: list[Happening]) -> None:
    start = max(h["known"] for h in happenings) + DAY
    back: dict[tuple[str, str], Happening] = {}
    for h in happenings:
        if h["what"] in TAKEN_BACK:
            what, action = TAKEN_BACK[h["what"]]
            taken = {**h, "what": what or h["what"], "version": 9, "action": action}
            back[taken["what"], str(next(h[name] for name in IDS if name in h))] = taken
    bus = arrive([*happenings, *back.values()], start)
    known = any(h["what"] == "person" for h in happenings)
    assert (bus.view().level, bus.view().assertions) == ("green" if known else "none", ())
    assert bus.view().badges[0].value == ""
    told = bus.told()
    assert [each["level"] for each in bus.state()["history"]] == [each["level"] for each in told][-100:]


@SLOW
@given(histories)
def test_never_better_than_the_worst_reason_and_the_reasons_explain_it(happenings: list[Happening]) -> None:
    bus = play(happenings)
    facts = bus.state()["facts"]
    for now_ms in sorted({at for at, _, _ in bus.outputs}):
        found = view(HEALTH, facts, now_ms)
        rank = HEALTH.spec.rank
        assert rank[found.level] >= max((rank[each.level] for each in found.active), default=0)
        named = {each.fact["place"] for each in found.active}
        rest = {name: fact for name, fact in facts.items() if fact["place"] not in named}
        assert view(HEALTH, rest, now_ms).level == ("green" if found.known else "none"), "without what is listed, nothing is left"


@settings(max_examples=200, deadline=None)
@given(histories)
def test_the_oracle_agrees(happenings: list[Happening]) -> None:
    assert differing(happenings) == ""


def test_the_oracle_is_no_yes_man() -> None:
    positive = {"what": "lab.result", "sample_id": "S", "version": 1, "sampled_at": DAY * 19_300, "result": "positive", "pool_size": 1}
    known = {"what": "person", "known": DAY * 19_300}
    assert colour([], DAY * 19_301) == "none"
    assert colour([known], DAY * 19_301) == "green"
    assert colour([known, {**positive, "known": DAY * 19_300}], DAY * 19_301) == "red"


RENAMED = {"none": "unbekannt", "green": "ruhig", "yellow": "achtung", "red": "gefahr"}


def renamed(exchange: StandingExchange) -> StandingExchange:
    data = yaml.safe_load((ROOM / "exchanges" / "health-code.yaml").read_text(encoding="utf-8"))
    for level in (data["spec"]["unknown"], data["spec"]["base"], *data["spec"]["worse"]):
        level["id"] = RENAMED[level["id"]]
    rules = [each.model_dump(mode="json") for each in exchange.rules]
    for rule in (rule for each in rules for rule in each["rules"]):
        rule["level"] = RENAMED[rule["level"]]
        for release in (rule, *rule["release"], *(one["tests"] for one in rule["release"] if one["tests"])):
            for field in ("delay", "lasts", "after", "apart", "within"):
                if field in release:
                    release[field] = f"{release[field] // 1000}s"
    return StandingExchange.model_validate({**data, "rules": [RuleSet.model_validate(each) for each in rules]})


OTHER = renamed(HEALTH)


@settings(max_examples=30, deadline=None)
@given(histories)
def test_the_shape_knows_no_level_by_name(happenings: list[Happening]) -> None:
    start = max(h["known"] for h in happenings) + DAY
    plain = [h for h in happenings if h["what"] != "override"]
    if plain:
        told = [RENAMED[each["level"]] for each in arrive(plain, start).told()]
        assert [each["level"] for each in arrive(plain, start, OTHER).told()] == told
