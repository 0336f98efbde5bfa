"""A replay's folder: by which rules it was begun, and its copy of the log behind a torn end."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from agents import loading
from audit import fingerprint
from audit.replay import _label
from audit.spool import Spool
from govbus.errors import SetupError

PLACE = ("housing.request", 0)


@pytest.fixture
def exchanges(tmp_path: Path) -> Path:
    for name in ("exchanges", "rules"):
        shutil.copytree(loading.ROOM / name, tmp_path / name)
    return tmp_path / "exchanges"


def test_rules_that_were_changed_are_other_rules(exchanges: Path) -> None:
    """Else a folder that was worked through says that a changed rule decides as before."""
    before = fingerprint.of(exchanges)
    assert before == fingerprint.of() == fingerprint.of(exchanges), "a copy in another place decides the same"
    rule = next(iter((exchanges.parent / "rules").rglob("*.yaml")))
    for path in (next(iter(exchanges.glob("*.yaml"))), rule):
        text = path.read_text(encoding="utf-8")
        path.write_text(f"{text}\n# changed\n", encoding="utf-8")
        assert fingerprint.of(exchanges) != before, path.name
        path.write_text(text, encoding="utf-8")
    rule.rename(rule.with_name("other.yaml"))
    assert fingerprint.of(exchanges) != before, "a name is a version"


def test_changed_lines_are_other_rules(tmp_path: Path, exchanges: Path) -> None:
    shape = tmp_path / "project" / "agents" / "shapes" / "verify.py"
    shape.parent.mkdir(parents=True)
    shape.write_text("old")
    before = fingerprint.of(exchanges, tmp_path / "project")
    shape.write_text("new")
    assert fingerprint.of(exchanges, tmp_path / "project") != before


def test_a_folder_goes_on_by_the_rules_it_was_begun_with_only(tmp_path: Path) -> None:
    for label in ("the project (aa)", "the project (aa)"):
        _label(tmp_path / "box", label)
    with pytest.raises(SetupError, match="take another folder"):
        _label(tmp_path / "box", "the project (bb)")


class Broker:
    """As much of ``Bulk`` as a copy needs: records from where it is opened."""

    def __init__(self, count: int) -> None:
        self.records = [(offset, 1_000 + offset, b"k", b"v%d" % offset, [("ce_id", b"%d" % offset)]) for offset in range(count)]
        self.opened: list[int] = []

    def drained(self, _: Any, left: dict[Any, int]) -> Any:
        yield type("Polled", (), {"records": {PLACE: [one for one in self.records if self.opened[-1] <= one[0] < left[PLACE]]}})

    def open(self, starts: dict[Any, int]) -> None:
        self.opened.append(starts[PLACE])


def test_a_copy_ended_at_any_byte_goes_on_without_hole_or_double(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Broker(6)
    monkeypatch.setattr("audit.spool.drain", whole.drained)
    Spool(tmp_path / "a").fetch(whole, {PLACE: (0, 6)})  # type: ignore[arg-type]
    (file,) = (tmp_path / "a").iterdir()
    content = file.read_bytes()
    for cut in range(len(content) + 1):
        file.write_bytes(content[:cut])
        Spool(tmp_path / "a").fetch(whole, {PLACE: (0, 6)})  # type: ignore[arg-type]
        assert file.read_bytes() == content, cut
    assert {0, 3, 5} <= {*whole.opened}, "it went on, and did not begin anew each time"
