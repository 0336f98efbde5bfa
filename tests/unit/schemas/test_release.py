"""The release in git is the truth about ids; it must equal the files, and its past must never change."""

import json
from pathlib import Path
from typing import Any

import pytest

from govbus.errors import SetupError
from schemas import release


def schema(*fields: str) -> dict[str, Any]:
    named = [{"name": name, "type": "string"} for name in fields]
    return {"type": "record", "namespace": "a", "name": "R", "fields": named}


def put(room: Path, text: dict[str, Any]) -> None:
    (room / "avro" / "a").mkdir(parents=True, exist_ok=True)
    (room / "avro" / "a" / "r.avsc").write_text(json.dumps(text))


def test_every_schema_equals_its_release() -> None:
    """Red when a schema was changed: run 'govbus schemas release' and commit what it wrote."""
    assert release.check() == []


def test_changed_source_is_told(tmp_path: Path) -> None:
    put(tmp_path, schema("x"))
    release.append(release.unreleased(tmp_path), tmp_path)
    assert release.check(tmp_path) == []
    put(tmp_path, schema("x", "y"))
    assert release.check(tmp_path) == ["a.R differs from the release: run 'govbus schemas release' and commit"]


def test_layout_is_no_change(tmp_path: Path) -> None:
    put(tmp_path, schema("x"))
    release.append(release.unreleased(tmp_path), tmp_path)
    put(tmp_path, dict(reversed(schema("x").items())))
    assert release.check(tmp_path) == []


def test_released_text_that_was_changed_is_refused(tmp_path: Path) -> None:
    put(tmp_path, schema("x"))
    (entry,) = release.append(release.unreleased(tmp_path), tmp_path).entries
    (tmp_path / entry.file).write_text(json.dumps(schema("z")))
    with pytest.raises(SetupError, match="schema id 1"):
        release.text(entry, tmp_path)
    assert len(release.check(tmp_path)) == 1


def test_new_version_gets_the_next_id_and_keeps_the_old(tmp_path: Path) -> None:
    put(tmp_path, schema("x"))
    release.append(release.unreleased(tmp_path), tmp_path)
    put(tmp_path, schema("x", "y"))
    new = release.append(release.unreleased(tmp_path), tmp_path)
    assert [(entry.version, entry.id) for entry in new.versions("a.R")] == [(1, 1), (2, 2)]
    assert release.text(new.versions("a.R")[0], tmp_path) == schema("x")


@pytest.mark.parametrize("ids", [(1, 1), (2, 1), (1, 3)])
def test_ids_that_contradict_themselves(tmp_path: Path, ids: tuple[int, int]) -> None:
    entries = [
        {"record": "a.R", "version": number, "id": one, "file": "released/r.avsc", "sha256": "0" * 64}
        for number, one in enumerate(ids, start=1)
    ]
    (tmp_path / "release.json").write_text(json.dumps({"entries": entries}))
    with pytest.raises(SetupError, match="ids must be 1, 2, 3"):
        release.load(tmp_path)


def test_source_that_vanished_is_told(tmp_path: Path) -> None:
    put(tmp_path, schema("x"))
    release.append(release.unreleased(tmp_path), tmp_path)
    (tmp_path / "avro" / "a" / "r.avsc").unlink()
    assert release.check(tmp_path) == ["a.R is released, but its source is gone: restore it, records of it are kept"]
