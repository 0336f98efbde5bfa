"""The loop that all adapters share: patient with a part that is away, gone when a person must act, quick to stop."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from adapters import loop
from govbus.errors import RetryLater, SetupError
from govbus.ports import NullObserver


class Watcher(NullObserver):
    def __init__(self) -> None:
        self.rounds: list[str] = []

    def succeeded(self, adapter: str) -> None:
        self.rounds.append(adapter)


class Steps:
    """A door that does as its script says, one step a round, and then asks for the end."""

    def __init__(self, stop: loop.Stop, steps: list[int | Exception], poll_s: float = 0.0) -> None:
        self.poll_s, self.opened, self.closed, self.at = poll_s, 0, 0, list[float]()
        self._stop, self._steps = stop, steps

    def open(self) -> "Steps":
        self.opened += 1
        return self

    def round(self) -> int:
        self.at.append(time.monotonic())
        if not self._steps:
            self._stop.set()
            return 0
        step = self._steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    def close(self) -> None:
        self.closed += 1


def failing(errors: Iterator[Exception], then: Callable[[], loop.Door]) -> Callable[[], loop.Door]:
    def open_door() -> loop.Door:
        for error in errors:
            raise error
        return then()

    return open_door


def test_it_waits_for_what_is_away_longer_each_time_and_goes_on() -> None:
    stop, watcher = loop.Stop(), Watcher()
    door = Steps(stop, [5, RetryLater("db"), RetryLater("db"), 5])
    loop.run("a.b", door.open, watcher, stop)
    gaps = [later - earlier for earlier, later in zip(door.at, door.at[1:], strict=False)]
    assert len(door.at) == 5 and 0.2 <= gaps[1] < gaps[2] < 1
    assert watcher.rounds == ["a.b"] * 3
    assert (door.opened, door.closed) == (1, 1)


def test_a_door_that_fails_again_and_again_is_opened_anew() -> None:
    """A client library may be stuck for good; a new connection is not."""
    stop, watcher = loop.Stop(), Watcher()
    door = Steps(stop, [*(RetryLater("stuck") for _ in range(5)), 1])
    loop.run("a.b", door.open, watcher, stop)
    assert (door.opened, door.closed) == (2, 2)
    assert watcher.rounds == ["a.b"] * 2


def test_a_long_wait_between_rounds_is_no_round_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A drop folder may be looked at once an hour. Were the wait counted, this process would end here."""
    monkeypatch.setattr(loop, "_ROUND_S", 0.2)
    stop = loop.Stop()
    door = Steps(stop, [0], poll_s=0.5)
    loop.run("a.b", door.open, NullObserver(), stop)
    assert len(door.at) == 2


def test_a_door_that_cannot_open_yet_is_opened_later() -> None:
    stop = loop.Stop()
    door = Steps(stop, [])
    loop.run("a.b", failing(iter([RetryLater("broker")]), door.open), NullObserver(), stop)
    assert (door.opened, door.closed) == (1, 1)


@pytest.mark.parametrize("error", [SetupError("no such table"), ValueError("unknown")])
def test_what_waiting_cannot_mend_ends_the_adapter_with_its_door_closed(error: Exception) -> None:
    stop = loop.Stop()
    door = Steps(stop, [1, error, 1])
    with pytest.raises(type(error)):
        loop.run("a.b", door.open, NullObserver(), stop)
    assert (len(door.at), door.closed) == (2, 1)


@pytest.mark.parametrize("steps", [[0], [RetryLater("db")] * 9], ids=["while idle", "while waiting for a part"])
def test_stop_is_quick(steps: list[int | Exception]) -> None:
    stop = loop.Stop()
    door = Steps(stop, [*steps], poll_s=60)
    thread = threading.Thread(target=loop.run, args=("a.b", door.open, NullObserver(), stop))
    thread.start()
    while not door.at:
        stop.wait(0.01)
    begun = time.monotonic()
    stop.set()
    thread.join(timeout=10)
    assert not thread.is_alive() and time.monotonic() - begun < 1 and door.closed == 1


def test_a_stop_before_the_start_opens_nothing() -> None:
    stop = loop.Stop()
    stop.set()
    door = Steps(stop, [])
    loop.run("a.b", door.open, NullObserver(), stop)
    assert (door.opened, door.closed) == (0, 0)


def test_an_adapter_whose_purpose_has_ended_leaves_for_good_and_opens_nothing() -> None:
    stop = loop.Stop()
    door, reasons = Steps(stop, [1, 1, 1]), iter(["", "", "it is over"])
    loop.run("a", door.open, Watcher(), stop, lambda: next(reasons))
    assert (len(door.at), door.opened, door.closed) == (2, 1, 1)
    loop.run("a", door.open, Watcher(), stop, lambda: "it is over")
    assert door.opened == 1
