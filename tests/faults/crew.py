"""The worker processes: started, killed, frozen, and started again when they leave, as a supervisor does."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from local.instance import PROJECT
from local.secrets_certs import write_private
from local.supervise import MARK
from tests.faults.bed import Bed, until
from tests.faults.history import History

FENCED = 70  # the exit code of a worker that could not commit; see agents.runtime.worker


@dataclass
class _Hand:
    process: subprocess.Popen[bytes]
    mutant: str
    frozen: bool = False


class Crew:
    """Worker slots of one bed."""

    def __init__(self, bed: Bed, history: History) -> None:
        self._bed, self._history, self._hands = bed, history, dict[str, _Hand]()
        self._logs = bed.folder / "logs"
        self.left: list[tuple[str, int]] = []

    def start(self, slot: str, mutant: str = "", failpoint: str = "") -> None:
        """Start ``slot``, unless it runs; the product's own command, or a mutant of it.

        :param mutant: of :mod:`tests.faults.mutants`; "none" is a healthy worker that can be halted at its commit
        :param failpoint: where its first process dies; the next ones do not
        """
        if slot in self._hands:
            return
        words = ["tests.faults.mutants", "--slot", slot, "--mutant", mutant, "--flag", str(self._flag(slot))]
        words = words if mutant else ["govbus", "worker", "--name", slot]
        told = {"GOVBUS_HOME": str(self._bed.home_of(slot)), "GOVBUS_FAILPOINT": failpoint, MARK: str(self._bed.folder)}
        with (self._logs / f"{slot}.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, "-m", *words], env={**os.environ, **told}, cwd=PROJECT, stdout=log, stderr=log)
        self._hands[slot] = _Hand(process, mutant)
        self._history.fault("started", slot, mutant=mutant, failpoint=failpoint)

    def tend(self) -> None:
        """Start again whoever has left by himself."""
        for slot, hand in list(self._hands.items()):
            if hand.process.poll() is not None:
                self._replace(slot, None)

    def kill(self, slot: str, then: str | None = None) -> None:
        """kill -9, and start again.

        :param then: mutant of the next process; None: the same
        """
        hand = self._hands[slot]
        self._history.fault("kill", slot)
        hand.process.kill()
        hand.process.wait()
        self._replace(slot, then)

    def has_left(self, slot: str) -> bool:
        """Its process has ended."""
        return self._hands[slot].process.poll() is not None

    def await_death(self, slot: str, then: str | None = None, seconds: float = 120) -> int:
        """Wait until ``slot`` leaves by itself, start it again and return its exit code."""
        process = self._hands[slot].process
        until(f"{slot} leaves", lambda: process.poll() is not None, seconds)
        self._replace(slot, then)
        return int(process.returncode)

    def _replace(self, slot: str, then: str | None) -> None:
        hand = self._hands[slot]
        self._gone(slot, int(hand.process.returncode))
        self.start(slot, hand.mutant if then is None else then)

    def stop(self, slot: str, number: int = signal.SIGTERM) -> None:
        """End ``slot`` for good: SIGTERM, and SIGKILL when that takes more than 25 s."""
        hand = self._hands.get(slot)
        if hand is None:
            return
        self._history.fault("stop", slot, signal=number)
        self.thaw(slot)
        hand.process.send_signal(number)
        try:
            hand.process.wait(25)
        except subprocess.TimeoutExpired:
            hand.process.kill()
        self._gone(slot, hand.process.wait())

    def freeze(self, slot: str) -> None:
        """SIGSTOP."""
        self._history.fault("freeze", slot)
        self._hands[slot].process.send_signal(signal.SIGSTOP)

    def thaw(self, slot: str) -> None:
        """SIGCONT; nothing for one that runs."""
        self._hands[slot].process.send_signal(signal.SIGCONT)

    def is_frozen(self, slot: str) -> bool:
        """Is its process stopped by a signal?"""
        text = Path("/proc", str(self._hands[slot].process.pid), "stat").read_text()
        return text.rpartition(")")[2].split()[0] == "T"

    def resume(self, slot: str) -> None:
        """Wake a halted slot up and wait for the end of its commit, good or bad."""
        over = self._flag(slot).with_name(f"flag-{slot}.over")
        over.unlink(missing_ok=True)
        self._history.fault("thaw", slot)
        self.thaw(slot)
        until(f"{slot} ends its commit", over.exists)

    def can_halt(self, slot: str) -> bool:
        """The product's own command cannot: it takes no orders from tests."""
        return bool(self._hands[slot].mutant)

    def ask(self, slot: str, word: str) -> None:
        """``halt``, ``die`` or ``fail`` at the next commit; needs a slot started with ``mutant``."""
        self._history.fault(word, slot)
        write_private(self._flag(slot), word)

    def holds(self, slot: str) -> bool:
        """Told to ``fail``, it holds its commit by now."""
        return self._flag(slot).with_name(f"flag-{slot}.held").exists()

    def _flag(self, slot: str) -> Path:
        return self._bed.folder / "tmp" / f"flag-{slot}"

    def close(self) -> None:
        """End everybody at once."""
        for hand in self._hands.values():
            hand.process.kill()
            hand.process.wait()
        self._hands.clear()

    def _gone(self, slot: str, code: int) -> None:
        self.left.append((slot, code))
        self._history.fault("left", slot, code=code)
        del self._hands[slot]
