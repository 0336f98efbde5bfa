"""What ``make up`` does, in order; each step says what it is and how long it took, and may be repeated."""

import time
from pathlib import Path

from govbus.settings import Home
from local import demo, programs, site_plan
from local.demo_view import say_report
from local.departments.fill import fill
from local.instance import PROJECT, Instance, at
from local.talk import say, step
from topics.apply import apply


def start(home: Path, people: int, show: bool, workers: int | None = None, holders: bool = False) -> None:
    """The whole bus at ``home``, and the demo if ``show``."""
    begun = time.monotonic()
    instance = open_instance(home, workers, holders)
    instance.start_servers()
    with step("topics, rights, logins and schemas"):
        apply(Home(instance.home))
    with step(f"departments with {people:,} synthetic people"):
        fill(instance, people)
    with step("adapters, workers, monitor, sealer, Prometheus"):
        instance.start_programs()
    _say_where(instance, time.monotonic() - begun)
    if show:
        say_report(demo.run(instance))


def open_instance(home: Path, workers: int | None = None, holders: bool = False) -> Instance:
    """The instance at ``home`` with all programs that the declarations ask for; nothing is started.

    :param workers: how many workers; None: as many as it has, or one
    :param holders: every holder of a proof item; once they are here, they stay
    """
    site = Home(home).site if (home / "site.yaml").exists() else None
    known = len(site.workers) if workers is None and site else 1
    all_of_them = holders or bool(site and set(site.databases) & set(site_plan.holders()))
    return at(home, programs.ours(home, PROJECT, programs.adapters(all_of_them), workers or known))


def _say_where(instance: Instance, seconds: float) -> None:
    say(f"the bus is up after {seconds:.0f} s; home {instance.home}")
    say(f"  Kafka       {instance.kafka_bootstrap} (TLS, SCRAM-SHA-512)")
    say(f"  registry    {instance.registry_url}")
    for name, database in Home(instance.home).site.databases.items():
        say(f"  PostgreSQL  {name}: {database.host}:{database.port}/{database.name}")
    for name, port in instance.targets.items():
        say(f"  metrics     {name}: http://127.0.0.1:{port}/metrics")
    say(f"  Prometheus  {instance.prometheus_url or 'not on this machine: sudo apt-get install prometheus, then make up again'}")
