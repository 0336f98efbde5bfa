"""``govbus doctor``: one look at everything a bus needs, each with what to do when it fails."""

import resource
import shutil
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import httpx
from cryptography import x509

from audit import keys
from audit.chain import chains
from govbus.errors import BusError
from govbus.project import room
from govbus.settings import Home
from schemas import purposes
from topics import broker
from topics.load import load

_LEAST_DISK = 5_000_000_000
_LEAST_FILES = 1024
_CERT_DAYS = 14
_CLOCK_S = 1.0


class Finding(NamedTuple):
    """One check: ``state`` is ok, warn or fail."""

    check: str
    state: str
    found: str
    fix: str = ""


def examine(home: Home) -> list[Finding]:
    """Every check, none stops the next."""
    checks: tuple[Callable[[Home], Iterator[Finding]], ...] = (
        _programs,
        _limits,
        _secrets,
        _purposes,
        _certificates,
        _ports,
        _broker,
        _clock,
        _registry,
        _seals,
        _watch,
    )
    findings: list[Finding] = []
    for check in checks:
        try:
            findings += check(home)
        except Exception as error:
            findings.append(Finding(check.__name__.strip("_"), "fail", f"{type(error).__name__}: {error}", "see the message"))
    return findings


def _programs(home: Home) -> Iterator[Finding]:
    del home
    java = Path(room("local.parts").JAVA)
    yield Finding("java", "ok" if java.is_file() else "fail", str(java), "" if java.is_file() else "make env: it comes in a wheel")
    maven = shutil.which("mvn")
    yield Finding(
        "maven", "ok" if maven else "warn", maven or "not on the path", "" if maven else "apt-get install maven: it fetches Kafka once"
    )


def _limits(home: Home) -> Iterator[Finding]:
    free = shutil.disk_usage(home.folder).free
    enough = free >= _LEAST_DISK
    yield Finding(
        "disk", "ok" if enough else "fail", f"{free / 1e9:.1f} GB free", "" if enough else "make room: a broker stops on a full disk"
    )
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield Finding("open files", "ok" if files >= _LEAST_FILES else "warn", str(files), "" if files >= _LEAST_FILES else "ulimit -n 65536")


def _secrets(home: Home) -> Iterator[Finding]:
    wide = [path.name for path in (home.folder / "secrets").iterdir() if path.stat().st_mode & 0o077]
    yield Finding(
        "secrets", "fail" if wide else "ok", f"{len(wide)} readable by others", f"chmod 600 {home.folder}/secrets/*" if wide else ""
    )


def _purposes(home: Home) -> Iterator[Finding]:
    """A purpose has its keys, or it has ended and has none."""
    for name in purposes.declared():
        over, keys_there = purposes.ended(home.folder, name).exists(), sorted(purposes.key_files(home.folder, name))
        found = f"{'ended' if over else 'open'}, {f'keys {keys_there}' if keys_there else 'no key'}"
        fix = (
            f"govbus sunset check {purposes.ended(home.folder, name)}"
            if over
            else f"copy secrets/purpose.{name}/ from a machine that has it"
        )
        bad = over == bool(keys_there)
        yield Finding(f"purpose {name}", "fail" if bad else "ok", found, fix if bad else "")


def _certificates(home: Home) -> Iterator[Finding]:
    for path in sorted((home.folder / "certs").glob("*.crt")) or [Path(home.site.kafka.ca)]:
        end = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
        soon = end - datetime.now(UTC) < timedelta(days=_CERT_DAYS)
        yield Finding(f"certificate {path.name}", "warn" if soon else "ok", f"until {end:%Y-%m-%d}", "renew it" if soon else "")


def _ports(home: Home) -> Iterator[Finding]:
    places = {"kafka": home.site.kafka.bootstrap.split(",")[0]}
    places |= {f"database {name}": f"{each.host}:{each.port}" for name, each in home.site.databases.items()}
    places |= {f"metrics of {name}": f"127.0.0.1:{port}" for name, port in home.site.metrics.items()}
    for name, place in places.items():
        host, port = place.rsplit(":", 1)
        with socket.socket() as door:
            door.settimeout(2)
            answers = door.connect_ex((host, int(port))) == 0
        yield Finding(name, "ok" if answers else "fail", place, "" if answers else "govbus status, then govbus logs <program>")


def _broker(home: Home) -> Iterator[Finding]:
    try:
        with broker.admin(home, "monitor") as admin:
            yield Finding("broker as monitor", "ok", f"{len(admin.topics())} topics")
    except BusError as error:
        yield Finding("broker as monitor", "fail", str(error), "govbus topics plan")


def _clock(home: Home) -> Iterator[Finding]:
    """A broker stamps what it takes, and timers fire by these stamps: one from the future shows that two clocks differ."""
    with broker.admin(home, "monitor") as admin:
        newest = admin.newest_ms(sorted(load().topics))
    ahead = newest / 1000 - time.time()
    if newest < 0:
        yield Finding("clock", "ok", "nothing written yet, so nothing to compare")
        return
    bad = ahead > _CLOCK_S
    found = f"the newest record is stamped {abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'before'} this machine's now"
    yield Finding("clock", "fail" if bad else "ok", found, "let chrony or ntpd keep both machines' clocks" if bad else "")


def _registry(home: Home) -> Iterator[Finding]:
    ca = home.site.registry.ca
    verify = ssl.create_default_context(cafile=str(ca)) if ca else True
    try:
        answer = httpx.get(f"{home.site.registry.url}/subjects", verify=verify, timeout=5)
        ok = answer.status_code == httpx.codes.OK
        yield Finding("registry", "ok" if ok else "warn", f"HTTP {answer.status_code}", "" if ok else "govbus logs registry")
    except httpx.HTTPError as error:
        yield Finding("registry", "warn", type(error).__name__, "the bus runs on without it; foreign readers do not: govbus logs registry")


def _seals(home: Home) -> Iterator[Finding]:
    """The last line of each chain is signed by a published key; whether the records are those is 'govbus audit verify'."""
    folder = keys.folder_of(home)
    lasts = [last for one in chains(folder) if (last := one.last())]
    public = keys.read([folder / keys.PUBLIC])
    bad = [last.statement.name for last in lasts if not last.signed(public)]
    found = f"{len(lasts)} chains" if not bad else f"not signed by our keys: {', '.join(bad)}"
    yield Finding("seals", "fail" if bad else "ok", found, "take seals/ from its copy, and tell the auditor" if bad else "")


def _watch(home: Home) -> Iterator[Finding]:
    if not home.site.prometheus:
        yield Finding("prometheus scrapes", "warn", "none configured", "apt-get install prometheus, then govbus up")
        return
    try:
        targets = httpx.get(f"{home.site.prometheus}/api/v1/targets", timeout=2).json()["data"]["activeTargets"]
    except (httpx.HTTPError, ValueError, KeyError) as error:
        yield Finding("prometheus scrapes", "fail", type(error).__name__, "govbus logs prometheus")
        return
    down = [one["labels"].get("program", "?") for one in targets if one["health"] != "up"]
    yield Finding(
        "prometheus scrapes",
        "warn" if down else "ok",
        f"{len(targets) - len(down)} of {len(targets)}",
        f"down: {', '.join(down)}" if down else "",
    )


def worst(findings: list[Finding]) -> int:
    """Exit code: 1 when a check failed."""
    return int(any(one.state == "fail" for one in findings))
