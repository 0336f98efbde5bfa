"""A row that goes back to what it was is a change like any other: the last night's word stands."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.instance import Instance
from tests.live.adapters.test_file import HEADER, NAME, TOPIC, put, receipt, row
from tests.live.adapters.world import Desk, citizen, home_with_drop

pytestmark = pytest.mark.kafka


@pytest.fixture
def desk(bus: Instance, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(bus, home_with_drop(bus, tmp_path))
    (tmp_path / "drop").mkdir()
    yield desk
    desk.close()


def test_a_change_back_is_sent_and_what_stays_is_not(desk: Desk) -> None:
    drop = desk.home.site.drops["disabled-federation"]
    nights = ["2020-01-31", "2020-01-31", "2021-01-31", "2020-01-31", "2020-01-31"]
    for number, issued in enumerate(nights):
        put(drop, f"night-{number}.csv", HEADER, row(50, issued), row(51))
        with desk.door(NAME) as door:
            door.round()
    assert [receipt(drop, f"night-{number}.csv")["sent"] for number in range(5)] == [2, 0, 1, 1, 0]
    versions = sorted((data["version"], data["issued"]) for _, data in desk.seen(TOPIC) if data["card_no"].startswith(citizen(50)))
    assert [issued for _, issued in versions] == ["2020-01-31", "2021-01-31", "2020-01-31"]
