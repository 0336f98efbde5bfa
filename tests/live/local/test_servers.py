"""The servers as a stranger meets them: who gets in, over what, and what comes back after a kill."""

import os
import signal
import socket
import ssl
import time
from pathlib import Path

import httpx
import psycopg
import pytest

from local.instance import Instance
from local.supervise import orphans

pytestmark = pytest.mark.kafka


def test_everything_listens_on_loopback_and_on_the_instances_own_ports_only(bus: Instance) -> None:
    servers = [name for name in bus.supervisor.states() if name in {"kafka", "registry"} or name.startswith("postgres-")]
    assert {bus.supervisor.states()[name] for name in servers} == {"RUNNING"}
    inodes = {link for pid in orphans(bus.home) for link in _sockets(pid)}
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    listening = {row[1] for row in rows if row[3] == "0A" and row[9] in inodes}
    ports = {int(address.split(":")[1], 16) for address in listening}
    assert ports == set(bus.ports.servers()) - {bus.ports.of("prometheus"), bus.ports.of("door")}
    assert {address.split(":")[0] for address in listening} <= {"0100007F", "0000000000000000FFFF00000100007F"}


def _sockets(pid: int) -> set[str]:
    """Inodes of a process's sockets, as the rows of /proc/net/tcp name them."""
    links = (str(one.readlink()) for one in Path(f"/proc/{pid}/fd").iterdir())
    return {link.removeprefix("socket:[").removesuffix("]") for link in links if link.startswith("socket:[")}


@pytest.mark.parametrize("listener", ["kafka-internal", "kafka-controller"])
def test_the_brokers_inner_listeners_want_a_certificate(bus: Instance, listener: str) -> None:
    trust = ssl.create_default_context(cafile=str(bus.ca))

    def hello(context: ssl.SSLContext) -> bytes:
        """What the listener sends back to four bytes that are no request: nothing but a closed door, or an alert before it."""
        with (
            socket.create_connection(("127.0.0.1", bus.ports.of(listener)), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as link,
        ):
            link.sendall(b"\0\0\0\0")
            return link.recv(1)

    with pytest.raises(ssl.SSLError, match="alert"):
        hello(trust)
    trust.load_cert_chain(bus.home / "certs" / "server.crt", bus.home / "certs" / "server.key")
    assert hello(trust) == b""


def test_a_database_refuses_plain_text_and_wrong_passwords(bus: Instance) -> None:
    dsn = bus.dsn("housing", "bus_source")
    assert psycopg.connect(dsn).execute("select current_user").fetchone() == ("bus_source",)
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        psycopg.connect(dsn.replace("sslmode=verify-full", "sslmode=disable"))
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(dsn.replace(bus.secret("db.housing.bus_source"), "guess"))


def test_one_departments_password_does_not_open_anothers_database(bus: Instance) -> None:
    mine = bus.secret("db.civil-affairs.bus_answerer")
    theirs = bus.dsn("public-security", "bus_answerer")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(theirs.replace(bus.secret("db.public-security.bus_answerer"), mine))


def test_the_registry_lets_everybody_read_and_only_admin_write(bus: Instance) -> None:
    trust = ssl.create_default_context(cafile=str(bus.ca))
    schema = {"schema": '{"type": "string"}'}
    with httpx.Client(base_url=bus.registry_url, verify=trust) as web:
        assert web.get("/config").json() == {"compatibilityLevel": "FULL_TRANSITIVE"}
        assert web.post("/subjects/t-value/versions", json=schema).status_code == httpx.codes.UNAUTHORIZED
        admin = ("admin", bus.secret("registry.admin"))
        assert web.post("/subjects/t-value/versions", json=schema, auth=admin).status_code == httpx.codes.OK
        assert web.get("/subjects").json().count("t-value") == 1
        assert web.delete("/subjects/t-value", auth=admin).status_code == httpx.codes.OK


def test_no_secret_is_in_a_command_line_or_readable_by_others(bus: Instance) -> None:
    there = list((bus.home / "secrets").rglob("*"))  # keys of a purpose are in a folder of their own
    files = [each for each in there if each.is_file()]
    values = [file.read_bytes() for file in files]
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes()
        except OSError:
            continue
        assert not any(value in line for value in values), f"a secret is in the command line of process {entry.parent.name}"
    assert all(each.stat().st_mode & 0o777 == (0o600 if each.is_file() else 0o700) for each in there)
    assert (bus.home).stat().st_mode & 0o777 == 0o700


def test_a_killed_server_comes_back(bus: Instance) -> None:
    before = bus.supervisor.pid("postgres-civil-affairs")
    os.kill(before, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            assert psycopg.connect(bus.dsn("civil-affairs", "bus_answerer")).execute("select 1").fetchone() == (1,)
            break
        except psycopg.OperationalError:
            time.sleep(0.1)
    assert bus.supervisor.pid("postgres-civil-affairs") not in (0, before)


def test_starting_again_changes_nothing(bus: Instance) -> None:
    pids = {name: bus.supervisor.pid(name) for name in bus.supervisor.states()}
    assert pids["kafka"]
    secret = bus.secret("subject-key")
    bus.start_servers()
    assert {name: bus.supervisor.pid(name) for name in bus.supervisor.states()} == pids
    assert bus.secret("subject-key") == secret
