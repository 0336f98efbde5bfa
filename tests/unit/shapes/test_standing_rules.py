"""Rule sets and the exchange as data: which set judges what, several at once by place and date; all faults are told together."""

import shutil
from pathlib import Path

import pytest
import yaml

from agents.declaration import ROOM
from agents.loading import load_exchanges
from agents.standing_rules import RuleSet, in_force, widest_first
from govbus.errors import SetupError
from schemas import release
from tests.unit.shapes.standing_world import HEALTH, moment
from topics.load import load

WUCHUAN, NANNING, HANGZHOU = "440883107201", "450102001000", "330106000000"


def judge(division: str, at: str, now: str = "D900 00:00") -> str:
    found = in_force(widest_first(HEALTH.rules), division, moment(at), moment(now))
    return found.version if found else ""


@pytest.mark.parametrize(
    ("division", "at", "now", "version"),
    [  # D1 is 1 September 2022; the 70th day before the 11th of November
        (WUCHUAN, "D1 00:00", "D1 00:00", "gd-2022-06"),
        (WUCHUAN, "D-200 00:00", "D1 00:00", "gd-2021-05"),
        (WUCHUAN, "D-900 00:00", "D1 00:00", "gd-2020-02"),
        (WUCHUAN, "D-1000 00:00", "D1 00:00", ""),
        (NANNING, "D1 00:00", "D1 00:00", "gx-2022-02"),
        (HANGZHOU, "D1 00:00", "D1 00:00", "zj-2020-02"),
        ("320102001000", "D1 00:00", "D1 00:00", "js-2021-07"),
        ("410105001000", "D1 00:00", "D1 00:00", "ha-2021-08"),
        ("110101001000", "D1 00:00", "D1 00:00", ""),
        (WUCHUAN, "D71 23:59:59", "D71 23:59:59", "gd-2022-06"),
        (WUCHUAN, "D72 00:00:00", "D72 00:00:00", "gd-2022-11"),
        (WUCHUAN, "D1 00:00", "D71 23:59:59", "gd-2022-06"),
        (WUCHUAN, "D1 00:00", "D72 00:00:00", "gd-2022-11"),
        (WUCHUAN, "D-900 00:00", "D72 00:00:00", "gd-2022-11"),
        (NANNING, "D1 00:00", "D72 00:00:00", "gx-2022-02"),
        (WUCHUAN, "D-1000 00:00", "D72 00:00:00", ""),
    ],
)
def test_place_and_date_choose_the_rules(division: str, at: str, now: str, version: str) -> None:
    assert judge(division, at, now) == version


def test_the_narrower_place_wins_and_before_it_the_wider() -> None:
    wide = next(each for each in HEALTH.rules if each.version == "gd-2022-06")
    own = {"version": "town", "division": WUCHUAN[:9], "valid_from": "2022-09-10T00:00:00+08:00", "rules": (), "migrate": True}
    town = RuleSet.model_validate({**wide.model_dump(), **own})
    county = town.model_copy(update={"version": "county", "division": WUCHUAN[:6]})
    sets = (town, county, wide)
    found = [in_force(widest_first(sets), place, moment(at), moment("D30 00:00")) for place, at in (
        (WUCHUAN, "D10 00:00"), (WUCHUAN, "D9 23:59:59"), ("440883001201", "D10 00:00"), ("440802001201", "D10 00:00"),
    )]  # fmt: skip
    assert [each and each.version for each in found] == ["town", "gd-2022-06", "county", "gd-2022-06"]


def test_every_topic_is_in_the_catalogue_with_its_record() -> None:
    catalogue = load().records
    assert {each.topic: each.record for each in HEALTH.spec.inputs.values()}.items() <= catalogue.items()
    assert {catalogue[topic] for topic in HEALTH.spec.readers} == {"gov_data.CodeChanged"}
    assert catalogue[HEALTH.spec.appeals.topic] == "gov_data.StandingNotice"


def test_every_field_that_an_input_names_is_in_its_record() -> None:
    schemas = release.sources()
    for name, each in HEALTH.spec.inputs.items():
        if each.role != "forwarded":
            named = {each.id, each.version, each.at, *filter(None, (each.start, each.end, each.why)), *each.keep, *each.needs, *each.codes}
            assert named | set(each.withdrawn) <= {field["name"] for field in schemas[each.record]["fields"]}, name
        for field, values in each.withdrawn.items():
            assert set(values) <= set(each.codes[field]), name


