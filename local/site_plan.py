"""What one instance consists of: databases, roles, principals, ports. The one list that the rest of the room reads."""

import os
import random
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from adapters.declaration import CodeDoor, FileSource, SqlAnswerer, SqlSource, load_adapters
from audit.keys import SECRET as SEALER_KEY
from govbus.errors import SetupError
from govbus.settings import Door
from topics import access, load

DATABASES: dict[str, tuple[str, ...]] = {
    "housing": ("bus_source", "bus_sink", "bus_answerer"),
    "civil-affairs": ("bus_answerer",),
    "public-security": ("bus_answerer",),
}
"""Each department's own database and the bus roles that may log in beside ``owner``."""

REGISTRY_DATABASE = "registry"
HOLDERS = "holders"
"""The server that all other holders of proof items share, where they are wanted (``govbus up --holders``)."""
WORKERS = ("worker-1", "worker-2", "worker-3")
"""Worker slots: each has its login and its rights from the start; how many run is said at ``up``. A slot more than a topic has partitions
would only stand by."""
DROPS = ("disabled-federation", "health")
"""Departments without a database: they deliver files into a drop folder."""

MAIN_BASE = 19000
_BLOCK = 100
_RESERVED: list[socket.socket] = []
_OFFSETS = {
    "kafka": 92,
    "kafka-internal": 93,
    "kafka-controller": 94,
    "registry": 81,
    "registry-management": 82,
    "prometheus": 90,
    "door": 70,
}
_DATABASE_OFFSET, _METRICS_OFFSET = 50, 10


@dataclass(frozen=True)
class Ports:
    """A block of a hundred loopback ports, all derived from ``base``, so that an instance keeps its ports over restarts."""

    base: int

    def of(self, name: str) -> int:
        """Port of a server part, e.g. ``kafka``."""
        return self.base + _OFFSETS[name]

    def database(self, name: str) -> int:
        """Port of one department's PostgreSQL."""
        servers = (*DATABASES, REGISTRY_DATABASE, HOLDERS)
        return self.base + _DATABASE_OFFSET + servers.index(server_of(name))

    def metrics(self, index: int) -> int:
        """Metrics port of the program at ``index`` of the instance's programs."""
        return self.base + _METRICS_OFFSET + index

    def servers(self) -> dict[int, str]:
        """Every server's port and its name."""
        named = {self.of(name): name for name in _OFFSETS}
        return named | {self.database(name): f"postgres-{name}" for name in database_names()}


@cache
def adapters() -> tuple[str, ...]:
    """Ids of the adapters of the departments that are always here: those of :data:`DATABASES` and :data:`DROPS`."""
    return tuple(name for name, each in load_adapters().items() if name not in _of_others() or isinstance(each.spec, FileSource))


@cache
def holders() -> dict[str, tuple[str, ...]]:
    """Departments whose database is in the shared server, and the adapters that work on it."""
    found: dict[str, tuple[str, ...]] = {}
    for name in _of_others():
        department = name.split(".", 1)[0]
        found[department] = (*found.get(department, ()), name)
    return found


def _of_others() -> tuple[str, ...]:
    declared = load_adapters().items()
    return tuple(name for name, each in declared if isinstance(each.spec, SqlAnswerer | SqlSource) and each.spec.database not in DATABASES)


@cache
def doors() -> tuple[str, ...]:
    """Ids of the adapters that answer over HTTPS."""
    return tuple(name for name, each in load_adapters().items() if isinstance(each.spec, CodeDoor))


def door_sites(certs: Path, base: int) -> dict[str, Door]:
    """Where each door listens, from port ``base`` on, with the instance's own certificate."""
    return {name: Door(port=base + index, certificate=certs / "server.crt", key=certs / "server.key") for index, name in enumerate(doors())}


def metrics_index(name: str) -> int:
    """Place of a program among all that may ever run here, so that nobody's port depends on who else runs."""
    everybody = (*program_names(adapters(), len(WORKERS)), *(one for each in holders().values() for one in each))
    return everybody.index(name)


@cache
def principals() -> tuple[str, ...]:
    """Everybody who may log in at the broker, as declared in ``topics/``, and ``admin``."""
    return ("admin", *access.principals(load.load(), WORKERS))


