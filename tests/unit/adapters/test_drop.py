"""The drop folder: what is taken, what is sent away with its reason, and that a death at any step leaves nothing undone."""

import csv
import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.drop import Drop, Refused
from govbus.errors import Poison
from govbus.reasons import Reason

BYTES = b"a,b\n1,2\n"
BAD: list[Refused] = [(3, Poison(Reason.BAD_DATE, "x.csv:3", "field issued"), ("1", "2"))]


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    return Drop(tmp_path / "drop")


def put(drop: Drop, name: str = "x.csv", checksum: str | None = None, ready: bool = True) -> Path:
    path = drop.folder / name
    path.write_bytes(BYTES)
    told = hashlib.sha256(BYTES).hexdigest() if checksum is None else checksum
    if told:
        path.with_name(f"{name}.sha256").write_text(f"{told}  {name}\n")
    if ready:
        path.with_name(f"{name}.ok").touch()
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_file_is_taken_when_its_ready_file_is_there_oldest_night_first(drop: Drop) -> None:
    put(drop, "b.csv"), put(drop, "a.csv"), put(drop, "half.csv", ready=False)
    (drop.folder / "lost.csv.ok").touch()
    assert [path.name for path in drop.ready()] == ["a.csv", "b.csv"]


def test_a_right_checksum_gives_the_bytes(drop: Drop) -> None:
    assert drop.read(put(drop)) == BYTES
    assert drop.read(put(drop, checksum=hashlib.sha256(BYTES).hexdigest().upper())) == BYTES


@pytest.mark.parametrize("checksum", ["", "0" * 64, " ", "金"])
def test_another_checksum_or_none_is_refused_with_its_reason_beside_it(drop: Drop, checksum: str) -> None:
    path = put(drop, checksum=checksum)
    with pytest.raises(Poison) as caught:
        drop.read(path)
    drop.refuse(path, caught.value)
    assert (drop.refused / "x.csv").read_bytes() == BYTES
    reason = (drop.refused / "x.csv.reason.txt").read_text(encoding="utf-8")
    assert reason.startswith("BAD_CHECKSUM: ") and Reason.BAD_CHECKSUM.fix in reason
    assert not drop.ready() and not list(drop.folder.glob("x.csv*"))


@given(sent=st.integers(0, 10**6), unchanged=st.integers(0, 10**6), bad=st.integers(0, 5))
def test_the_receipt_adds_up(tmp_path_factory: pytest.TempPathFactory, sent: int, unchanged: int, bad: int) -> None:
    drop = Drop(tmp_path_factory.mktemp("drop"))
    drop.finish(put(drop), sent, unchanged, BAD * bad, ("a", "b"))
    receipt = dict(line.split() for line in (drop.done / "x.csv.receipt.txt").read_text().splitlines())
    assert receipt == {"rows": str(sent + unchanged + bad), "sent": str(sent), "unchanged": str(unchanged), "refused": str(bad)}


def test_refused_rows_lie_beside_the_file_with_line_reason_and_their_cells(drop: Drop) -> None:
    drop.finish(put(drop), 1, 0, BAD, ("a", "b"))
    text = (drop.done / "x.csv.refused.csv").read_text(encoding="utf-8-sig")
    header, row = csv.reader(text.splitlines())
    assert header[3:] == ["a", "b"]
    assert (row[0], row[1], row[3:]) == ("3", "BAD_DATE", ["1", "2"])


def finish(drop: Drop, path: Path) -> None:
    drop.finish(path, 1, 2, BAD, ("a", "b"))


def refuse(drop: Drop, path: Path) -> None:
    drop.refuse(path, BAD[0][1])


@pytest.mark.parametrize("end", [finish, refuse])
@pytest.mark.parametrize("step", range(8))
def test_after_a_death_at_any_step_the_next_look_ends_it_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: Callable[[Drop, Path], None], step: int
) -> None:
    whole, cut = Drop(tmp_path / "whole"), Drop(tmp_path / "cut")
    end(whole, put(whole))
    path, left = put(cut), iter(range(step))
    with monkeypatch.context() as patch:
        for name in ("rename", "unlink"):
            patch.setattr(Path, name, _dying(getattr(Path, name), left))
        with suppress(KeyboardInterrupt):
            end(cut, path)
    for again in cut.ready():
        cut.read(again)
        end(cut, again)
    assert contents(cut.folder) == contents(whole.folder)


def _dying(step: Callable[..., object], left: Iterator[int]) -> Callable[..., object]:
    def dying(*args: object, **named: object) -> object:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return step(*args, **named)

    return dying
