"""Bad records and bad rules: what is set aside, and when the line stops."""

from dataclasses import dataclass
from typing import Any

import pytest

from agents.runtime.store import Partition
from agents.runtime.work import POISON_RUN, QUARANTINE, Result, Work
from tests.unit.runtime.test_engine import ASKED, CODEC
from tests.unit.shapes import world


@dataclass
class Broken:
    """The house's rules with a bug that comes and goes."""

    desk: Any
    failing: bool = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self.desk, name)

    def decide(self, *args: Any) -> Any:
        if self.failing:
            raise ZeroDivisionError
        return self.desk.decide(*args)


def take(work: Work, part: Partition) -> list[str]:
    """Reasons of what one request brought into the quarantine."""
    result = Result()
    work.take(part, ASKED, result)
    return [CODEC.read("gov_data.Quarantined", each.value or b"")["reason"] for each in result.records if each.topic == QUARANTINE]


def test_a_rule_that_fails_now_and_then_costs_only_what_it_fails_on() -> None:
    rules, part = Broken(world.make_desk()), Partition.empty(0)
    work = Work(rules, CODEC)
    for _ in range(3):
        rules.failing = True
        for _ in range(POISON_RUN - 1):
            assert take(work, part) == ["SHAPE_FAILED"]
        rules.failing = False
        assert take(work, part) == []


def test_a_rule_that_fails_on_everything_stops_the_line() -> None:
    work, part = Work(Broken(world.make_desk()), CODEC), Partition.empty(0)
    for _ in range(POISON_RUN - 1):
        take(work, part)
    with pytest.raises(ZeroDivisionError):
        take(work, part)
