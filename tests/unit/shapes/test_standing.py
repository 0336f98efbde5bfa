"""The standing shape beside its golden cases: badges, appeals, readers, refusals, explanations, rule sets of other provinces."""

from typing import Any

import pytest

from agents.shapes import standing_badges
from agents.shapes.standing_explain import for_auditor, for_checkpoint, for_subject
from agents.shapes.standing_facts import Facts
from agents.standing_declaration import StandingExchange
from govbus.errors import Poison
from tests.unit.shapes.standing_world import CODEC, HEALTH, Bus, key_of, moment, records

NAMES = {"health": "市卫生健康局"}


@pytest.fixture
def bus() -> Bus:
    known = Bus()
    known.happen(moment("D1 00:00"), "person")
    return known


def badge(bus: Bus, name: str = "nucleic") -> tuple[str, int | None]:
    return next((each.value, each.as_of) for each in bus.view().badges if each.badge == name)


def test_the_nucleic_badge_ages_to_the_second_from_the_sample_and_each_step_is_told(bus: Bus) -> None:
    bus.happen(moment("D1 20:00"), "lab.result", sampled_at="D1 08:00", result="negative")
    for before, after, at in (("24h", "48h", "D2 08:00"), ("48h", "72h", "D3 08:00"), ("72h", "", "D4 08:00")):
        bus.pass_time(moment(at) - 1)
        assert badge(bus) == (before, moment("D1 08:00"))
        bus.pass_time(moment(at))
        assert badge(bus)[0] == after
    told = [(each["as_of"], each["change"], each["badges"][0]["value"]) for each in bus.told()][1:]
    assert told == [
        (moment("D1 20:00"), "record", "24h"), (moment("D2 08:00"), "time", "48h"), (moment("D3 08:00"), "time", "72h"),
        (moment("D4 08:00"), "time", ""),
    ]  # fmt: skip


def test_the_newest_sample_shows_whichever_comes_first(bus: Bus) -> None:
    bus.happen(moment("D2 09:00"), "lab.result", sample_id="S2", sampled_at="D2 08:00", result="negative")
    bus.happen(moment("D2 10:00"), "lab.result", sample_id="S1", sampled_at="D1 08:00", result="negative")
    assert badge(bus) == ("24h", moment("D2 08:00"))
    bus.happen(moment("D2 12:00"), "lab.result", sample_id="S3", sampled_at="D2 11:00", result="positive")
    assert badge(bus)[0] == "", "nobody is shown as tested negative beside a later positive"
    bus.happen(moment("D2 13:00"), "lab.result", sample_id="S4", sampled_at="D2 12:00", result="inconclusive")
    assert badge(bus)[0] == "", "an inconclusive result is none"


def test_vaccine_and_trip_are_fields_of_their_own_and_colour_nobody(bus: Bus) -> None:
    bus.happen(moment("D1 10:00"), "vaccination", dose_no=1, given_at="D-100 09:00")
    bus.happen(moment("D1 10:01"), "vaccination", dose_id="V2", dose_no=2, given_at="D-70 09:00")
    bus.happen(moment("D1 10:02"), "stay", area="440883107201", stay_from="D1 09:00")
    assert (badge(bus, "vaccine")[0], badge(bus, "trip")[0], bus.view().level) == ("2", "440883107201", "green")
    bus.happen(moment("D1 11:00"), "vaccination.correction", dose_id="V2", dose_no=2, given_at="D-70 09:00", action="withdrawn")
    bus.pass_time(moment("D15 09:00"))
    assert (badge(bus, "vaccine")[0], badge(bus, "trip")[0]) == ("1", "")


def test_a_silent_source_is_told_as_stale() -> None:
    nucleic, now = HEALTH.spec.badges[0], moment("D2 08:00")
    assert standing_badges.stale(nucleic, now - nucleic.fresh_for, now) is False
    assert standing_badges.stale(nucleic, now - nucleic.fresh_for - 1, now) is True
    assert standing_badges.stale(nucleic, None, now) is True, "never heard is not fresh"


@pytest.mark.parametrize("topic", ["health.lab-result", "health.lab-correction", "health.lab-round"])
def test_a_badge_is_as_fresh_as_the_freshest_of_its_sources(topic: str) -> None:
    nucleic = HEALTH.spec.badges[0]
    assert standing_badges.heard_ms(HEALTH, nucleic, {topic: 5, "health.vaccination": 9}) == 5
    assert standing_badges.heard_ms(HEALTH, nucleic, {topic: 5, "health.lab-identity-correction": 3}) == 5
    assert standing_badges.heard_ms(HEALTH, nucleic, {"health.vaccination": 9}) is None


