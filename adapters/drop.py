"""The drop folder: a file is taken when its ready-file is there and its checksum is right; it ends in ``done/`` or ``refused/``.

``x.csv``, ``x.csv.sha256`` (as sha256sum writes it), ``x.csv.ok`` (empty, last). Moves are renames within one file system.
"""

import csv
import hashlib
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from govbus.errors import Poison, SetupError
from govbus.reasons import Reason
from govbus.settings import Home

Refused = tuple[int, Poison, Sequence[str]]
"""Line number, why, and the row as it was."""


def drop_of(home: Home, department: str) -> "Drop":
    """The drop folder of a department.

    :raises SetupError: site.yaml names none
    """
    folder = home.site.drops.get(department)
    if folder is None:
        msg = f"site.yaml has no drop folder for {department}: add it under drops"
        raise SetupError(msg)
    return Drop(folder)


class Drop:
    """One department's drop folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.done, self.refused = folder / "done", folder / "refused"
        for each in (self.done, self.refused):
            each.mkdir(parents=True, exist_ok=True)

    def ready(self) -> list[Path]:
        """Files to take, oldest name first: nightly names sort by night."""
        told = {ready.with_suffix("") for ready in self.folder.glob("*.csv.ok")}
        found = {path for path in told if path.is_file()}
        for path in told - found:
            self._end_move(path)
        return sorted(found)

    def read(self, path: Path) -> bytes:
        """The file's bytes.

        :raises Poison: BAD_CHECKSUM, missing or different
        """
        raw = path.read_bytes()
        try:
            told = path.with_name(path.name + ".sha256").read_text("ascii").split()[0].lower()
        except (OSError, ValueError, IndexError):
            told = ""
        if told != hashlib.sha256(raw).hexdigest():
            raise Poison(Reason.BAD_CHECKSUM, path.name, "no checksum file, or another checksum")
        return raw

    def refuse(self, path: Path, why: Poison) -> None:
        """Move the whole file away, with the reason in words beside it."""
        _write(self.refused / f"{path.name}.reason.txt", f"{why.reason}: {why}\n")
        self._move(path, self.refused)

    def finish(self, path: Path, sent: int, unchanged: int, refused: Sequence[Refused], header: Iterable[str]) -> None:
        """Write what was refused beside the file, then its receipt, then move it: a death in between does it all again, alike."""
        if refused:
            text = io.StringIO()
            out = csv.writer(text)
            out.writerow(["行号 line", "原因 reason", "说明 message", *header])
            out.writerows([number, why.reason.value, str(why), *cells] for number, why, cells in refused)
            _write(self.done / f"{path.name}.refused.csv", "\ufeff" + text.getvalue())
        total = sent + unchanged + len(refused)
        _write(self.done / f"{path.name}.receipt.txt", f"rows {total}\nsent {sent}\nunchanged {unchanged}\nrefused {len(refused)}\n")
        self._move(path, self.done)

    @staticmethod
    def _move(path: Path, to: Path) -> None:
        """The file first: without its checksum beside it, a second try would refuse it."""
        path.rename(to / path.name)
        _move_sides(path, to)

    def _end_move(self, path: Path) -> None:
        """A ready-file without its file: on its way in, or left by a death in the middle of a move."""
        for to in (self.done, self.refused):
            if (to / path.name).exists():
                _move_sides(path, to)


def _move_sides(path: Path, to: Path) -> None:
    checksum = path.with_name(path.name + ".sha256")
    if checksum.exists():
        checksum.rename(to / checksum.name)
    path.with_name(path.name + ".ok").unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    half = path.with_name(f".{path.name}.part")
    with half.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    half.rename(path)
