"""Files of the federation: each ends where it belongs, its good rows are on the topic once, and a death in between sends no new id."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.instance import Instance
from tests.live.adapters.world import Desk, citizen, home_with_drop

pytestmark = pytest.mark.kafka
NAME, TOPIC = "disabled-federation.disability", "disabled-federation.disability"
HEADER = "残疾人证号,姓名,残疾类别,残疾等级,发证日期,有效期至,状态,更新日期"


@pytest.fixture
def desk(bus: Instance, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(bus, home_with_drop(bus, tmp_path))
    (tmp_path / "drop").mkdir()
    yield desk
    desk.close()


def row(number: int, issued: str = "2020-01-31") -> str:
    return f"{citizen(number)}43,叶安,4,3,{issued},长期,有效,20260102"


def put(drop: Path, name: str, *lines: str, checksum: str = "") -> None:
    raw = "\r\n".join([*lines, ""]).encode("gb18030")
    (drop / name).write_bytes(raw)
    (drop / f"{name}.sha256").write_text(f"{checksum or hashlib.sha256(raw).hexdigest()}  {name}\n")
    (drop / f"{name}.ok").touch()


def cards(desk: Desk) -> list[str]:
    return sorted(data["card_no"][:18] for _, data in desk.seen(TOPIC))


def receipt(drop: Path, name: str) -> dict[str, int]:
    lines = (drop / "done" / f"{name}.receipt.txt").read_text().splitlines()
    return {word: int(count) for word, count in map(str.split, lines)}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def test_each_file_ends_where_it_belongs_and_good_rows_are_on_the_topic(desk: Desk) -> None:
    drop = desk.home.site.drops["disabled-federation"]
    put(drop, "1-good.csv", HEADER, row(1), row(2), row(1))
    put(drop, "2-columns.csv", "残疾人证号,姓名", "1,2")
    put(drop, "3-checksum.csv", HEADER, row(3), checksum="0" * 64)
    put(drop, "4-row.csv", HEADER, row(4), row(5, issued="2015-02-30"), row(6))
    with desk.door(NAME) as door:
        door.round()
        assert door.round() == 0
    assert cards(desk) == sorted(citizen(number) for number in (1, 2, 4, 6))
    assert receipt(drop, "1-good.csv") == {"rows": 3, "sent": 2, "unchanged": 1, "refused": 0}
    assert receipt(drop, "4-row.csv") == {"rows": 3, "sent": 2, "unchanged": 0, "refused": 1}
    assert names(drop) == []
    assert [name for name in names(drop / "refused") if name.endswith(".reason.txt")] == [
        "2-columns.csv.reason.txt", "3-checksum.csv.reason.txt",
    ]  # fmt: skip
    assert (drop / "refused" / "2-columns.csv.reason.txt").read_text().startswith("WRONG_COLUMNS")
    assert (drop / "refused" / "3-checksum.csv.reason.txt").read_text().startswith("BAD_CHECKSUM")
    assert "\r\n3,BAD_DATE," in (drop / "done" / "4-row.csv.refused.csv").read_bytes().decode("utf-8-sig")


def test_the_next_night_costs_what_changed(desk: Desk) -> None:
    drop = desk.home.site.drops["disabled-federation"]
    with desk.door(NAME) as door:
        put(drop, "night-1.csv", HEADER, row(11), row(12))
        door.round()
        put(drop, "night-2.csv", HEADER, row(11), row(12, issued="2021-01-31"), row(13))
        door.round()
    assert receipt(drop, "night-2.csv") == {"rows": 3, "sent": 2, "unchanged": 1, "refused": 0}
    assert cards(desk) == sorted(citizen(number) for number in (11, 12, 12, 13))


@pytest.mark.parametrize("memory", ["kept", "lost"])
def test_a_death_between_topic_and_receipt_puts_no_new_id_on_the_topic(desk: Desk, memory: str) -> None:
    drop = desk.home.site.drops["disabled-federation"]
    put(drop, "night.csv", HEADER, *(row(number) for number in range(20, 40)), row(40, issued="2015-02-30"))
    desk.killed(NAME, "file.sent")
    first = desk.seen(TOPIC)
    assert len(first) == 20 and names(drop) == ["night.csv", "night.csv.ok", "night.csv.sha256"]
    if memory == "lost":
        for path in drop.glob(".sent.sqlite*"):
            path.unlink()
    with desk.door(NAME) as door:
        door.round()
    found = desk.seen(TOPIC)
    assert len(found) == (20 if memory == "kept" else 40)
    assert {str(one) for one in found} == {str(one) for one in first}
    counts = receipt(drop, "night.csv")
    assert counts["rows"] == 21 == counts["sent"] + counts["unchanged"] + counts["refused"]
    assert counts["refused"] == 1 and names(drop) == []
