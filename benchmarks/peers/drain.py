"""Throughput, CPU and memory of one running contestant, watched from outside so that the watching costs it next to nothing."""

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition

from benchmarks.peers.broker import PARTITIONS
from govbus.errors import RetryLater

LOOK_S, QUIET_S = 0.03, 1.0
WARM = 0.25
"""Share of the results at the beginning that is not counted: connections are made, and the JVM compiles."""
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Drained:
    """What a drain came to.

    :ivar per_s: results a second, by the broker's log time of the results
    :ivar cpu_s: CPU-seconds of the contestant's process, all threads, per 100,000 results
    :ivar rss_mb: peak resident memory in MB, from its start on
    """

    per_s: float
    cpu_s: float
    rss_mb: float


def watch(bootstrap: str, target: str, process: subprocess.Popen[bytes], count: int, limit_s: float) -> Drained:
    """Wait until ``process`` has written ``count`` results to ``target``.

    :raises RetryLater: it ended or is not done after ``limit_s`` seconds, or a committed reader does not find ``count`` results
    """
    reader = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "drain", "isolation.level": "read_committed", "enable.auto.commit": False}
    )
    try:
        cpu_each_s = _cpu_each_s(reader, target, process, count, time.monotonic() + limit_s)
        rss_mb = _peak_mb(process.pid)
        times = sorted(_times(reader, target, count))
    finally:
        reader.close()
    counted = times[int(count * WARM) :]
    return Drained(
        per_s=round(len(counted) * 1000 / max(1, counted[-1] - counted[0])),
        cpu_s=round(cpu_each_s * 100_000, 3),
        rss_mb=round(rss_mb),
    )


def _cpu_each_s(reader: Consumer, target: str, process: subprocess.Popen[bytes], count: int, deadline: float) -> float:
    """CPU-seconds a result; returns when no more results come. A look sees transaction markers as results: some in a thousand."""
    looks = [(0, 0.0)]
    changed = time.monotonic()
    while looks[-1][0] < count or time.monotonic() - changed < QUIET_S:
        if process.poll() is not None or time.monotonic() > deadline:
            msg = f"{'not done in time' if process.poll() is None else 'ended by itself'} at {looks[-1][0]} of {count} results"
            raise RetryLater(msg)
        now = sum(reader.get_watermark_offsets(TopicPartition(target, number), 30)[1] for number in range(PARTITIONS))
        if now != looks[-1][0]:
            looks.append((now, cpu_s(process.pid)))
            changed = time.monotonic()
        time.sleep(LOOK_S)
    counted = [look for look in looks if look[0] >= count * WARM]
    return (counted[-1][1] - counted[0][1]) / max(1, counted[-1][0] - counted[0][0])


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
