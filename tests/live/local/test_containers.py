"""The compose file for a site: it passes docker-compose's own check, and says the same as the local set."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from govbus.settings import Home
from local import containers, debian, site_plan
from local.instance import PROJECT

pytestmark = pytest.mark.kafka
COMPOSE = PROJECT / "docker-compose.yml"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compose") / "site"
    containers.prepare(folder, ("housing-requests",))
    return folder


def test_docker_compose_accepts_it(site: Path) -> None:
    docker_compose = debian.program("docker-compose", "docker-compose")
    env = {"PATH": "/usr/bin:/bin", "GOVBUS_SITE": str(site)}
    done = subprocess.run([docker_compose, "-f", COMPOSE, "config", "-q"], env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_file_that_it_mounts_is_prepared(site: Path) -> None:
    text = COMPOSE.read_text().replace("${GOVBUS_SITE:-./.govbus/site}", str(site))
    mounted = {Path(found) for found in re.findall(rf"({site}[^:\"\s]*)[:\"}}]", text)} - {site / "prometheus"}
    assert len(mounted) > 10
    assert not [path for path in mounted if not path.exists()]


def test_it_publishes_on_loopback_only_and_runs_the_same_versions() -> None:
    services = yaml.safe_load(COMPOSE.read_text())["services"]
    ports = [port for one in services.values() for port in one.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    pom = (PROJECT / "local" / "parts.pom.xml").read_text()
    for image, artifact in {"kafka": "kafka_2.13", "registry": "apicurio-registry-app"}.items():
        version = services[image]["image"].partition(":")[2]
        assert f"<artifactId>{artifact}</artifactId><version>{version}</version>" in pom
    assert {f"postgres-{name}" for name in site_plan.database_names()} <= set(services)


def test_no_secret_is_in_the_environment_and_the_site_file_is_a_valid_one(site: Path) -> None:
    services = yaml.safe_load(COMPOSE.read_text())["services"]
    assert all(
        value.startswith("/run/secrets/") for one in services.values() for key, value in one.get("environment", {}).items() if "PASS" in key
    )
    home = Home(site)
    assert home.site.kafka.bootstrap == "kafka:9092"
    assert len(home.secret("subject-key").get_secret_value()) == 64
    assert site.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in site.rglob("*") if path.is_file())
