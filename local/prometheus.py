"""Prometheus beside the bus, where the system has it: it scrapes every program and every alert rule is loaded."""

from pathlib import Path

import httpx
import yaml

from local import debian
from local.secrets_certs import write_private
from local.supervise import LAST, Program

_SCRAPE_S = 2
_RULES = Path(__file__).resolve().parent.parent / "monitoring" / "rules"


def prepare(home: Path, port: int, targets: dict[str, int], parts: Path) -> Program | None:
    """Write ``prometheus.yml`` for these metrics ports by program; None where Prometheus cannot be had."""
    binary = debian.unpacked("prometheus", "prometheus", parts)
    if binary is None:
        return None
    folder = _config(home).parent
    folder.mkdir(mode=0o700, exist_ok=True)
    jobs = [{"targets": [f"127.0.0.1:{port}"], "labels": {"program": name}} for name, port in targets.items()]
    config = {
        "global": {"scrape_interval": f"{_SCRAPE_S}s", "evaluation_interval": f"{_SCRAPE_S}s"},
        "rule_files": [f"{_RULES}/*.yml"],
        "scrape_configs": [{"job_name": "govbus", "static_configs": jobs}],
    }
    write_private(_config(home), yaml.safe_dump(config, sort_keys=False))
    flags = (
        f"--config.file={_config(home)}",
        f"--storage.tsdb.path={folder / 'data'}",
        "--storage.tsdb.retention.time=7d",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    )
    return Program(name="prometheus", command=(str(binary), *flags), folder=folder, rank=LAST)


def prepared(home: Path) -> bool:
    """Does this instance have a Prometheus?"""
    return _config(home).exists()


def _config(home: Path) -> Path:
    return home / "prometheus" / "prometheus.yml"


def up_targets(url: str) -> dict[str, bool]:
    """Each program that Prometheus knows and whether its last scrape worked; empty while Prometheus is not ready."""
    try:
        answer = httpx.get(f"{url}/api/v1/targets", params={"state": "active"}, timeout=2).json()
    except httpx.HTTPError:
        return {}
    return {one["labels"]["program"]: one["health"] == "up" for one in answer["data"]["activeTargets"]}
