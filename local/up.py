"""What ``make up`` does, in order; each step says what it is and how long it took, and may be repeated."""

import time
from pathlib import Path

from govbus.settings import Home
from local import programs
from local.instance import PROJECT, Instance, at
from local.talk import say, step


def start(home: Path, people: int, demo: bool) -> None:
    """The whole bus at ``home``, and the demo."""
    begun = time.monotonic()
    instance = open_instance(home)
    instance.start_servers()
    apply(instance)
    with step(f"departments with {people:,} synthetic people"):
        from local.departments.fill import fill

        fill(instance, people)
    with step("adapters, worker, monitor, Prometheus"):
        instance.start_programs()
    _say_where(instance, time.monotonic() - begun)
    if demo:
        from local.demo import run
        from local.demo_view import say_report

        say_report(run(instance))


def open_instance(home: Path) -> Instance:
    """The instance at ``home`` with all programs that the declarations ask for; nothing is started."""
    from adapters import declared

    return at(home, programs.ours(home, PROJECT, declared()))


def apply(instance: Instance) -> None:
    """Topics, rights, logins and schemas as declared."""
    from topics.apply import apply as apply_all

    with step("topics, rights, logins and schemas"):
        apply_all(Home(instance.home))


def _say_where(instance: Instance, seconds: float) -> None:
    say(f"the bus is up after {seconds:.0f} s; home {instance.home}")
    say(f"  Kafka       {instance.kafka_bootstrap} (TLS, SCRAM-SHA-512)")
    say(f"  registry    {instance.registry_url}")
    for name, database in Home(instance.home).site.databases.items():
        say(f"  PostgreSQL  {name}: {database.host}:{database.port}/{database.name}")
    for name, port in instance.targets.items():
        say(f"  metrics     {name}: http://127.0.0.1:{port}/metrics")
    say(f"  Prometheus  {instance.prometheus_url}")