def test_of_a_round_and_an_own_sample_the_newer_counts() -> None:
    bus, now = explained(), moment("D1 10:00")
    own = standing_badges.shown(HEALTH, facts_of(bus), now)
    assert own[0] == ("nucleic", "24h", moment("D1 08:10"))
    assert standing_badges.with_round(HEALTH, own, None, now) == own
    assert standing_badges.with_round(HEALTH, own, moment("D1 08:10"), now) == own, "of one time the person's own"
    assert standing_badges.with_round(HEALTH, own, moment("D-5 00:00"), now) == own
    newer = standing_badges.with_round(HEALTH, own, moment("D1 09:00"), now)
    assert newer == (("nucleic", "24h", moment("D1 09:00")), *own[1:])
    over = standing_badges.with_round(HEALTH, own, moment("D1 09:00"), moment("D4 09:00"))
    assert over[0] == ("nucleic", "", moment("D1 09:00"))
    assert "核酸：24h（2022-09-01 09:00:00，来源数据未及时更新）。" in for_subject(
        HEALTH, facts_of(bus), NAMES, {}, now, moment("D1 09:00")
    )


def notices(bus: Bus) -> list[dict[str, Any]]:
    return [dict(out.data) for _, _, out in bus.outputs if out.record == "gov_data.StandingNotice"]


def test_an_appeal_that_nobody_decides_is_told_once_when_its_working_days_are_over(bus: Bus) -> None:
    bus.happen(moment("D1 08:00"), "symptom", visited_at="D1 08:00")
    bus.happen(moment("D1 10:00"), "appeal", assertion_id="symptom:F1/fever-clinic", filed_at="D1 10:00")
    due = moment("D17 00:00")  # 1 September is a Thursday, the 12th a holiday (中秋): ten working days end on the 16th
    bus.pass_time(due - 1)
    assert notices(bus) == []
    bus.pass_time(due)
    assert [(each["about"], each["clock"], each["late_from"], each["tell"]) for each in notices(bus)] == [
        ("A1", "correction", due, ["gov-data"])
    ]
    bus.happen(due + 1, "lab.result", sampled_at="D16 08:00", result="negative")
    assert len(notices(bus)) == 1


def test_an_appeal_that_is_decided_in_time_is_no_alarm(bus: Bus) -> None:
    bus.happen(moment("D1 10:00"), "appeal", assertion_id="symptom:F1/fever-clinic", filed_at="D1 10:00")
    bus.happen(moment("D2 10:00"), "appeal.decision", assertion_id="symptom:F1/fever-clinic", outcome="rejected", decided_at="D2 10:00")
    bus.pass_time(moment("D60 00:00"))
    assert notices(bus) == []


def test_a_reversal_reaches_whoever_was_told_even_when_it_is_no_reader_any_more(bus: Bus) -> None:
    bus.happen(moment("D1 08:00"), "lab.result", sampled_at="D1 06:00", result="positive")
    fewer = Bus(HEALTH.model_copy(update={"spec": HEALTH.spec.model_copy(update={"readers": ("health.code-change",)})}))
    fewer.states = bus.states
    fewer.happen(moment("D1 11:00"), "lab.correction", sampled_at="D1 06:00", action="retracted")
    for topic in HEALTH.spec.readers:
        told = fewer.told(topic=topic)
        assert [(each["level"], each["replaces"], each["reversal"], each["revision"]) for each in told] == [("green", "red", True, 3)]
    stranger = fewer.told("B", "public-security.code-change")
    assert stranger == []


def test_suppressed_by_hand_for_two_days_then_back(bus: Bus) -> None:
    bus.happen(moment("D1 08:00"), "symptom", visited_at="D1 08:00")
    order = {
        "action": "suppress",
        "target": "symptom:F1/fever-clinic",
        "issued_at": "D1 09:00",
        "valid_from": "D1 09:00",
        "valid_to": "D3 09:00",
    }
    bus.happen(moment("D1 09:00"), "override", **order)
    assert [each["level"] for each in bus.told()] == ["green", "yellow", "green"]
    bus.pass_time(moment("D3 09:00"))
    assert (bus.told()[-1]["level"], bus.told()[-1]["as_of"], bus.told()[-1]["change"]) == ("yellow", moment("D3 09:00"), "time")


