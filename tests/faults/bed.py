"""The test bed: one broker of its own as every instance has it (TLS, SCRAM, default deny), two worker slots, and nothing else."""

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import yaml

from govbus.errors import RetryLater
from govbus.settings import SETTLE_MS, Home, Kafka, Registry, Site
from local import kafka, parts, places, secrets_certs, site_plan
from local.instance import PROJECT
from local.supervise import Program, Supervisor
from topics import broker
from topics.apply import apply

SLOTS = ("worker-1", "worker-2")
READY_S = 60.0


def until(what: str, ready: Callable[[], bool], seconds: float = READY_S, pause_s: float = 0.1) -> None:
    """Look every ``pause_s`` until ``ready``, at most ``seconds``."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            msg = f"not within {seconds:.0f} s: {what}"
            raise TimeoutError(msg)
        time.sleep(pause_s)


class Bed:
    """Kafka alone, on free ports, with the project's own topics, rights and logins.

    Other kinds of bed: :mod:`tests.faults.beds`, :mod:`tests.faults.cluster`.
    """

    brokers: tuple[str, ...] = ("kafka",)
    settle_ms = SETTLE_MS

    def __init__(self, folder: Path) -> None:
        """:param folder: new and empty; the home is made in it"""
        self.folder, self.ports = folder.resolve() / "home", site_plan.free_ports()
        self.supervisor = Supervisor(self.folder, places.outside(self.folder) / "supervisor.sock")

    def open(self) -> Home:
        """Broker up, topics and rights applied."""
        found = parts.ensure(PROJECT / ".govbus" / "parts", places.shared())
        self.folder.mkdir(mode=0o700, parents=True)
        (self.folder / "tmp").mkdir()
        self._secure()
        self.supervisor.open(self._programs(found))
        self.start_broker()
        apply(self.home, registry=False)
        return self.home

    @property
    def home(self) -> Home:
        """The home as every program of the bus opens it."""
        return Home(self.folder)

    @property
    def bootstrap(self) -> str:
        """Where clients find the broker."""
        return f"127.0.0.1:{self.ports.of('kafka')}"

    def home_of(self, slot: str) -> Path:
        """The home that worker ``slot`` opens."""
        return self.folder

    def start_broker(self) -> None:
        """Start the broker unless it runs, and wait until it answers."""
        for name in self.brokers:
            self.supervisor.start(name)
        self.await_broker()

    def await_broker(self) -> None:
        """Wait until it answers; its supervisor starts it again and again by itself."""
        until("Kafka answers", self._answers)

    def kill_broker(self) -> None:
        """kill -9; its supervisor starts it again."""
        before = self.supervisor.pid("kafka")
        os.kill(before, signal.SIGKILL)
        until("Kafka runs again", lambda: self.supervisor.pid("kafka") not in (0, before))
        self.await_broker()

    def close(self) -> None:
        """End the broker and its supervisor."""
        self.supervisor.close()
        places.outside(self.folder).rmdir()

    def _programs(self, found: parts.Parts) -> list[Program]:
        return [kafka.prepare(self.folder, found, self.ports, self.home.secret("kafka.admin").get_secret_value())]

    def _secure(self) -> None:
        secrets_certs.ensure_secrets(self.folder / "secrets")
        for slot in set(SLOTS) - set(site_plan.WORKERS):
            secrets_certs.write_private(self.folder / "secrets" / f"kafka.{slot}", os.urandom(32).hex())
        secrets_certs.ensure_certs(self.folder / "certs")
        self.write_site(self.folder, self.bootstrap)

    def write_site(self, home: Path, bootstrap: str) -> None:
        """``home``'s site file: this bed, reached at ``bootstrap``."""
        ca = self.folder / "certs" / "ca.pem"
        site = Site(
            kafka=Kafka(bootstrap=bootstrap, ca=ca, settle_ms=self.settle_ms),
            registry=Registry(url=f"https://127.0.0.1:{self.ports.of('registry')}/apis/ccompat/v7", ca=ca),
            workers=SLOTS,
        )
        secrets_certs.write_private(home / "site.yaml", yaml.safe_dump(site.model_dump(mode="json"), sort_keys=False))

    def _answers(self) -> bool:
        if not all(site_plan.taken(int(server.rpartition(":")[2])) for server in self.bootstrap.split(",")):
            return False
        try:
            with broker.admin(self.home) as admin:
                admin.topics()
        except RetryLater:
            return False
        return True


Kind = TypeVar("Kind", bound=Bed)


@contextmanager
def opened(kind: Callable[[Path], Kind]) -> Iterator[Kind]:
    """A bed of this kind in a temporary folder, gone at the end whatever happened."""
    with tempfile.TemporaryDirectory(prefix=f"govbus-test-{os.getpid()}-") as folder:
        bed = kind(Path(folder))
        try:
            bed.open()
            yield bed
        finally:
            bed.close()
