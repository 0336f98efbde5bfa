"""Throughput, CPU and memory of one running contestant, watched from outside so that the watching costs it next to nothing."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition

from benchmarks.peers.broker import PARTITIONS
from govbus.errors import RetryLater

_LOOK_S, _QUIET_S, _LIMIT_S = 0.03, 1.0, 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Drained:
    """What a drain came to.

    :ivar per_s: results a second, from the moment the contestant was let go to the broker's log time of the last result
    :ivar cpu_s: CPU-seconds of the contestant's process, all threads, per 100,000 results
    :ivar rss_mb: peak resident memory in MB, from its start on
    """

    per_s: float
    cpu_s: float
    rss_mb: float


class Watch:
    """Follows the results of one contestant by the ends of its target topic."""

    def __init__(self, bootstrap: str, target: str, process: subprocess.Popen[bytes]) -> None:
        settings = {"bootstrap.servers": bootstrap, "group.id": "drain", "isolation.level": "read_committed", "enable.auto.commit": False}
        self._reader = Consumer(settings)
        self._target, self._process = target, process
        self._seen = self._done = 0

    def until(self, count: int) -> float:
        """Wait for ``count`` more results, and return the CPU-seconds the process had used when the last came.

        :raises RetryLater: it ended, or is not done in time
        """
        goal, deadline = self._seen + count, time.monotonic() + _LIMIT_S
        changed, used = time.monotonic(), cpu_s(self._process.pid)
        while self._seen < goal or time.monotonic() - changed < _QUIET_S:  # the end counts transaction markers too: enough is not yet all
            if self._process.poll() is not None or time.monotonic() > deadline:
                state = "not done in time" if self._process.poll() is None else "ended by itself"
                msg = f"{state}, {goal - self._seen} results from the goal"
                raise RetryLater(msg)
            places = (TopicPartition(self._target, number) for number in range(PARTITIONS))
            now = sum(self._reader.get_watermark_offsets(place, 30)[1] for place in places)
            if now != self._seen:
                self._seen, changed, used = now, time.monotonic(), cpu_s(self._process.pid)
            time.sleep(_LOOK_S)
        self._done += count
        return used

    def drained(self, count: int) -> Drained:
        """Figures of the next ``count`` results; call it at the moment when the contestant is let go.

        :raises RetryLater: as :meth:`until`, or a committed reader does not find the results
        """
        begun_ms, begun_cpu_s = time.time() * 1000, cpu_s(self._process.pid)
        used = self.until(count) - begun_cpu_s
        return Drained(
            per_s=round(count * 1000 / (self._last_ms() - begun_ms)),
            cpu_s=round(used * 100_000 / count, 3),
            rss_mb=round(_peak_mb(self._process.pid)),
        )

    def _last_ms(self) -> int:
        """Log time of the last result, once a committed reader has found them all."""
        self._reader.assign([TopicPartition(self._target, number, 0) for number in range(PARTITIONS)])
        found, last, deadline = 0, 0, time.monotonic() + 30
        while found < self._done and time.monotonic() < deadline:
            times = [message.timestamp()[1] for message in self._reader.consume(10_000, 0.2) if not message.error()]
            found, last = found + len(times), max(last, *times, 0)
        if found < self._done:
            msg = f"a committed reader finds {found} of {self._done} results"
            raise RetryLater(msg)
        return last

    def close(self) -> None:
        """Let go of the connection."""
        self._reader.close()


@contextmanager
def halted(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """The contestant stands still within, with its memory, connections and compiled code; seconds, so its group keeps it."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def cpu_s(pid: int) -> float:
    """User and system time of a process so far, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024