def test_what_the_rules_no_longer_let_anybody_suppress_counts_again(bus: Bus) -> None:
    bus.happen(moment("D1 08:00"), "symptom", visited_at="D1 08:00")
    order = {
        "action": "suppress",
        "target": "symptom:F1/fever-clinic",
        "issued_at": "D1 09:00",
        "valid_from": "D1 09:00",
        "valid_to": "D3 09:00",
    }
    bus.happen(moment("D1 09:00"), "override", **order)
    sets = [
        each.model_copy(update={"rules": tuple(rule.model_copy(update={"overridable": False}) for rule in each.rules)})
        for each in HEALTH.rules
    ]
    stricter = Bus(StandingExchange(meta=HEALTH.meta, spec=HEALTH.spec, rules=tuple(sets)))
    stricter.states, stricter.now_ms = bus.states, moment("D1 10:00")
    assert (bus.view().level, stricter.view().level) == ("green", "yellow")


@pytest.mark.parametrize(
    ("what", "fields", "reason"),
    [
        ("lab.result", {"sampled_at": "D1 06:00", "result": "阳性"}, "UNKNOWN_CODE"),
        ("lab.result", {"sampled_at": "D1 06:00", "result": "positive", "division": "990000000000"}, "NO_RULE"),
        ("contact.order", {"class": "close", "issued_at": "D-1500 06:00", "exposed_at": "D1 06:00"}, "NO_RULE"),
        ("lab.result", {"sampled_at": "D-100 06:00", "result": "positive"}, "TOO_OLD"),
        ("contact.order", {"class": "close", "issued_at": "D1 06:00", "exposed_at": "D1 06:00", "approver": ""}, "NO_ORDER"),
        ("contact.order", {"class": "close", "issued_at": "D1 06:00", "exposed_at": "D1 06:00", "approver": "cdc01 "}, "FOUR_EYES"),
        ("appeal", {"assertion_id": "F1", "filed_at": "D1 06:00"}, "UNKNOWN_ASSERTION"),
        ("appeal", {"assertion_id": "symptom:F1/no-such-rule", "filed_at": "D1 06:00"}, "UNKNOWN_ASSERTION"),
        ("person.link", {"target": "A", "linked_at": "D1 06:00"}, "BAD_KEY"),
        ("override", {"action": "suppress", "target": "symptom:F1/fever-clinic", "issued_at": "D1 06:00", "valid_from": "D1 06:00",
                      "valid_to": "D8 06:01"}, "NO_TIME_LIMIT"),
    ],
)  # fmt: skip
def test_refused(bus: Bus, what: str, fields: dict[str, Any], reason: str) -> None:
    before = dict(bus.states)
    with pytest.raises(Poison) as refused:
        bus.happen(moment("D1 10:00"), what, **fields)
    assert refused.value.reason.value == reason
    assert (bus.states, len(bus.told())) == (before, 1)
    assert key_of("A") not in str(refused.value)


def test_nobody_speaks_for_another_department_or_under_another_key(bus: Bus) -> None:
    (topic, key, data), *_ = records("lab.result", sampled_at="D1 06:00", result="positive")
    with pytest.raises(Poison, match="BAD_KEY"):
        bus.send(moment("D1 10:00"), topic, key_of("B").encode(), data)
    event = bus._envelope(moment("D1 10:00"), topic, key, data)._replace(source="/housing/test")
    with pytest.raises(Poison, match="SOURCE_MISMATCH"):
        bus.shapes[""].decide(None, event, event.recorded_ms)


def test_one_version_with_other_bytes_is_a_conflict(bus: Bus) -> None:
    bus.happen(moment("D1 08:00"), "lab.result", sampled_at="D1 06:00", result="positive")
    with pytest.raises(Poison, match="ID_CONFLICT"):
        bus.happen(moment("D1 09:00"), "lab.result", sampled_at="D1 06:00", result="negative")
    assert bus.view().level == "red"


def test_a_duplicate_at_the_very_millisecond_of_an_expiry_does_not_swallow_it(bus: Bus) -> None:
    bus.happen(moment("D1 08:00"), "symptom", visited_at="D1 08:00")
    bus.happen(moment("D15 08:00"), "symptom", visited_at="D1 08:00")
    assert [(each["level"], each["as_of"]) for each in bus.told()][-1] == ("green", moment("D15 08:00"))
    assert (bus.ignored, bus.told()[-1]["change"]) == (1, "time")


def test_two_keys_that_are_linked_both_ways_come_to_rest(bus: Bus) -> None:
    bus.happen(moment("D1 08:00"), "lab.result", who="passport", sampled_at="D1 06:00", result="positive")
    bus.happen(moment("D1 09:00"), "person.link", who="passport", target="A", linked_at="D1 09:00")
    bus.happen(moment("D1 10:00"), "person.link", who="A", link_id="L2", target="passport", linked_at="D1 10:00")
    assert len(bus.outputs) < 30


