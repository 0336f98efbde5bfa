"""The declarations of the house hold; a wrong one is told by file, all faults at once."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from govbus.errors import SetupError
from topics.load import ROOM, load


@pytest.fixture
def room(tmp_path: Path) -> Path:
    shutil.copy(ROOM / "departments.yaml", tmp_path)
    for folder in ("catalog", "grants"):
        shutil.copytree(ROOM / folder, tmp_path / folder)
    return tmp_path


def edit(path: Path, change: Callable[[Any], None]) -> None:
    data = yaml.safe_load(path.read_text())
    change(data)
    path.write_text(yaml.safe_dump(data, allow_unicode=True))


def test_the_house() -> None:
    catalogue = load()
    assert {"housing.request", "housing.verdict", "civil-affairs.question", "civil-affairs.answer"} <= set(catalogue.topics)
    assert {"disabled-federation.disability", "bus.quarantine", "bus.verify.state", "bus.verify.ledger"} <= set(catalogue.topics)
    assert {topic.spec.partitions for topic in catalogue.topics.values()} == {3}
    assert catalogue.records["housing.request"] == "gov_data.ProofRequest"


def test_town_names_are_whole() -> None:
    """塘㙍 has a rare character (U+364D) that exports of other systems lose."""
    assert load().departments["town-440883107"].zh == "塘㙍镇"
    assert sum(name.startswith("town-") for name in load().departments) == 15


def test_a_role_gives_topics(room: Path) -> None:
    def ask(register: Any) -> None:
        next(one for one in register["departments"] if one["id"] == "tax")["roles"] = ["asker", "holder"]

    edit(room / "departments.yaml", ask)
    assert {"tax.request", "tax.verdict", "tax.question", "tax.answer"} <= set(load(room).topics)


FAULTS: list[tuple[str, Callable[[Any], None], str]] = [
    ("catalog/bus.quarantine.yaml", lambda t: t["meta"].pop("legal_basis"), "sharing 'withheld' needs legal_basis"),
    ("catalog/bus.quarantine.yaml", lambda t: t["meta"].update(owner="nobody"), "owner nobody is not in departments.yaml"),
    (
        "catalog/bus.quarantine.yaml",
        lambda t: t["meta"].update(classification="L2"),
        "classified L2, but its record gov_data.Quarantined is L4",
    ),
    ("catalog/bus.quarantine.yaml", lambda t: t["spec"].update(record="gov_data.Gossip"), "gov_data.Gossip is not in schemas/release.json"),
    ("catalog/bus.quarantine.yaml", lambda t: t["spec"].update(colour="red"), "spec.colour: Extra inputs are not permitted"),
    ("catalog/bus.verify.state.yaml", lambda t: t["spec"].update(retention_days=1), "retention_days belongs to cleanup 'delete'"),
    ("catalog/bus.verify.state.yaml", lambda t: t["spec"].update(partitions=6), "need one number of partitions"),
    ("catalog/bus.verify.state.yaml", lambda t: t["meta"].update(name="bus.other"), "is named catalog/bus.other.yaml"),
    ("catalog/disabled-federation.disability.yaml", lambda t: t["meta"].update(owner="housing"), "the name must begin with its owner"),
    ("departments.yaml", lambda r: r["departments"].append(r["departments"][0]), "gov-data is there twice"),
    ("grants/housing.yaml", lambda g: g["grants"][0].update(until="2025-01-01"), "from 2026-01-01 is after until 2025-01-01"),
    ("grants/housing.yaml", lambda g: g["grants"][0].update(holder="nobody"), "holder nobody is not in departments.yaml"),
    ("grants/housing.yaml", lambda g: g["grants"][0].update(department="tax"), "tax has not the role asker"),
    ("grants/housing.yaml", lambda g: g["grants"][0].update(id="housing-05"), "housing-05 is there twice"),
]


@pytest.mark.parametrize(("file", "change", "told"), FAULTS, ids=[told for _, _, told in FAULTS])
def test_fault(room: Path, file: str, change: Callable[[Any], None], told: str) -> None:
    edit(room / file, change)
    with pytest.raises(SetupError) as error:
        load(room)
    assert told in str(error.value)


def test_all_faults_at_once(room: Path) -> None:
    edit(room / "catalog/bus.quarantine.yaml", lambda topic: topic["meta"].update(owner="nobody"))
    edit(room / "grants/education.yaml", lambda given: given["grants"][0].update(approver="nobody"))
    with pytest.raises(SetupError) as error:
        load(room)
    assert "catalog/bus.quarantine.yaml: owner nobody" in str(error.value)
    assert "education-05: approver nobody" in str(error.value)


def test_broken_yaml_is_told_with_its_file(room: Path) -> None:
    (room / "grants" / "housing.yaml").write_text("grants: [")
    with pytest.raises(SetupError, match=r"grants/housing\.yaml: cannot be read"):
        load(room)
