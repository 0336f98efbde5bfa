"""One PostgreSQL server a department: departments never share a process, a port or a password."""

import os
import shutil
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from govbus.errors import SetupError
from local import places, site_plan
from local.parts import Parts
from local.secrets_certs import write_private
from local.supervise import FIRST, Program

HBA = "hostssl all all {address} scram-sha-256\n"
"""Over TLS and by password only; ``address`` as in ``pg_hba.conf``."""


def program(name: str) -> str:
    """Supervisor's name of the server of ``name``."""
    return f"postgres-{name}"


def prepare(home: Path, name: str, parts: Parts, ports: site_plan.Ports, password: str) -> Program:
    """Make the data folder on first start and say how the server is run: TLS logins by password only, loopback only, no socket file."""
    uid = places.postgres_uid()
    data = places.outside(home) / program(name)
    if not (data / "PG_VERSION").exists():
        _initdb(data, parts, password, uid)
    for file in ("server.crt", "server.key"):
        write_private(data / file, (home / "certs" / file).read_bytes())
    write_private(data / "pg_hba.conf", HBA.format(address="127.0.0.1/32"))
    _give(data, uid)
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(ports.database(name)),
        "unix_socket_directories": "",
        "ssl": "on",
        "password_encryption": "scram-sha-256",
        "shared_buffers": "32MB",
        "max_connections": "40",
        "wal_level": "logical",
        "log_min_error_statement": "panic",  # a failing statement's text may hold a person's data
        "log_parameter_max_length_on_error": "0",
        "log_error_verbosity": "terse",  # a DETAIL line may quote a key, i.e. a citizen's number
    }
    flags = tuple(word for key, value in settings.items() for word in ("-c", f"{key}={value}"))
    return Program(
        name=program(name),
        command=(str(parts.postgres / "bin" / "postgres"), "-D", str(data), *flags),
        folder=data,
        user=uid if uid != os.geteuid() else None,
        stop_signal="INT",  # "fast shutdown" in PostgreSQL's terms: end the sessions, write everything, leave
        rank=FIRST,
    )


def dsn(host: str, port: int, database: str, role: str, password: str, ca: Path) -> str:
    """Connection string, TLS verified; contains the password, do not log it."""
    return f"host={host} port={port} dbname={database} user={role} password={password} sslmode=verify-full sslrootcert={ca}"


def ensure_roles(dsn: str, database: str, passwords: dict[str, str], owner: str = "owner") -> None:
    """The logical database, owned by role ``owner``, and the login roles with these passwords; safe to repeat.

    Passwords are hashed here, so that the server never sees one in a statement.
    """
    with psycopg.connect(dsn, autocommit=True, dbname="postgres") as link:
        known = {row[0] for row in link.execute("select rolname from pg_roles")}
        for role, password in passwords.items():
            verb = sql.SQL("alter role {} login password {}" if role in known else "create role {} login password {}")
            hashed = link.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
            link.execute(verb.format(sql.Identifier(role), sql.Literal(hashed)))
        if not link.execute("select 1 from pg_database where datname = %s", (database,)).fetchone():
            link.execute(sql.SQL("create database {} owner {}").format(sql.Identifier(database), sql.Identifier(owner)))
        link.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(database)))
        roles = sql.SQL(",").join(sql.Identifier(role) for role in passwords)
        link.execute(sql.SQL("grant connect on database {} to {}").format(sql.Identifier(database), roles))


def _initdb(data: Path, parts: Parts, password: str, uid: int) -> None:
    shutil.rmtree(data, ignore_errors=True)
    half = data.with_name(data.name + ".part")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700)
    secret = half.with_name(half.name + ".password")
    write_private(secret, password)
    for path in (half, secret):
        os.chown(path, uid, -1)
    tool = (str(parts.postgres / "bin" / "initdb"), "-D", str(half), "-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8")
    command = (*tool, "--no-locale", "--no-sync", f"--pwfile={secret}")
    group = places.NOBODY if uid == places.NOBODY else os.getegid()
    change = {"user": uid, "group": group, "extra_groups": []} if uid != os.geteuid() else {}
    try:
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **change)  # type: ignore[call-overload]
    finally:
        secret.unlink()
    if done.returncode:
        msg = f"PostgreSQL's data folder {data} could not be made: {done.stderr.strip()[-400:]}"
        raise SetupError(msg)
    half.rename(data)


def _give(data: Path, uid: int) -> None:
    for path in (data, *(data / name for name in ("server.crt", "server.key", "pg_hba.conf"))):
        os.chown(path, uid, -1)
