"""Archives are unpacked below their folder and nowhere else, by either Python."""

import io
import tarfile
from pathlib import Path

import pytest

from govbus.errors import SetupError
from local.parts import unpack


@pytest.fixture(params=["this Python's own way", "before 3.11.4"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "before 3.11.4":
        monkeypatch.delattr(tarfile, "data_filter", raising=False)


def archive(*members: tarfile.TarInfo) -> tarfile.TarFile:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as packed:
        for each in members:
            packed.addfile(each, io.BytesIO(b"x" * each.size))
    raw.seek(0)
    return tarfile.open(fileobj=raw)


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.size = kind, link, 1 if kind == tarfile.REGTYPE else 0
    return made


@pytest.mark.usefixtures("either")
def test_files_and_links_within_are_there(tmp_path: Path) -> None:
    with archive(member("bin/psql"), member("bin/sql", tarfile.SYMTYPE, "psql"), member("lib/psql", tarfile.LNKTYPE, "bin/psql")) as packed:
        unpack(packed, tmp_path / "out")
    assert [(tmp_path / "out" / each).read_bytes() for each in ("bin/psql", "bin/sql", "lib/psql")] == [b"x"] * 3


@pytest.mark.usefixtures("either")
@pytest.mark.parametrize(
    "bad",
    [
        member("../evil"), member("a", tarfile.SYMTYPE, "../../evil"), member("a", tarfile.LNKTYPE, "../evil"),
        member("a", tarfile.SYMTYPE, "/etc/passwd"), member("null", tarfile.CHRTYPE),
    ],
    ids=["a name", "a link", "a hard link", "an absolute link", "a device"],
)  # fmt: skip
def test_what_would_leave_is_refused(bad: tarfile.TarInfo, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with archive(bad) as packed, pytest.raises((SetupError, tarfile.TarError)):
        unpack(packed, tmp_path / "out")
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["out"]
