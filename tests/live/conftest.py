"""Fixtures of the live tests: one complete instance on free ports, shared by a session, gone at its end whatever happened."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import site_plan
from local.departments.fill import fill
from local.instance import Instance
from tests.live.bring_up import PREFIX, servers

PEOPLE = 4_000


@pytest.fixture(scope="session")
def bus() -> Iterator[Instance]:
    """Kafka, four PostgreSQL servers and the registry, secured, with topics, rights and schemas applied; our programs are declared but
    not started: ``bus.start_programs(["worker-1"])`` starts some."""
    _end_abandoned()
    with servers() as instance:
        yield instance


@pytest.fixture(scope="session")
def city(bus: Instance) -> Instance:
    """The same instance with its departments filled with a small population and all its programs running."""
    fill(bus, PEOPLE)
    bus.start_programs()
    return bus


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A failure of the whole is explained by its parts: their states and last words go into the report, for there may be no second run."""
    report = yield
    for instance in getattr(item, "funcargs", {}).values():
        if report.failed and isinstance(instance, Instance):
            report.sections.append(("programs", _last_words(instance)))
    return report


def _last_words(instance: Instance) -> str:
    try:
        states = instance.supervisor.states()
    except Exception as error:
        return f"the supervisor does not answer: {error!r}"
    tails = [f"--- {name}: {state}\n{_tail(instance.supervisor.log(name))}" for name, state in sorted(states.items())]
    return "\n".join(tails)


def _tail(log: Path, lines: int = 12) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else "(no log)"


def _end_abandoned() -> None:
    """A session that was killed could not tidy up: its instance outlives it, and is recognised by the process id in its folder's name."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and not Path("/proc", owner).exists():
            Instance(folder / "home", site_plan.main_ports()).stop(purge=True)
            shutil.rmtree(folder, ignore_errors=True)
