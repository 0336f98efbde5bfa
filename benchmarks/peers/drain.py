"""Throughput, CPU and memory of one running contestant, watched from outside so that the watching costs it next to nothing."""

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition

from benchmarks.peers.broker import PARTITIONS
from govbus.errors import RetryLater

LOOK_S = 0.03
QUIET_S = 1.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Drained:
    """What a drain came to.

    :ivar per_s: results a second, from the broker's time of the first result to that of the last
    :ivar cpu_s: CPU-seconds of the contestant's process, all threads, per 100,000 results, its start-up left out
    :ivar rss_mb: peak resident memory in MB
    """

    per_s: float
    cpu_s: float
    rss_mb: float


def watch(bootstrap: str, target: str, process: subprocess.Popen[bytes], count: int, limit_s: float) -> Drained:
    """Wait until ``process`` has written ``count`` results to ``target``.

    :raises RetryLater: it ended or is not done after ``limit_s``, or a committed reader does not find ``count`` results
    """
    reader = Consumer({"bootstrap.servers": bootstrap, "group.id": "drain", "isolation.level": "read_committed", "enable.auto.commit": False})
    try:
        begun, used = _cpu_used(reader, target, process, count, limit_s)
        rss_mb = _peak_mb(process.pid)
        times = _times(reader, target, count)
    finally:
        reader.close()
    return Drained(
        per_s=round(count * 1000 / max(1, max(times) - min(times))),
        cpu_s=round((used - begun) * 100_000 / count, 3),
        rss_mb=round(rss_mb),
    )


def _cpu_used(reader: Consumer, target: str, process: subprocess.Popen[bytes], count: int, limit_s: float) -> tuple[float, float]:
    """CPU-seconds at the first result and at the last."""
    deadline, changed, before = time.monotonic() + limit_s, time.monotonic(), 0
    begun = used = 0.0
    while True:
        if process.poll() is not None or time.monotonic() > deadline:
            state = "ended by itself" if process.poll() is not None else f"not done after {limit_s:.0f} s"
            msg = f"{state} at {before} of {count} results"
            raise RetryLater(msg)
        now = sum(reader.get_watermark_offsets(TopicPartition(target, number), 30)[1] for number in range(PARTITIONS))
        if now != before:
            used, changed = cpu_s(process.pid), time.monotonic()
            begun = begun if before else used
            before = now
        elif now >= count and time.monotonic() - changed > QUIET_S:
            return begun, used  # transaction markers count as records here, so enough is not yet the end
        time.sleep(LOOK_S)


def _times(reader: Consumer, target: str, count: int) -> list[int]:
    """Log times of all committed results, in ms."""
    reader.assign([TopicPartition(target, number, 0) for number in range(PARTITIONS)])
    times: list[int] = []
    deadline = time.monotonic() + 30
    while len(times) < count and time.monotonic() < deadline:
        times += [message.timestamp()[1] for message in reader.consume(10_000, 0.2) if not message.error()]
    if len(times) < count:
        msg = f"a committed reader finds {len(times)} of {count} results"
        raise RetryLater(msg)
    return times


def cpu_s(pid: int) -> float:
    """User and system time of a process so far, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024
