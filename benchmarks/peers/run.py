"""One contestant's turn: a topic full of requests drained, then a steady load at two rates, all in the same process of it."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers import drain
from benchmarks.peers.broker import Broker
from benchmarks.peers.entrants import CORE, Entrant
from benchmarks.peers.environment import Environment
from govbus.errors import RetryLater
from local.instance import PROJECT
from local.talk import say


@dataclass(frozen=True)
class Scale:
    """How much is measured.

    :ivar share: of an entrant's records to drain
    :ivar seconds: at each rate
    :ivar rates: requests a second
    """

    rounds: int
    share: float
    seconds: int
    rates: tuple[int, ...] = (300, 3_000)


FULL, QUICK = Scale(3, 1.0, 15), Scale(1, 0.1, 4)
_LATE_S, _SKIP_S = 4, 1
_WARM = 0.25  # of the records to drain, before them and not counted


def turn(broker: Broker, environment: Environment, entrant: Entrant, name: str, scale: Scale, folder: Path) -> dict[str, Any]:
    """One run of ``entrant`` on topics of its own.

    :param name: of this run; names its topics and log
    :raises RetryLater: the contestant failed; its last words go to stderr, for they may name places of this machine
    """
    source, target, log = f"in-{name}", f"out-{name}", folder / f"{name}.log"
    broker.create(source, target, *entrant.books)
    try:
        command = entrant.command(environment, folder / name, broker.bootstrap, source, target)
        aside = broker.aside(CORE) if entrant.alone else nullcontext()
        with aside, _started(command, entrant.project(environment), log) as process:
            found = asdict(_drain(broker, process, entrant, source, target, int(entrant.records * scale.share)))
            for rate in scale.rates:
                before, begun = drain.cpu_s(process.pid), time.monotonic()
                found[f"at_{rate}"] = _steady(broker, entrant, source, target, rate, scale.seconds)
                found[f"at_{rate}"]["cores"] = round((drain.cpu_s(process.pid) - before) / (time.monotonic() - begun), 3)
    except RetryLater:
        say(f"  {name} failed; its last words: {log.read_text(errors='replace')[-1500:]}")
        raise
    finally:
        broker.delete(source, target, *entrant.books)
    return found


def _drain(
    broker: Broker, process: subprocess.Popen[bytes], entrant: Entrant, source: str, target: str, count: int
) -> drain.Drained:  # fmt: skip
    """A warm-up, then ``count`` requests that were all there when it was let go."""
    watch, warm = drain.Watch(broker.bootstrap, target, process), int(count * _WARM)
    try:
        _load(broker, entrant, source, warm, 0)
        watch.until(warm)
        with drain.halted(process):
            _load(broker, entrant, source, count, 0)
        return watch.drained(count)
    finally:
        watch.close()


def _steady(broker: Broker, entrant: Entrant, source: str, target: str, rate: int, seconds: int) -> dict[str, Any]:
    """Latency under ``rate`` requests a second; the first second is not counted."""
    count = rate * (seconds + _SKIP_S)
    words = (target, str(count), str(rate * _SKIP_S), str(seconds + _SKIP_S + _LATE_S))
    with subprocess.Popen(_python("observer", broker.bootstrap, *words), cwd=PROJECT, stdout=subprocess.PIPE, text=True) as observer:
        try:
            if not observer.stdout or observer.stdout.readline() != "ready\n":
                msg = "the observer did not start"
                raise RetryLater(msg)
            _load(broker, entrant, source, count, rate)
            found: dict[str, Any] = json.loads(observer.stdout.read())
        finally:
            observer.terminate()
    return found


def _load(broker: Broker, entrant: Entrant, topic: str, count: int, rate: int) -> None:
    words = _python("load", broker.bootstrap, topic, str(count), str(rate), *(("events",) if entrant.whole else ()))
    done = subprocess.run(words, cwd=PROJECT, check=False)
    if done.returncode:
        msg = f"the load generator failed on {topic}"
        raise RetryLater(msg)


def _python(module: str, *words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", f"benchmarks.peers.{module}", *words)


@contextmanager
def _started(command: tuple[str, ...], project: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The contestant's process, ended on leaving: asked first, then made to."""
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=project, stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        time.sleep(0.5)  # the broker's own work for a member that left is not the next one's
