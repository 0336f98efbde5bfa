"""FULL_TRANSITIVE, both ways and against every version, as Avro's own checker sees it."""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas import compatibility, release


def record(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "record", "namespace": "a", "name": "R", "fields": list(fields)}


X = {"name": "x", "type": "string"}
Y = {"name": "y", "type": ["null", "string"], "default": None}
Y_BARE = {"name": "y", "type": "string"}


@pytest.mark.parametrize("name", sorted(release.sources()))
def test_sources_can_stand_beside_all_released_versions(name: str) -> None:
    assert compatibility.check({name: release.sources()[name]}) == []


@pytest.mark.parametrize("new", [record(X), record(X, Y), record({"name": "x", "type": "string", "doc": "why"})])
def test_compatible(new: dict[str, Any]) -> None:
    assert compatibility.faults(new, [record(X)]) == []


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (record(X, Y_BARE), "the new text cannot read what version 1 wrote"),
        (record(), "version 1 cannot read what the new text wrote"),
        (record({"name": "x", "type": "long"}), "the new text cannot read what version 1 wrote"),
    ],
)
def test_incompatible(new: dict[str, Any], told: str) -> None:
    assert any(fault.startswith(told) for fault in compatibility.faults(new, [record(X)]))


def test_transitive_to_the_first_version() -> None:
    """Beside the latest alone the new text would pass: it drops nothing that version 2 has without a default."""
    versions = [record(X, Y_BARE), record(X, Y)]
    assert compatibility.faults(record(X), versions[1:]) == []
    assert any("version 1 cannot read" in fault for fault in compatibility.faults(record(X), versions))


def test_check_names_the_record(tmp_path: Path) -> None:
    release.append({"a.R": record(X)}, tmp_path)
    (fault,) = compatibility.check({"a.R": record(X, Y_BARE)}, tmp_path)
    assert fault.startswith("a.R: the new text cannot read")
    assert json.loads((tmp_path / "release.json").read_text())["entries"][0]["record"] == "a.R"
