"""The schema registry: Apicurio on its own PostgreSQL. Everybody may read, only user ``admin`` may write, and only over TLS."""

import ssl
from pathlib import Path

import httpx

from local import site_plan
from local.parts import JAVA, Parts
from local.secrets_certs import write_private
from local.site_plan import Ports
from local.supervise import SECOND, Program

PATH = "/apis/ccompat/v7"
_PROPERTIES = """
quarkus.http.host={bind}
quarkus.http.ssl-port={port}
quarkus.http.insecure-requests=disabled
quarkus.management.host=127.0.0.1
quarkus.management.port={management_port}
quarkus.http.ssl.certificate.files={certs}/server.crt
quarkus.http.ssl.certificate.key-files={certs}/server.key
quarkus.log.level=WARN
quarkus.log.category."io.apicurio".level=WARN
quarkus.http.access-log.enabled=false
apicurio.storage.kind=sql
apicurio.storage.sql.kind=postgresql
apicurio.datasource.url=jdbc:postgresql://{database_host}:{database_port}/registry?sslmode=verify-full&sslrootcert={certs}/ca.pem
apicurio.datasource.username=owner
apicurio.datasource.password={database_password}
quarkus.http.auth.basic=true
quarkus.security.users.embedded.enabled=true
quarkus.security.users.embedded.plain-text=true
quarkus.security.users.embedded.users.admin={admin_password}
quarkus.security.users.embedded.roles.admin=sr-admin
apicurio.auth.role-based-authorization=true
apicurio.auth.anonymous-read-access.enabled=true
"""


def prepare(home: Path, parts: Parts, ports: Ports, admin_password: str, database_password: str) -> Program:
    """Write the registry's file (Quarkus reads ``config/application.properties`` beside where it is run) and say how it is run."""
    folder = home / "registry"
    (folder / "config").mkdir(mode=0o700, parents=True, exist_ok=True)
    text = properties(
        port=ports.of("registry"),
        management_port=ports.of("registry-management"),
        certs=home / "certs",
        database_port=ports.database(site_plan.REGISTRY_DATABASE),
        database_password=database_password,
        admin_password=admin_password,
    )
    write_private(folder / "config" / "application.properties", text)
    # It starts in less time and processor with the quick compiler alone, and is asked a few times a second at most.
    java = (str(JAVA), "-XX:TieredStopAtLevel=1", "-Xmx384m", "-XX:+UseSerialGC", f"-Djava.io.tmpdir={home / 'tmp'}")
    return Program(name="registry", command=(*java, "-jar", str(parts.registry_jar)), folder=folder, rank=SECOND)


def properties(
    *,
    port: int,
    management_port: int,
    certs: Path,
    database_port: int,
    database_password: str,
    admin_password: str,
    bind: str = "127.0.0.1",
    database_host: str = "127.0.0.1",
) -> str:
    """The registry's file; it holds two passwords.

    Without ``quarkus.http.auth.basic`` version 3.3.3 checks nobody and lets everybody write; that it is "fixed at build time", as its log
    says, is not so. Its management port is on all addresses at 9000 unless told otherwise.
    """
    return _PROPERTIES.format(
        port=port,
        management_port=management_port,
        certs=certs,
        database_port=database_port,
        database_password=database_password,
        admin_password=admin_password,
        bind=bind,
        database_host=database_host,
    ).lstrip()


def url(ports: Ports) -> str:
    """Confluent-compatible root."""
    return f"https://127.0.0.1:{ports.of('registry')}{PATH}"


def answers(root: str, ca: Path) -> bool:
    """Is it ready?"""
    try:
        return httpx.get(f"{root}/subjects", verify=ssl.create_default_context(cafile=str(ca)), timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
