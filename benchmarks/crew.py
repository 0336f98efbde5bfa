"""A bus of the bench's own, worker processes under the bench's rules, and what they cost."""

import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from agents.runtime.worker import run_worker
from agents.wiring import make_desk
from benchmarks.jobs import PROOF, Comparing, job
from govbus.project import room
from govbus.settings import Home
from local import programs, site_plan
from local.instance import PROJECT, Instance
from local.secrets_certs import write_private
from schemas.codec import Codec
from schemas.purposes import keys_of
from topics import broker
from topics.apply import apply
from topics.load import load

DESK = "desk"
SLOTS = (*site_plan.WORKERS, "worker-4")


class Crew:
    """Worker processes."""

    def __init__(self, home: Home, workers: int, of: str = PROOF) -> None:
        environment = {**os.environ, "GOVBUS_HOME": str(home.folder)}
        words = [sys.executable, "-m", "benchmarks.crew", of]
        self._hands = [subprocess.Popen([*words, slot], env=environment, cwd=PROJECT) for slot in SLOTS[:workers]]

    def cpu_s(self) -> float:
        """Processor seconds of all so far, their threads included."""
        return sum(cpu_s(hand.pid) for hand in self._hands)

    def mib(self, line: str = "VmHWM") -> int:
        """The largest resident set of any of them: ``VmHWM`` the peak, ``VmRSS`` that of now."""
        return max(_mib(hand.pid, line) for hand in self._hands)

    def stop(self) -> float:
        """Ask all to stop; how many seconds the slowest took."""
        begun = time.monotonic()
        for hand in self._hands:
            hand.terminate()
        for hand in self._hands:
            hand.wait(30)
        return round(time.monotonic() - begun, 2)


def cpu_s(pid: int) -> float:
    """Processor seconds of a process so far, its threads included."""
    fields = Path("/proc", str(pid), "stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _mib(pid: int, name: str) -> int:
    found = next(line for line in Path("/proc", str(pid), "status").read_text().splitlines() if line.startswith(name))
    return round(int(found.split()[1]) / 1024)


@contextmanager
def bus(fourth: bool = False) -> Iterator[Home]:
    """Servers of the bench's own, with three worker slots.

    :param fourth: with one more, and a fourth partition
    """
    with tempfile.TemporaryDirectory(prefix="govbus-bench-") as folder:
        home = Path(folder) / "home"
        instance = Instance(home, site_plan.free_ports(), programs.ours(home, PROJECT, (), len(site_plan.WORKERS)))
        try:
            instance.start_servers()
            if fourth:
                _add_slot(home)
            apply(Home(home))
            if fourth:
                _grow(Home(home))
            yield Home(home)
        finally:
            instance.stop(purge=True)


def _add_slot(home: Path) -> None:
    """A worker more than the laptop has."""
    write_private(home / "secrets" / f"kafka.{SLOTS[-1]}", os.urandom(32).hex())
    site = yaml.safe_load((home / "site.yaml").read_text(encoding="utf-8"))
    site["workers"], site["metrics"][SLOTS[-1]] = list(SLOTS), site_plan.free_ports().metrics(0)
    write_private(home / "site.yaml", yaml.safe_dump(site, sort_keys=False))


def _grow(home: Home) -> None:
    """A partition for it in each topic; before the first record, so no key moves."""
    with broker.admin(home, "admin") as admin:
        for topic in load().topics.values():
            if topic.spec.partitions == len(site_plan.WORKERS):
                admin.grow_topic(topic.name, len(SLOTS))


def work(of: str, slot: str) -> int:
    """The worker process: the house's own worker under the bench's rules, or under the project's own (:data:`DESK`)."""
    logging.basicConfig(level="WARNING")
    logging.getLogger("agents.runtime.engine").setLevel("INFO")
    home = Home()
    observer = room("monitoring.observer").open_observer(home, slot)
    if of == DESK:
        desk = make_desk(home)
        return run_worker(home, slot, desk, Codec.load(desk.records, keys=keys_of(home)), observer)
    made = job(of)
    return run_worker(home, slot, Comparing(made), made.codec, observer)


if __name__ == "__main__":
    sys.exit(work(*sys.argv[1:3]))