def program_names(adapters: Iterable[str], workers: int) -> tuple[str, ...]:
    """Our own programs, in the order of their metrics ports: workers beyond the first come last, so that nobody's port moves with their
    number."""
    return (*WORKERS[:1], *adapters, "monitor", "sealer", *WORKERS[1:workers])


def database_names() -> tuple[str, ...]:
    """All PostgreSQL servers: the departments' and the registry's."""
    return (*DATABASES, REGISTRY_DATABASE)


def server_of(name: str) -> str:
    """The PostgreSQL server in which a department's database is."""
    return HOLDERS if name in holders() else name


def prefix(name: str) -> str:
    """Before the role names of a department whose server is shared: a login is one for a whole server."""
    return f"{logical(name)}_" if name in holders() else ""


def roles(name: str) -> tuple[str, ...]:
    """Who may log in at the database ``name``, beside the server's own ``postgres``."""
    return ("owner", *DATABASES.get(name, _of_shared(name)))


def _of_shared(name: str) -> tuple[str, ...]:
    """The bus roles of a department in the shared server: those that its adapters are declared with."""
    specs = (load_adapters()[each].spec for each in holders().get(name, ()))
    return tuple(sorted({spec.role for spec in specs if isinstance(spec, SqlAnswerer | SqlSource)}))


def logical(name: str) -> str:
    """A department id as PostgreSQL likes it: ``civil-affairs`` is ``civil_affairs``."""
    return name.replace("-", "_")


def secret_names() -> tuple[str, ...]:
    """All secrets an instance has, as :meth:`govbus.settings.Home.secret` knows them."""
    databases = (f"db.{name}.{role}" for name in database_names() for role in ("postgres", *roles(name)))
    shared = (f"db.{HOLDERS}.postgres", *(f"db.{name}.{role}" for name in holders() for role in roles(name)))
    return (
        *(f"kafka.{name}" for name in principals()),
        *databases,
        *shared,
        "registry.admin",
        "subject-key",
        SEALER_KEY,
        *(f"door.{name}" for name in doors()),
    )


def main_ports() -> Ports:
    """The fixed block of ``make up``; GOVBUS_PORT_BASE moves it."""
    return Ports(int(os.environ.get("GOVBUS_PORT_BASE", MAIN_BASE)))


def moved() -> bool:
    """Has somebody moved the block by GOVBUS_PORT_BASE?"""
    return "GOVBUS_PORT_BASE" in os.environ


def ports_of(bootstrap: str) -> Ports:
    """The block of an instance whose broker is at ``bootstrap``."""
    return Ports(int(bootstrap.rpartition(":")[2]) - _OFFSETS["kafka"])


def free_ports() -> Ports:
    """A block outside ``make up``'s and below the system's own range of outgoing ports, nothing of it in use now, and nobody else's until
    this process ends."""
    bases = [base for base in range(20000, 32000, _BLOCK) if base != main_ports().base]
    for base in random.sample(bases, len(bases)):
        if not any(taken(port) for port in range(base, base + _BLOCK)) and _reserve(base):
            return Ports(base)
    msg = "no block of 100 free ports between 20000 and 32000 on 127.0.0.1: stop what listens there"
    raise SetupError(msg)


def _reserve(base: int) -> bool:
    """Two test runs beside each other must not find the same block free. A socket without a file: it goes with the process."""
    mark = socket.socket(socket.AF_UNIX)
    try:
        mark.bind(f"\0govbus-ports-{base}")
    except OSError:
        mark.close()
        return False
    _RESERVED.append(mark)
    return True


def check_free(ports: Ports) -> None:
    """Every server's port is free.

    :raises SetupError: names each port that something else holds, and how to move the block
    """
    if held := [f"{port} ({name})" for port, name in sorted(ports.servers().items()) if taken(port)]:
        msg = f"in use by another program on 127.0.0.1: {', '.join(held)}; stop it, or move the block: GOVBUS_PORT_BASE=21000 make up"
        raise SetupError(msg)


def taken(port: int) -> bool:
    """Does anything listen on this loopback port?"""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def drop_folders(home: Path) -> dict[str, Path]:
    """Where each file-delivering department puts its files."""
    return {name: home / "drops" / name for name in DROPS}
