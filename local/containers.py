"""The folder that ``docker-compose.yml`` mounts: the same secrets, certificates and server files, for a site with containers.

``govbus site prepare FOLDER`` makes it, ``docker-compose up -d`` runs it, ``docker-compose run --rm apply`` applies the declarations.
The compose file is linted by a test and was never run: no machine of ours has a container engine.
"""

from pathlib import Path

import yaml

from audit import keys
from govbus.settings import Database, Home, Kafka, Registry, Site
from local import kafka, postgres, registry, secrets_certs, site_plan
from topics import apply as declared

INSIDE = Path("/site")
"""Where the containers see the folder."""

_KAFKA, _REGISTRY, _POSTGRES, _METRICS, _DOORS = 9092, 8443, 5432, 9100, 9443


def prepare(folder: Path, adapters: tuple[str, ...], workers: int = 1) -> None:
    """Make ``folder`` (0700) complete; keeps the secrets and certificates that are there.

    :param adapters: ids of the declared adapters; each has a metrics port of its own
    :param workers: how many worker slots run there; each gets its rights by ``apply``
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    servers = tuple(postgres.program(name) for name in site_plan.database_names())
    secrets_certs.ensure_secrets(folder / "secrets")
    keys.publish_own(folder)
    secrets_certs.ensure_certs(folder / "certs", ("kafka", "registry", *servers))
    (folder / "sunsets").mkdir(mode=0o700, exist_ok=True)
    places = [folder / name / "data" for name in ("kafka", "registry", "prometheus", *servers)]
    for place in (*places, *site_plan.drop_folders(folder).values()):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The image's own first start logs in over its socket, inside the container.
    secrets_certs.write_private(folder / "pg_hba.conf", "local all all scram-sha-256\n" + postgres.HBA.format(address="all"))
    _kafka(folder)
    _registry(folder)
    site = _site(site_plan.program_names(sorted(adapters), workers))
    secrets_certs.write_private(folder / "site.yaml", yaml.safe_dump(site.model_dump(mode="json"), sort_keys=False))


def apply(home: Home) -> None:
    """Database roles, and what ``topics/`` declares; safe to repeat. Runs in a container that sees the whole folder."""

    def secret(name: str) -> str:
        return home.secret(name).get_secret_value()

    for name in site_plan.database_names():
        host = postgres.program(name)
        root = postgres.dsn(host, _POSTGRES, "postgres", "postgres", secret(f"db.{name}.postgres"), home.site.kafka.ca)
        passwords = {role: secret(f"db.{name}.{role}") for role in site_plan.roles(name)}
        postgres.ensure_roles(root, site_plan.logical(name), passwords)
    declared.apply(home)


def _kafka(folder: Path) -> None:
    inside = INSIDE / "kafka"
    text = kafka.properties(
        client=_KAFKA,
        internal=_KAFKA + 1,
        controller=_KAFKA + 2,
        certs=INSIDE / "certs",
        data=inside / "data" / "log",
        bind="0.0.0.0",  # noqa: S104  # inside its container; compose publishes it on loopback
        name="kafka",
    )
    secrets_certs.write_private(folder / "kafka" / "server.properties", text)
    if not (folder / "kafka" / "format.args").exists():
        password = (folder / "secrets" / "kafka.admin").read_text()
        words = ("-cp", "/opt/kafka/libs/*", *kafka.format_words(inside / "server.properties", password))
        secrets_certs.write_private(folder / "kafka" / "format.args", kafka.argument_file(words))


def _registry(folder: Path) -> None:
    text = registry.properties(
        port=_REGISTRY,
        management_port=_REGISTRY + 1,
        certs=INSIDE / "certs",
        database_port=_POSTGRES,
        database_password=(folder / "secrets" / f"db.{site_plan.REGISTRY_DATABASE}.owner").read_text(),
        admin_password=(folder / "secrets" / "registry.admin").read_text(),
        bind="0.0.0.0",  # noqa: S104  # inside its container; compose publishes it on loopback
        database_host=postgres.program(site_plan.REGISTRY_DATABASE),
    )
    secrets_certs.write_private(folder / "registry" / "application.properties", text)


def _site(programs: tuple[str, ...]) -> Site:
    ca = INSIDE / "certs" / "ca.pem"
    databases = {
        name: Database(host=postgres.program(name), port=_POSTGRES, name=site_plan.logical(name), ca=ca) for name in site_plan.DATABASES
    }
    return Site(
        kafka=Kafka(bootstrap=f"kafka:{_KAFKA}", ca=ca),
        registry=Registry(url=f"https://registry:{_REGISTRY}{registry.PATH}", ca=ca),
        databases=databases,
        drops=site_plan.drop_folders(INSIDE),
        doors=site_plan.door_sites(INSIDE / "certs", _DOORS),
        metrics={name: _METRICS + index for index, name in enumerate(programs)},
        workers=tuple(name for name in programs if name in site_plan.WORKERS),
    )
