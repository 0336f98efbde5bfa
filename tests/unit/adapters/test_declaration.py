"""A department's YAML: faults are told all at once, by file and field, and the declared ones have none."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters import check, declaration
from adapters.declaration import load_adapters
from govbus.errors import SetupError
from topics.load import load

DECLARED = declaration.ROOM / "declared"
Changed = dict[str, Any]


def write(folder: Path, name: str, changed: Changed, file: str | None = None) -> None:
    """The declared adapter ``name``, changed by dotted path, under ``file``; None takes a key away."""
    found = yaml.safe_load((DECLARED / f"{name}.yaml").read_text(encoding="utf-8"))
    for path, value in changed.items():
        *way, last = path.split("/")
        at = found
        for step in way:
            at = at[step]
        if value is None:
            del at[last]
        else:
            at[last] = value
    (folder / (file or f"{name}.yaml")).write_text(yaml.safe_dump(found, allow_unicode=True), encoding="utf-8")


def test_the_declared_adapters_have_no_fault() -> None:
    assert check.faults() == []
    kinds = {"sql_source", "sql_sink", "sql_answerer", "file_source", "round_source", "code_sink", "code_door"}
    assert {adapter.spec.kind for adapter in load_adapters().values()} == kinds


@pytest.mark.parametrize(
    ("name", "changed", "said"),
    [
        ("housing.requests", {"spec/sytem": "permits"}, "spec.sql_source.sytem"),
        ("housing.requests", {"spec/topic": None}, "spec.sql_source.topic"),
        ("housing.requests", {"spec/poll_s": 0}, "spec.sql_source.poll_s"),
        ("housing.requests", {"spec/kind": "oracle"}, "spec"),
        ("housing.requests", {"spec/system": "房管"}, "spec.sql_source.system"),
        ("housing.requests", {"meta/id": "housing.others"}, "meta.id is housing.others; file and id have one name"),
        ("housing.requests", {"meta/department": "civil-affairs"}, "the id begins with the department"),
        ("civil-affairs.answers", {"spec/items/proof-01/query": "SELECT * FROM t"}, "must bind :ids"),
        ("civil-affairs.answers", {"spec/items": {}}, "spec.sql_answerer.items"),
        ("disabled-federation.disability", {"spec/encodings": ["big5"]}, "spec.file_source.encodings.0"),
        ("disabled-federation.disability", {"spec/columns": {}}, "spec.file_source.columns"),
    ],
)
def test_a_fault_is_named_by_file_and_field(tmp_path: Path, name: str, changed: Changed, said: str) -> None:
    write(tmp_path, name, changed)
    with pytest.raises(SetupError) as caught:
        load_adapters(tmp_path)
    assert f"{name}.yaml: " in str(caught.value) and said in str(caught.value)


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, "housing.requests", {"spec/sytem": "x", "spec/batch": 0})
    write(tmp_path, "housing.verdicts", {"spec/group": None})
    (tmp_path / "housing.broken.yaml").write_text("a: [")
    with pytest.raises(SetupError) as caught:
        load_adapters(tmp_path)
    assert [line.strip().split(":")[0] for line in str(caught.value).splitlines() if line.startswith("  housing")] == [
        "housing.broken.yaml", "housing.requests.yaml", "housing.requests.yaml", "housing.verdicts.yaml",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "- a list", "meta: 1\nspec: 2", "\x00", "just words"])
def test_no_file_brings_the_reading_down(tmp_path: Path, text: str) -> None:
    (tmp_path / "housing.odd.yaml").write_text(text)
    with pytest.raises(SetupError, match=r"housing\.odd\.yaml"):
        load_adapters(tmp_path)


def test_bytes_that_are_no_text_are_a_fault_of_their_file(tmp_path: Path) -> None:
    (tmp_path / "housing.odd.yaml").write_bytes("标题: 公租房".encode("gb18030"))
    with pytest.raises(SetupError, match=r"housing\.odd\.yaml"):
        load_adapters(tmp_path)


@pytest.mark.parametrize(
    ("name", "changed", "said"),
    [
        ("housing.requests", {"spec/topic": "civil-affairs.question"}, "topic civil-affairs.question belongs to another department"),
        ("housing.verdicts", {"spec/topic": "housing.no-such"}, "topic housing.no-such is not declared"),
        ("civil-affairs.answers", {"spec/answers": "public-security.answer"}, "topic public-security.answer belongs to another department"),
        ("disabled-federation.disability", {"spec/card": "card_number"}, "fields without a column: card_number"),
        ("disabled-federation.disability", {"spec/codes": {"colour": {"1": "red"}}}, "fields without a column: colour"),
    ],
)
def test_names_that_lead_nowhere_are_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, changed: Changed, said: str
) -> None:
    write(tmp_path, name, changed)
    monkeypatch.setattr(check, "load_adapters", lambda: load_adapters(tmp_path))
    assert [fault["adapter"] for fault in check.faults()] == [name]
    assert check.faults()[0]["what"].startswith(said)


def test_every_adapter_speaks_for_a_department_of_the_catalogue() -> None:
    assert {adapter.meta.department for adapter in load_adapters().values()} <= set(load().departments)
