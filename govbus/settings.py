"""Where the parts of one running set are: ``<home>/site.yaml`` plus one secret file a principal. Written by ``local`` or by a site.

Secrets are never in this file, in argv or in the environment: only in ``<home>/secrets/<name>`` with mode 0600.
"""

import os
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from govbus.errors import SetupError


class Declared(BaseModel):
    """Base of every declaration: unknown keys are faults, values are fixed once read, faults never print the input."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Title(Declared):
    """A title in both languages."""

    zh: str
    en: str


SETTLE_MS = 500
"""How far the broker's clock may be ahead of ours, and an answer of it may be under way. Where brokers copy each other it is the site's to
say (``kafka.settle_ms``): a record is shown when its copies are made, and while a broker that died is waited for, that is seconds."""


class Kafka(Declared):
    """The broker's client listener: always TLS + SCRAM-SHA-512."""

    bootstrap: str = Field(description="host:port[,host:port…] of the client listener")
    ca: Path = Field(description="PEM file of the authority that signed the brokers' certificates")
    settle_ms: int = Field(
        default=SETTLE_MS,
        ge=100,
        description="so long a record may be in the log unseen; timers where nothing comes are late by it",
    )


class Registry(Declared):
    """The schema registry. Reads need no user; writes use principal ``registry-admin``."""

    url: str = Field(description="Confluent-compatible root, e.g. https://127.0.0.1:18081/apis/ccompat/v7")
    ca: Path | None = Field(default=None, description="PEM file of the authority, for https")


class Database(Declared):
    """A department's own PostgreSQL; each role's password is the secret ``<database>.<role>``."""

    host: str
    port: int
    name: str
    ca: Path | None = Field(default=None, description="PEM file; TLS with verify-full when given")
    prefix: str = Field(default="", description="before each role's name, where several departments share a server")


class Door(Declared):
    """Where a door for a department's own systems listens, on loopback, and what it shows of itself; who may ask knows ``door.<id>``."""

    port: int
    certificate: Path = Field(description="PEM file")
    key: Path = Field(description="PEM file, 0600")


class Site(Declared):
    """One running set, as ``site.yaml`` says it."""

    kafka: Kafka
    registry: Registry
    databases: dict[str, Database] = Field(default_factory=dict, description="by department id")
    drops: dict[str, Path] = Field(default_factory=dict, description="drop folder of each department that delivers files")
    doors: dict[str, Door] = Field(default_factory=dict, description="doors that answer over HTTPS, by adapter id")
    metrics: dict[str, int] = Field(default_factory=dict, description="loopback metrics port of each program")
    auditors: dict[str, str] = Field(default_factory=dict, description="department of each account that audits only its own; others: all")
    prometheus: str = Field(default="", description="URL of the Prometheus that watches this set, if any")
    workers: tuple[str, ...] = Field(default=("worker-1",), description="worker slots; each is a Kafka principal and a static member")


class Process(BaseSettings):
    """What one process is told through its environment."""

    model_config = SettingsConfigDict(env_prefix="GOVBUS_", extra="ignore")
    home: Path = Field(default=Path(".govbus/main"), description="folder of the running set [env: GOVBUS_HOME]")
    failpoint: str = Field(default="", description="tests only: the process kills itself at this named line [env: GOVBUS_FAILPOINT]")


class Home:
    """An opened home folder: the site and its secrets."""

    def __init__(self, folder: Path | None = None) -> None:
        """:raises SetupError: no such set, or a fault in its ``site.yaml``"""
        self.folder = (folder or Process().home).resolve()
        path = self.folder / "site.yaml"
        try:
            self.site = Site.model_validate(yaml.safe_load(path.read_text()))
        except FileNotFoundError as error:
            msg = f"no bus at {self.folder}: start one with 'make up', or point GOVBUS_HOME at its folder"
            raise SetupError(msg) from error
        except (ValidationError, yaml.YAMLError) as error:
            msg = f"{path}: {error}"
            raise SetupError(msg) from error

    def secret(self, name: str) -> SecretStr:
        """The secret ``name``.

        :raises SetupError: missing, or readable by group or others (X-Road's and ssh's rule: a wider mode is a fault, not a warning)
        """
        path = self.folder / "secrets" / name
        try:
            mode = path.stat().st_mode & 0o077
            text = path.read_text().strip()
        except OSError as error:
            msg = f"secret {name!r} cannot be read in {path.parent}: {error.strerror}"
            raise SetupError(msg) from error
        if mode:
            msg = f"secret {path} is readable by others: chmod 600 it"
            raise SetupError(msg)
        return SecretStr(text)


def failpoint(name: str) -> None:
    """Die here at once, as by kill -9, when the tests name this line in GOVBUS_FAILPOINT; otherwise nothing."""
    if os.environ.get("GOVBUS_FAILPOINT") == name:
        os._exit(137)
