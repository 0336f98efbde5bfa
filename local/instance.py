"""One running set in one home folder: its secrets, certificates, ports and servers. Safe to start twice."""

import shutil
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
import psycopg
import yaml

from audit import keys
from govbus.errors import RetryLater, SetupError
from govbus.settings import Database, Home, Kafka, Registry, Site
from local import kafka, parts, places, postgres, prometheus, registry, secrets_certs, site_plan
from local.site_plan import Ports
from local.supervise import FIRST, Program, Supervisor
from local.talk import step
from topics import broker

PROJECT = Path(__file__).resolve().parent.parent
_READY_S, _EACH_S, _FAILING_S = 60.0, 4.0, 10.0
"""Patience with a program that is starting, more for each that starts beside it (an import takes 2 s of a core), and with one that ends
again and again."""


class Instance:
    """The set at ``home``. ``start_servers`` and ``stop`` may be called from different processes."""

    def __init__(self, home: Path, ports: Ports, extra: Iterable[Program] = ()) -> None:
        """:param extra: programs beside the servers, see :mod:`local.programs`"""
        self.home, self.ports, self.extra = home.resolve(), ports, tuple(extra)
        self.supervisor = Supervisor(self.home, places.outside(self.home) / "supervisor.sock")

    @property
    def kafka_bootstrap(self) -> str:
        """``host:port`` of the broker's client listener."""
        return f"127.0.0.1:{self.ports.of('kafka')}"

    @property
    def registry_url(self) -> str:
        """Confluent-compatible root of the schema registry."""
        return registry.url(self.ports)

    @property
    def prometheus_url(self) -> str:
        """Where Prometheus answers; empty on a machine that has none."""
        return f"http://127.0.0.1:{self.ports.of('prometheus')}" if prometheus.prepared(self.home) else ""

    @property
    def targets(self) -> dict[str, int]:
        """Metrics port of each of our programs."""
        return {one.name: self.ports.metrics(site_plan.metrics_index(one.name)) for one in self.extra}

    @property
    def holders(self) -> tuple[str, ...]:
        """Departments whose database is in the shared server: those that have a program here."""
        running = {one.name for one in self.extra}
        return tuple(name for name, answerers in site_plan.holders().items() if running & set(answerers))

    @property
    def workers(self) -> tuple[str, ...]:
        """The worker slots that run here."""
        return tuple(one.name for one in self.extra if one.name in site_plan.WORKERS) or site_plan.WORKERS[:1]

    @property
    def ca(self) -> Path:
        """PEM file of this instance's own authority."""
        return self.home / "certs" / "ca.pem"

    def secret(self, name: str) -> str:
        """A secret in clear, e.g. ``kafka.housing``; do not log it."""
        return Home(self.home).secret(name).get_secret_value()

    def dsn(self, database: str, role: str) -> str:
        """Connection string of one department's database, TLS verified; contains the password, do not log it."""
        name = "postgres" if role == "postgres" else site_plan.logical(database)
        owner = site_plan.server_of(database) if role == "postgres" else database
        password = self.secret(f"db.{owner}.{role}")
        login = role if role == "postgres" else site_plan.prefix(database) + role
        return postgres.dsn("127.0.0.1", self.ports.database(database), name, login, password, self.ca)

    def prepare(self) -> None:
        """Folders, secrets, certificates and ``site.yaml``; keeps what is there."""
        if not (self.home / "secrets").exists():  # an earlier home of this path was removed: nobody has the passwords of its servers
            _remove(places.outside(self.home))
            places.outside(self.home)
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.home.chmod(0o700)
        (self.home / "tmp").mkdir(exist_ok=True)
        for folder in site_plan.drop_folders(self.home).values():
            folder.mkdir(parents=True, exist_ok=True)
        secrets_certs.ensure_secrets(self.home / "secrets")
        keys.publish_own(self.home)
        secrets_certs.ensure_certs(self.home / "certs")
        self._write_site()

    def start_servers(self) -> None:
        """All servers up and answering; starts what is down, leaves what is up.

        :raises SetupError: a port is held by another program, or a part cannot be had
        :raises RetryLater: a server did not answer in time; the message names its log
        """
        found = parts.ensure(PROJECT / ".govbus" / "parts", places.shared())
        self.prepare()
        watch = prometheus.prepare(self.home, self.ports.of("prometheus"), self.targets, found.folder)
        self._write_site()
        if not self.supervisor.alive():
            site_plan.check_free(self.ports)
        with step("secrets, certificates and data folders"):
            servers = self._servers(found)
        self.supervisor.open((*servers, *self.extra, *([watch] if watch else [])))
        for one in servers:
            if one.rank == FIRST:
                self.supervisor.start(one.name)
        with step("PostgreSQL, one server a department"):
            for name in (*site_plan.database_names(), *self.holders):
                self._wait(postgres.program(site_plan.server_of(name)), partial(self._database_answers, name))
                self._roles(name)
        self.supervisor.start("registry")
        with step("Kafka"):
            self._wait("kafka", self._kafka_answers)
        with step("schema registry"):
            self._wait("registry", lambda: registry.answers(self.registry_url, self.ca))

    def start_programs(self, names: Iterable[str] | None = None) -> None:
        """Our own programs and Prometheus, all or these, up and serving their metrics.

        :raises RetryLater: one ended or did not answer in time; the message names its log
        """
        wanted = list(names) if names is not None else [*self.targets, *({"prometheus"} & set(self.supervisor.states()))]
        for name in wanted:
            self.supervisor.start(name)
        for name in wanted:
            port = self.targets.get(name, self.ports.of("prometheus"))
            self._wait(name, partial(_serves, f"http://127.0.0.1:{port}/metrics"), len(wanted))

    def stop(self, purge: bool = False) -> None:
        """End every process of this instance; with ``purge`` remove its data, secrets and logs too."""
        self.supervisor.close()
        if purge:
            for folder in (self.home, places.outside(self.home)):
                _remove(folder)

    def _servers(self, found: parts.Parts) -> list[Program]:
        """Side by side: on first start each is a child process of a second or so that formats a data folder."""
        with ThreadPoolExecutor() as pool:
            broker = pool.submit(kafka.prepare, self.home, found, self.ports, self.secret("kafka.admin"))
            databases = pool.map(
                lambda name: postgres.prepare(self.home, name, found, self.ports, self.secret(f"db.{name}.postgres")),
                (*site_plan.database_names(), *([site_plan.HOLDERS] if self.holders else [])),
            )
            owner = self.secret(f"db.{site_plan.REGISTRY_DATABASE}.owner")
            store = registry.prepare(self.home, found, self.ports, self.secret("registry.admin"), owner)
            return [*databases, broker.result(), store]

    def _write_site(self) -> None:
        secrets_certs.write_private(self.home / "site.yaml", yaml.safe_dump(self._site().model_dump(mode="json"), sort_keys=False))

    def _site(self) -> Site:
        databases = {
            name: Database(
                host="127.0.0.1", port=self.ports.database(name), name=site_plan.logical(name), ca=self.ca, prefix=site_plan.prefix(name)
            )
            for name in (*site_plan.DATABASES, *self.holders)
        }
        return Site(
            kafka=Kafka(bootstrap=self.kafka_bootstrap, ca=self.ca),
            registry=Registry(url=self.registry_url, ca=self.ca),
            databases=databases,
            drops=site_plan.drop_folders(self.home),
            doors=site_plan.door_sites(self.home / "certs", self.ports.of("door")),
            metrics=self.targets,
            prometheus=self.prometheus_url,
            workers=self.workers,
            auditors=self._auditors(),
        )

    def _auditors(self) -> dict[str, str]:
        """As a person wrote them into ``site.yaml``: nothing here knows them."""
        return Home(self.home).site.auditors if (self.home / "site.yaml").exists() else {}

    def _database_answers(self, name: str) -> bool:
        try:
            psycopg.connect(self.dsn(name, "postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _roles(self, name: str) -> None:
        before = site_plan.prefix(name)
        passwords = {before + role: self.secret(f"db.{name}.{role}") for role in site_plan.roles(name)}
        postgres.ensure_roles(self.dsn(name, "postgres"), site_plan.logical(name), passwords, f"{before}owner")

    def _kafka_answers(self) -> bool:
        """One look at the cluster over TLS and SCRAM, as every client will do it; not before the port is open, for the client would
        log every refusal and wait longer each time."""
        if not site_plan.taken(self.ports.of("kafka")):
            return False
        try:
            with broker.admin(Home(self.home)) as admin:
                admin.topics()
        except RetryLater:
            return False
        return True

    def _wait(self, name: str, ready: Callable[[], bool], beside: int = 0) -> None:
        begun, patience = time.monotonic(), _READY_S + beside * _EACH_S
        while not ready():
            state, waited = self.supervisor.states()[name], time.monotonic() - begun
            if state in ("FATAL", "EXITED") or waited > (_FAILING_S if state == "BACKOFF" else patience):
                lines = self.supervisor.log(name).read_text(errors="replace").strip().splitlines()[-6:]
                msg = f"{name} is {state} and does not answer; see {self.supervisor.log(name)}, which ends:\n" + "\n".join(lines)
                raise RetryLater(msg)
            time.sleep(0.1)


def at(home: Path, extra: Iterable[Program] = ()) -> Instance:
    """The instance at ``home``, on the ports it has already, or on ``make up``'s block when it is new or GOVBUS_PORT_BASE moves it."""
    ports = site_plan.main_ports()
    if (home / "site.yaml").exists() and not site_plan.moved():
        ports = site_plan.ports_of(Home(home).site.kafka.bootstrap)
    return Instance(home, ports, extra)


def _serves(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _remove(folder: Path) -> None:
    """Data, secrets and logs; a folder that holds a repository is never an instance's."""
    if (folder / ".git").exists():
        msg = f"{folder} holds a repository, not a bus: it is left alone"
        raise SetupError(msg)
    shutil.rmtree(folder, ignore_errors=True)