def test_no_positive_can_be_suppressed_by_hand_in_any_province() -> None:
    assert [rule.overridable for each in HEALTH.rules for rule in each.rules if rule.id == "lab-positive"] == [False] * 8
    assert HEALTH.known_rules["lab-positive"] is False


GX = "rules/health-code/gx-2022-02.yaml"


@pytest.fixture
def room(tmp_path: Path) -> Path:
    shutil.copytree(ROOM / "rules", tmp_path / "rules")
    (tmp_path / "exchanges").mkdir()
    shutil.copy(ROOM / "exchanges" / "health-code.yaml", tmp_path / "exchanges")
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_faults_of_several_files_are_told_together(room: Path) -> None:
    edit(room / "rules" / "health-code" / "zj-2020-02.yaml", "2020-02-11T00:00:00+08:00", "2020-02-11T00:00:00")
    edit(room / "rules" / "health-code" / "js-2021-07.yaml", "ends: start, lasts: 14d, release: [{order: true}]", "lasts: 14d")
    edit(room / "rules" / "health-code" / "ha-2021-08.yaml", "after: 21d, tests", "after: 3 weeks, tests")
    edit(room / "exchanges" / "health-code.yaml", "id: health-code\n", "id: health-codes\n")
    with pytest.raises(SetupError) as told:
        load_exchanges(room / "exchanges")
    for words in ("zj-2020-02.yaml", "names its zone", "js-2021-07.yaml", "never ends by itself", "ha-2021-08.yaml", "a duration is",
                  "file and id have one name"):  # fmt: skip
        assert words in str(told.value)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (GX, "level: red, reason_class: confirmed", "level: pink, reason_class: confirmed", "level pink"),
        (GX, "reason_class: confirmed", "reason_class: depositor", "not on the closed list"),
        (
            "rules/health-code/gx-2022-02.yaml",
            "level: red, reason_class: confirmed",
            "level: green, reason_class: confirmed",
            "level green",
        ),
        (GX, "kind: quarantine", "kind: prison", "no input prison"),
        (GX, "where: {result: [positive]}", "where: {outcome: [positive]}", "keeps no outcome"),
        (GX, "id: sealed-area", "id: lab-positive", "rule lab-positive is there twice"),
        (GX, "id: sealed-area", "id: override", "rule override is there twice"),
        (GX, "version: gx-2022-02", "version: gd-2022-06", "rule set gd-2022-06 is there twice"),
        ("rules/health-code/gd-2022-11.yaml", "2022-11-11T", "2022-06-28T", "two rule sets begin at one moment"),
        ("rules/health-code/gd-2022-06.yaml", "count: 2, apart: 24h, within: 3d", "count: 5, apart: 24h, within: 3d", "do not fit within"),
        ("rules/health-code/gd-2022-06.yaml", "days: [1, 2, 3, 5, 7]", "days: [1, 2], count: 2", "days stands instead of"),
        ("rules/health-code/gd-2022-06.yaml", "- {order: true}", "- {order: false}", "a release needs"),
        ("exchanges/health-code.yaml", "id: red\n", "id: green\n", "two levels have one id"),
        ("exchanges/health-code.yaml", "clock: correction", "clock: hotline-reply", "clock hotline-reply"),
        ("exchanges/health-code.yaml", "steps: [24h, 48h, 72h]", "steps: [48h, 24h]", "rising steps"),
        ("exchanges/health-code.yaml", "kind: vaccination\n      id", "kind: vaccinations\n      id", "which is no input"),
        (
            "exchanges/health-code.yaml",
            "disposals: [health.",
            "disposals: [housing.",
            "disposals: no input is housing's, whom housing.standing-disposal would tell",
        ),
        ("exchanges/health-code.yaml", "known_as: order", "known_as: number", "encounter: known_as number is no field that it keeps"),
        ("exchanges/health-code.yaml", "topic: health.vaccination,", "topic: health.lab-result,", "two inputs read one topic"),
        ("exchanges/health-code.yaml", "orders: place.order", "orders: place.scan", "meeting place needs"),
        ("exchanges/health-code.yaml", "remember: 90d", "remember: 90d\n  colour: red", "Extra inputs"),
    ],
)
def test_a_wrong_declaration_is_told_by_name(room: Path, file: str, old: str, new: str, told: str) -> None:
    edit(room / file, old, new)
    with pytest.raises(SetupError, match=told):
        load_exchanges(room / "exchanges")


def test_the_files_have_one_rule_set_each_named_as_the_file() -> None:
    for path in (ROOM / "rules" / "health-code").glob("*.yaml"):
        assert yaml.safe_load(path.read_text(encoding="utf-8"))["version"] == path.stem
