"""What an order deletes, and how: the right files, overwritten before they go, and a receipt that is whole or is not there."""

import json
import os
from pathlib import Path

import pytest
import yaml

from adapters import ending
from adapters.checkpoint.store import Writer, path
from adapters.declaration import load_adapters
from audit.sunset import files, order, receipt
from audit.sunset.follow import follow
from govbus.errors import SetupError
from govbus.settings import Home, Kafka, Registry, Site
from schemas import purposes

PURPOSE = "epidemic"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    drops = {name: tmp_path / "drops" / name for name in ("health", "disabled-federation")}
    for folder in drops.values():
        (folder / "done").mkdir(parents=True)
        (folder / "done" / "a.csv").write_text("阳性")
    site = Site(kafka=Kafka(bootstrap="none:1", ca=tmp_path / "ca"), registry=Registry(url="https://none"), drops=drops)
    (tmp_path / "site.yaml").write_text(yaml.safe_dump(site.model_dump(mode="json")))
    return Home(tmp_path)


def export(folder: Path, *topics: str) -> Path:
    folder.mkdir()
    told = [{"file": f"{topic}-0-000000000000.jsonl", "topic": topic} for topic in topics]
    for each in told:
        (folder / each["file"]).write_text("x")
    (folder / "progress.json").write_text(json.dumps({"files": told}))
    return folder


def test_plaintext_of_the_purpose_is_found_and_nothing_else(home: Home, tmp_path: Path) -> None:
    store = path(home, "service-center.codes")
    writer = Writer(store)
    writer.write([(b"p", "red", 1, 1, None, False)], [], {}, 1)
    folder = export(tmp_path / "out", "health.lab-result", "housing.request")
    found = {path.name: what for path, what in files.plaintext(home, PURPOSE, [folder])}
    writer.close()
    assert found == {
        "service-center.codes.sqlite": "store of a checkpoint", "service-center.codes.sqlite-wal": "store of a checkpoint",
        "service-center.codes.sqlite-shm": "store of a checkpoint", "a.csv": "file that was delivered",
        "health.lab-result-0-000000000000.jsonl": "export",
    }  # fmt: skip
    assert [path.parent.parent.name for path, what in files.plaintext(home, PURPOSE, []) if "delivered" in what] == ["health"]


def test_a_folder_that_holds_no_export_is_told(home: Home, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no folder of 'govbus audit export'"):
        files.plaintext(home, PURPOSE, [tmp_path / "none"])


def test_a_drop_folder_of_two_purposes_is_left_to_a_person(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    declared = dict(load_adapters())
    other = declared["disabled-federation.disability"]
    declared["health.other"] = other.model_copy(update={"meta": other.meta.model_copy(update={"department": "health"})})
    monkeypatch.setattr(files, "load_adapters", lambda: declared)
    with pytest.raises(SetupError, match=r"drop folder of health\.rounds and of health\.other"):
        files.plaintext(home, PURPOSE, [])


def test_a_file_is_overwritten_before_it_goes(tmp_path: Path) -> None:
    secret, other = tmp_path / "secret", tmp_path / "another name of the same bytes"
    secret.write_bytes(b"5a" * 1_000_000)
    os.link(secret, other)
    files.destroy(secret)
    files.destroy(secret)
    assert not secret.exists()
    assert other.stat().st_size == 2_000_000
    assert b"5a5a5a5a" not in other.read_bytes()


def test_every_file_in_the_key_folder_goes_and_the_folder_stays(home: Home) -> None:
    folder = purposes.key_folder(home.folder, PURPOSE)
    assert files.key_names(home, PURPOSE) == []
    folder.mkdir(parents=True)
    for name in ("1", "2", "1.old"):
        (folder / name).write_text("5a" * 32)
    assert files.key_names(home, PURPOSE) == [f"purpose.epidemic/{name}" for name in ("1", "1.old", "2")]
    files.destroy_keys(home, PURPOSE)
    assert list(folder.iterdir()) == []


def test_a_receipt_is_whole_or_is_not_taken(tmp_path: Path) -> None:
    place = tmp_path / "sunsets" / "epidemic.json"
    assert receipt.read(place) is None
    receipt.write(place, {"format": receipt.FORMAT, "order": "1"})
    assert receipt.read(place) == {"format": receipt.FORMAT, "order": "1"}
    assert place.stat().st_mode & 0o777 == 0o600
    place.write_text(place.read_text()[:-5])
    with pytest.raises(SetupError, match="no receipt of a sunset"):
        receipt.read(place)


def given(folder: Path, **changes: object) -> Path:
    told = {
        "format": receipt.FORMAT,
        "purpose": PURPOSE,
        "order": "2026-17",
        "topics": [],
        "keys": ["x"],
        "files": [{"file": "/elsewhere"}],
    }
    receipt.write(folder / "given" / "epidemic.json", {**told, "listed": "then", "ended": "then", **changes})
    return folder / "given" / "epidemic.json"


def test_another_home_follows_by_the_receipt_without_a_broker(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "SETTLE_S", 0.0)
    folder = purposes.key_folder(home.folder, PURPOSE)
    folder.mkdir(parents=True)
    (folder / "1").write_text("5a" * 32)
    by = given(tmp_path)
    told = follow(home, by)
    delivered = home.site.drops["health"] / "done" / "a.csv"
    assert (told["keys"], [each["file"] for each in told["files"]]) == (["purpose.epidemic/1"], [str(delivered)])
    assert list(folder.iterdir()) == []
    assert not delivered.exists()
    assert (home.site.drops["disabled-federation"] / "done" / "a.csv").exists()
    own = purposes.ended(home.folder, PURPOSE)
    assert json.loads(own.read_text())["follows"] == receipt.digest(by)
    before = own.read_bytes()
    follow(home, by)
    assert own.read_bytes() == before
    (folder / "1").write_text("5a" * 32)
    follow(home, by)
    assert list(folder.iterdir()) == []
    with pytest.raises(SetupError, match=r"of order 2026-17 .* repeat"):
        follow(home, given(tmp_path, order="2027-1"))


def test_only_a_receipt_of_an_order_that_has_ended_is_followed(home: Home, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="come to its end"):
        follow(home, given(tmp_path, ended=None))
    with pytest.raises(SetupError, match="no purpose plague"):
        follow(home, given(tmp_path, purpose="plague"))
    assert not (home.folder / "sunsets").exists()


def test_whose_purpose_an_adapter_is_of_and_why_it_must_not_run(home: Home) -> None:
    declared = load_adapters()
    mine = {name for name, each in declared.items() if ending.purpose_of(each, declared)}
    assert mine == {"health.foreign-codes", "health.rounds", "service-center.codes", "service-center.checkpoint"}
    assert ending.ended(home, PURPOSE) == ending.ended(home, "") == ""
    receipt.write(purposes.ended(home.folder, PURPOSE), {"format": receipt.FORMAT})
    assert "purpose epidemic has ended by order" in ending.ended(home, PURPOSE)
    assert ending.ended(home, "") == ""


def test_what_cannot_be_destroyed_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"cannot be read and destroyed \(Is a directory\).*same order again"):
        files.destroy(tmp_path)
