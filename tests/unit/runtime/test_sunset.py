"""The day after: a worker whose purpose has ended refuses its records, forgets what was due, and goes on with everything else."""

from pathlib import Path

import pytest

from agents.runtime.work import Work
from schemas import purposes
from schemas.codec import Codec
from schemas.purposes import Keys
from tests.unit.purpose_keys import EPIDEMIC
from tests.unit.runtime.test_standings import Bus
from tests.unit.shapes import world
from topics.load import records


@pytest.fixture
def bus(tmp_path: Path) -> Bus:
    keys = Keys({EPIDEMIC: {1: bytes(range(32))}}, home=tmp_path)
    made = Bus(work=Work(world.make_desk(), Codec.load(records(), keys=keys)))
    made.happen("D1 00:00", "person")
    made.happen("D1 08:00", "quarantine", issued_at="D1 08:00", quarantine_from="D1 08:00", quarantine_to="D8 12:00")
    assert made.levels() == ["green", "red"]
    return made


def end(bus: Bus, home: Path) -> None:
    purposes.ended(home, EPIDEMIC).parent.mkdir()
    purposes.ended(home, EPIDEMIC).touch()
    bus.work.codec.keys.refresh()
    bus.written.clear()


def test_what_still_comes_is_kept_unread_in_quarantine_with_its_reason(bus: Bus, tmp_path: Path) -> None:
    end(bus, tmp_path)
    bus.happen("D2 08:00", "lab.result", sampled_at="D2 06:00", result="positive")
    assert bus.refusals() == ["PURPOSE_OVER"]
    assert [each.topic for each in bus.written] == ["bus.quarantine"]
    assert b"positive" not in b"".join(each.value or b"" for each in bus.written)


def test_what_was_due_is_forgotten_and_nobody_is_told(bus: Bus, tmp_path: Path) -> None:
    end(bus, tmp_path)
    bus.until("D9 00:00")
    assert not bus.written
    assert [change.value for key, change in bus.log.items() if key.startswith(b"health-code|")] == [None]


def test_checks_of_proofs_go_on_in_the_same_worker(bus: Bus, tmp_path: Path) -> None:
    end(bus, tmp_path)
    bus.ask("r1")
    bus.happen("D2 08:00", "lab.result", sampled_at="D2 06:00", result="positive")
    bus.answer("match", "r1")
    assert "housing.verdict" in [each.topic for each in bus.written]
    assert bus.refusals() == ["PURPOSE_OVER"]


def test_an_error_of_another_kind_is_not_taken_for_the_end(bus: Bus) -> None:
    bus.work.codec = Codec.load(records(), keys=Keys({EPIDEMIC: {1: bytes(32)}}))
    with pytest.raises(Exception, match="UNDECODABLE"):
        bus.until("D9 00:00")