def test_an_old_positive_comes_along_when_persons_are_merged(bus: Bus) -> None:
    bus.happen(moment("D1 08:00"), "lab.result", who="passport", sampled_at="D1 06:00", result="positive")
    bus.happen(moment("D200 09:00"), "person.link", who="passport", target="A", linked_at="D200 09:00")
    assert bus.view().level == "red"


def test_what_is_over_for_long_is_forgotten_and_its_ghost_refused(bus: Bus) -> None:
    bus.happen(moment("D1 08:00"), "symptom", visited_at="D1 08:00")
    bus.happen(moment("D100 08:00"), "lab.result", sampled_at="D100 07:00", result="negative")
    assert set(bus.state()["facts"]) == {"person:P", "lab.result:S1"}
    with pytest.raises(Poison, match="TOO_OLD"):
        bus.happen(moment("D101 08:00"), "symptom", visited_at="D1 08:00")


def facts_of(bus: Bus) -> Facts:
    found: Facts = bus.state()["facts"]
    return found


def explained() -> Bus:
    bus = Bus()
    bus.happen(moment("D1 00:00"), "person")
    bus.happen(
        moment("D1 08:00"), "contact.order", **{"class": "close", "issued_at": "D1 08:00", "exposed_at": "D1 07:00", "until": "D8 07:00"}
    )
    bus.happen(moment("D1 08:30"), "symptom", visited_at="D1 08:00")
    bus.happen(moment("D1 09:00"), "lab.result", sampled_at="D1 08:10", result="negative")
    return bus


def test_the_person_is_told_colour_reasons_sources_times_rules_and_how_to_appeal() -> None:
    bus, now = explained(), moment("D1 10:00")
    lines = for_subject(HEALTH, facts_of(bus), NAMES, {"health.lab-result": now}, now)
    assert lines == [
        "健康码：红码（截至2022-09-01 10:00:00）。请按规则要求隔离，就医请走专用通道。",
        "依据1：密切接触（红码）。来源：市卫生健康局；自2022-09-01 07:00:00至2022-09-08 07:00:00。"
        "规则（gd-2022-06）：密切接触者为红码，隔离七天且第1、2、3、5、7天检测阴性后转绿。编号：contact.order:O1/contact-close。",
        "依据2：发热等症状（黄码）。来源：市卫生健康局；自2022-09-01 08:00:00至2022-09-15 08:00:00。"
        "规则（gd-2022-06）：发热门诊就诊者为黄码，三天两检阴性自动转绿。编号：symptom:F1/fever-clinic。",
        "核酸：24h（2022-09-01 08:10:00）。",
        "如有异议：可拨打12345，或在政务服务中心对该条依据提出申诉；受理后十个工作日内答复。",
    ]
    stale = for_subject(HEALTH, facts_of(bus), NAMES, {}, now)
    assert "核酸：24h（2022-09-01 08:10:00，来源数据未及时更新）。" in stale


def test_the_unknown_are_told_that_none_is_not_green() -> None:
    assert for_subject(HEALTH, {}, NAMES, {}, moment("D1 10:00")) == [
        "健康码：无码（截至2022-09-01 10:00:00）。尚无您的登记信息，不是绿码；请到人口信息登记处核对。"
    ]


def test_a_checkpoint_gets_colour_and_time_and_nothing_else() -> None:
    now = moment("D1 10:00")
    assert for_checkpoint(HEALTH, facts_of(explained()), now) == {"level": "red", "as_of": now}


def test_no_reason_reaches_a_reader() -> None:
    bus = explained()
    told = bus.told()[-1]
    assert set(told) == {
        "exchange", "level", "badges", "revision", "replaces", "reversal", "rule_versions", "as_of", "change", "cause", "decided_at",
    }  # fmt: skip
    assert not any(word in str(told) for word in ("contact", "symptom", "close", "fever", "isolation"))


