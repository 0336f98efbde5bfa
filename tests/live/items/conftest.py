"""Holders' databases, all in one PostgreSQL server of the test's own: filled from the scenarios, read as each holder's answerer."""

import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from govbus.settings import Database as Place
from govbus.settings import Home, Kafka, Registry, Site
from local import parts, places, postgres, secrets_certs, site_plan
from local.instance import PROJECT
from tests.live.items.scenarios import HOLDERS, Office

ROLES = ("owner", "bus_answerer", "bus_source", "bus_sink")  # a holder may ask too, and its rights name all of them


class OnePort:
    """Where the only server listens."""

    def __init__(self, port: int) -> None:
        self.port = port

    def database(self, name: str) -> int:
        return self.port


@pytest.fixture(scope="session")
def office() -> Iterator[Office]:
    """Every holder that a scenario names, with its tables, rights and rows."""
    with tempfile.TemporaryDirectory(prefix="govbus-items-") as folder:
        home = Path(folder)
        ports = OnePort(site_plan.free_ports().base + 50)
        secrets_certs.ensure_certs(home / "certs")
        _write_site(home, ports.port)
        found = parts.ensure(PROJECT / ".govbus" / "parts", places.shared())
        program = postgres.prepare(home, "holders", found, ports, _secret(home, "postgres"))  # type: ignore[arg-type]
        server = subprocess.Popen(program.command, cwd=program.folder, user=program.user, stderr=(home / "postgres.log").open("w"))
        try:
            yield _filled(home, ports.port)
        finally:
            server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown: sessions are ended
            server.wait(30)
            subprocess.run(["rm", "-rf", str(places.outside(home))], check=True)


def _secret(home: Path, name: str) -> str:
    path = home / "secrets" / name
    path.parent.mkdir(exist_ok=True, mode=0o700)
    if not path.exists():
        secrets_certs.write_private(path, f"{name}-of-a-test")
    return path.read_text(encoding="utf-8")


def _write_site(home: Path, port: int) -> None:
    ca = home / "certs" / "ca.pem"
    databases = {name: Place(host="127.0.0.1", port=port, name=site_plan.logical(name), ca=ca) for name in HOLDERS}
    nowhere = Site(kafka=Kafka(bootstrap="127.0.0.1:1", ca=ca), registry=Registry(url="https://127.0.0.1:1", ca=ca), databases=databases)
    secrets_certs.write_private(home / "site.yaml", nowhere.model_dump_json())


def _filled(home: Path, port: int) -> Office:
    ca, root = home / "certs" / "ca.pem", _secret(home, "postgres")
    _answers(postgres.dsn("127.0.0.1", port, "postgres", "postgres", root, ca))
    shared = {role: _secret(home, f"db.any.{role}") for role in ROLES}  # one server for all: a login, and its password, is all theirs
    owners = {}
    for name in HOLDERS:
        for role, password in shared.items():
            secrets_certs.write_private(home / "secrets" / f"db.{name}.{role}", password)
        postgres.ensure_roles(postgres.dsn("127.0.0.1", port, "postgres", "postgres", root, ca), site_plan.logical(name), shared)
        owners[name] = postgres.dsn("127.0.0.1", port, site_plan.logical(name), "owner", shared["owner"], ca)
    office = Office(Home(home), owners)
    office.take_in()
    return office


def _answers(dsn: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(dsn, connect_timeout=2).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
