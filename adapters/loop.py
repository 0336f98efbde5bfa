"""What all adapters share: run rounds until told to stop, wait when a part is away, leave when a person or the supervisor must act."""

import contextlib
import faulthandler
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Protocol

from govbus.errors import RetryLater
from govbus.ports import Observer

log = logging.getLogger(__name__)
_FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 2.0
_ANEW = 5  # failures in a row after which the door's connections are thought to be part of the trouble
_ROUND_S = 300  # a round that takes longer hangs in a client library: the process ends with its stack in the log, a new one goes on


class Door(Protocol):
    """One adapter at work."""

    poll_s: float

    def round(self) -> int:
        """Do what is there to do and return how many records passed; 0 lets the loop wait ``poll_s``.

        Called again after any error it raises, of this door or of a new one: whatever it did not finish must be found again.
        """

    def close(self) -> None:
        """Let go of connections, within a second."""


class Stop:
    """Set by SIGTERM and SIGINT; everything that waits, waits on it."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def listen(self) -> None:
        """Take the signals of this process."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._told)

    def _told(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._event.set()

    def set(self) -> None:
        """Ask for the end."""
        self._event.set()

    def wait(self, seconds: float) -> bool:
        """True as soon as the end is asked for."""
        return self._event.wait(seconds)


def run(name: str, open_door: Callable[[], Door], observer: Observer, stop: Stop, ended: Callable[[], str] = str) -> None:
    """Run one adapter to its end.

    :param ended: asked before each round; a reason ends the adapter for good, as somebody who stops it would
    :raises SetupError: a person must act
    :raises Exception: unknown; leave the process, the supervisor starts a new one
    """
    door: Door | None = None
    wait_s, failures = _FIRST_WAIT_S, 0
    try:
        while not stop.wait(0):
            if why := ended():
                log.warning("%s: %s", name, why)
                return
            try:
                with _bounded():
                    door = door or open_door()
                    passed = door.round()
            except RetryLater as away:
                log.warning("%s: %s; trying again in %.1f s", name, away, wait_s)
                stop.wait(wait_s)
                wait_s, failures = min(wait_s * 2, LONGEST_WAIT_S), failures + 1
                if door is not None and failures % _ANEW == 0:
                    door.close()
                    door = None
                continue
            wait_s, failures = _FIRST_WAIT_S, 0
            observer.succeeded(name)
            if not passed:
                stop.wait(door.poll_s)
    finally:
        if door is not None:
            door.close()


@contextlib.contextmanager
def _bounded() -> Iterator[None]:
    """Only the round counts: the wait between two may be an hour."""
    faulthandler.dump_traceback_later(_ROUND_S, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
