"""Files of a round: good lines go on by buckets, bad ones go back; what is sent again is the same; a broker that is away loses nothing."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.declaration import RoundSource, load_adapters
from adapters.rounds import source
from govbus import buckets
from govbus.envelope import Envelope
from govbus.errors import BusError, RetryLater
from govbus.ports import NullObserver
from govbus.settings import Home, Kafka, Registry, Site
from local.departments.numbers import citizen_id
from local.secrets_certs import write_private
from schemas.codec import Codec
from schemas.purposes import Keys
from topics.broker import Position
from topics.load import records

CODEC = Codec.load(records(), keys=Keys({"epidemic": {1: bytes.fromhex("6b" * 32)}}))
NOW = (datetime.now(timezone(timedelta(hours=8))) - timedelta(minutes=1)).isoformat(" ", "seconds")[:19]
HEAD = "试管编号,采样时间,结果,版本,证件号码"
PEOPLE = [citizen_id("449999", "19900307", number) for number in range(200)]


class Broker:
    """Takes what it is sent, or is away."""

    def __init__(self) -> None:
        self.sent: list[Envelope] = []
        self.away = False

    def send_all(self, envelopes: Sequence[Envelope]) -> list[Position | BusError]:
        if self.away:
            return [RetryLater("away") for _ in envelopes]
        self.sent += envelopes
        return [Position(each.topic, 0, 0, 0) for each in envelopes]

    def close(self) -> None: ...


class Drop:
    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.broker = folder / "drop", Broker()
        self.folder.mkdir()
        (folder / "secrets").mkdir(mode=0o700)
        write_private(folder / "secrets" / "subject-key", "5a" * 32)
        (folder / "secrets" / "purpose.epidemic").mkdir(mode=0o700)
        write_private(folder / "secrets" / "purpose.epidemic" / "1", "6b" * 32)
        site = Site(kafka=Kafka(bootstrap="none:1", ca=folder / "ca"), registry=Registry(url="https://none"), drops={"health": self.folder})
        (folder / "site.yaml").write_text(yaml.safe_dump(site.model_dump(mode="json")))
        monkeypatch.setattr(source, "producer", lambda *_: self.broker)
        adapter = load_adapters()["health.rounds"]
        assert isinstance(adapter.spec, RoundSource)
        self.door = source.RoundSourceDoor(Home(folder), adapter, adapter.spec, NullObserver())

    def put(self, name: str, *lines: str, encoding: str = "utf-8", checksum: str = "") -> None:
        raw = "\r\n".join((HEAD, *lines)).encode(encoding)
        (self.folder / name).write_bytes(raw)
        (self.folder / f"{name}.sha256").write_text(checksum or hashlib.sha256(raw).hexdigest())
        (self.folder / f"{name}.ok").touch()

    def results(self) -> list[dict[str, Any]]:
        found = []
        for each in self.broker.sent:
            if each.topic == "health.lab-round":
                data = CODEC.decode(each.topic, each.value)[1]
                assert each.key == buckets.crowd_key(data["bucket"])
                assert {buckets.crowd(one["person_key"]) for one in data["results"]} == {data["bucket"]}
                found += data["results"]
        return found


@pytest.fixture
def drop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drop:
    return Drop(tmp_path, monkeypatch)


def line(tube: int, result: str = "阴性", at: str = NOW, version: str = "1") -> str:
    return f"T{tube},{at},{result},{version},{';'.join(PEOPLE[tube * 10 : tube * 10 + 10])}"


def test_all_files_that_are_ready_go_out_together_by_buckets(drop: Drop) -> None:
    drop.put("a.csv", *(line(tube) for tube in range(10)))
    drop.put("b.csv", *(line(tube) for tube in range(10, 20)), encoding="gb18030")
    assert drop.door.round() == 20
    assert len(drop.results()) == 200
    assert len({each.key for each in drop.broker.sent}) == len(drop.broker.sent), "one record a bucket"
    assert "rows 10\nsent 10\n" in (drop.folder / "done" / "b.csv.receipt.txt").read_text()
    assert drop.door.round() == 0


def test_bad_lines_go_back_with_their_reason_and_the_others_go_on(drop: Drop) -> None:
    drop.put("a.csv", line(0), line(1, result="正常"), line(2, at="2020-01-01 08:00:00"), "T3", line(4))
    assert drop.door.round() == 5
    assert {each["tube_id"] for each in drop.results()} == {"T0", "T4"}
    back = (drop.folder / "done" / "a.csv.refused.csv").read_text("utf-8-sig").splitlines()
    assert [each.split(",")[:2] for each in back[1:]] == [["3", "BAD_ROW"], ["4", "TOO_OLD"], ["5", "BAD_ROW"]]


def test_a_file_that_is_not_whole_is_refused_and_holds_up_nobody(drop: Drop) -> None:
    drop.put("a.csv", line(0), checksum="0" * 64)
    drop.put("b.csv", line(1))
    assert drop.door.round() == 1
    assert "BAD_CHECKSUM" in (drop.folder / "refused" / "a.csv.reason.txt").read_text()
    assert {each["tube_id"] for each in drop.results()} == {"T1"}


def test_a_positive_pool_goes_to_each_member_alone(drop: Drop) -> None:
    drop.put("a.csv", line(0, result="阳性"))
    drop.door.round()
    assert {each.topic for each in drop.broker.sent} == {"health.pool-positive"}
    assert len({each.key for each in drop.broker.sent}) == 10


def test_a_file_that_is_sent_again_is_the_same_records(drop: Drop) -> None:
    for _ in range(2):
        drop.put("a.csv", line(0), line(1))
        drop.door.round()
    half = len(drop.broker.sent) // 2
    assert drop.broker.sent[:half] == drop.broker.sent[half:]


def test_while_the_broker_is_away_files_stay_where_they_are(drop: Drop) -> None:
    drop.broker.away = True
    drop.put("a.csv", line(0))
    with pytest.raises(RetryLater):
        drop.door.round()
    assert (drop.folder / "a.csv.ok").exists()
    drop.broker.away = False
    assert drop.door.round() == 1
    assert len(drop.results()) == 10