def test_an_auditor_gets_everything_with_positions_and_history() -> None:
    bus = explained()
    bus.happen(moment("D1 12:00"), "contact.order", **{
        "class": "close", "issued_at": "D1 08:00", "exposed_at": "D1 07:00", "until": "D8 07:00", "version": 2, "action": "cancelled",
    })  # fmt: skip
    told = for_auditor(HEALTH, bus.state(), bus.now_ms)
    assert [(each["id"], each["state"], each["rule_version"], each["source"]) for each in told["assertions"]] == [
        ("symptom:F1/fever-clinic", "active", "gd-2022-06", "health"),
    ]
    assert told["assertions"][0]["position"].startswith("health.symptom-visit/0@")
    assert [each["fact"] for each in told["retracted"]] == ["contact.order:O1"]
    assert [(each["level"], each["assertions"]) for each in told["history"]] == [
        ("green", []),
        ("red", ["contact.order:O1/contact-close"]),
        ("red", ["contact.order:O1/contact-close", "symptom:F1/fever-clinic"]),
        ("yellow", ["symptom:F1/fever-clinic"]),
    ]


ELSEWHERE = [  # division, what happens on D1 08:00, then (moment, colour) each
    ("330106000000", "symptom", {"visited_at": "D1 08:00", "kind": "symptom"}, [("D1 09:00", "yellow"), ("D60 00:00", "yellow")]),
    ("440883000000", "symptom", {"visited_at": "D1 08:00", "kind": "symptom"}, [("D1 09:00", "green")]),
    ("320102000000", "symptom", {"visited_at": "D1 08:00", "kind": "symptom"}, [("D15 07:59:59", "yellow"), ("D15 08:00", "green")]),
    ("330106000000", "border.entry", {"entered_at": "D1 08:00"}, [("D15 07:59:59", "red"), ("D15 08:00", "green")]),
    ("410105000000", "border.entry", {"entered_at": "D1 08:00"}, [("D29 07:59:59", "red"), ("D29 08:00", "green")]),
    ("440883000000", "border.entry", {"entered_at": "D1 08:00"}, [("D8 07:59:59", "red"), ("D8 08:00", "green")]),
    ("450102000000", "border.entry", {"entered_at": "D1 08:00"}, [("D1 09:00", "green")]),
]


@pytest.mark.parametrize(("division", "what", "fields", "expected"), ELSEWHERE, ids=[f"{each[0][:2]} {each[1]}" for each in ELSEWHERE])
def test_the_rules_of_the_place_decide(bus: Bus, division: str, what: str, fields: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    bus.happen(moment("D1 08:00"), what, division=division, **fields)
    for at, level in expected:
        bus.pass_time(moment(at))
        assert bus.view().level == level


AREAS = [  # a stay from D1 to D2 in a high-risk area, by division: the colours at the ends of their days
    ("450102001000", [("D15 23:59:59", "red"), ("D16 00:00", "green")]),
    ("320102001000", [("D15 23:59:59", "red"), ("D16 00:00", "green")]),
    ("410105001000", [("D15 23:59:59", "red"), ("D16 00:00", "yellow"), ("D22 23:59:59", "yellow"), ("D23 00:00", "green")]),
    ("330106001000", [("D40 00:00", "yellow")]),
    ("440883107000", [("D8 23:59:59", "red"), ("D9 00:00", "green")]),
]


@pytest.mark.parametrize(("area", "expected"), AREAS, ids=[each[0] for each in AREAS])
def test_a_risk_area_by_five_rule_sets(bus: Bus, area: str, expected: list[tuple[str, str]]) -> None:
    bus.happen(moment("D2 06:00"), "stay.area", area=f"{area[:9]}201", kind="visit", stay_from="D1 00:00", stay_to="D2 00:00")
    bus.happen(
        moment("D2 08:00"), "region.risk", area=area, division=f"{area[:6]}000000", issued_at="D2 08:00", effective_back_to="D-12 00:00"
    )
    for at, level in expected:
        bus.pass_time(moment(at))
        assert bus.view().level == level, at


def test_henan_clears_an_entry_after_21_days_with_a_negative(bus: Bus) -> None:
    bus.happen(moment("D1 08:00"), "border.entry", division="410105000000", entered_at="D1 08:00")
    bus.happen(moment("D20 08:00"), "lab.result", sampled_at="D20 07:00", result="negative")
    bus.pass_time(moment("D22 08:00") - 1)
    assert bus.view().level == "red"
    bus.pass_time(moment("D22 08:00"))
    assert (bus.view().level, bus.told()[-1]["as_of"]) == ("green", moment("D22 08:00"))


def test_records_carry_no_number_of_a_person(bus: Bus) -> None:
    bus.happen(moment("D1 08:00"), "lab.result", sampled_at="D1 06:00", result="positive")
    for value in (*bus.states.values(), *(CODEC.encode(out.record, out.data) for _, _, out in bus.outputs)):
        assert b"449999199003070015" not in value
