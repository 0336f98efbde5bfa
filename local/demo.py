"""The demo: housing's officers write claims into their own tables, and verdicts come back into their own database.

It touches nothing but housing's database; it looks at the broker once, to learn that the nightly files have landed.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg

from govbus.errors import SetupError
from govbus.settings import Home
from local.demo_view import shown
from local.departments.claims import plan
from local.landed import wait_landed
from local.window import Window, next_number, prepare

__all__ = ["prepare", "run"]


class Programs(Protocol):
    """What the demo needs of a supervisor."""

    def states(self) -> dict[str, str]:
        """State by program."""

    def stop(self, names: Sequence[str]) -> None:
        """Stop these and wait until they are gone."""

    def start(self, name: str) -> None:
        """Start one."""


class Running(Protocol):
    """What the demo needs of an instance; the properties are read only."""

    @property
    def home(self) -> Path:
        """Its folder."""

    @property
    def supervisor(self) -> Programs:
        """Its programs."""

    def dsn(self, database: str, role: str) -> str:
        """Connection string of a department's database."""


def run(instance: Running, requests: int = 1000) -> dict[str, Any]:
    """Send ``requests`` claims at 200/s, show what comes back, and report it.

    :returns: requests, seconds, verdicts (count by item and outcome), examples, urls
    :raises RetryLater: the nightly files do not land, or verdicts stay away; the message says where to look
    """
    home = Home(instance.home)
    wait_landed(home)
    with psycopg.connect(instance.dsn("housing", "owner"), autocommit=True) as link, shown(requests) as show:
        claims = plan(requests, next_number(link))
        window = Window(link, requests, show)
        with _silent(instance.supervisor, "civil-affairs"):
            window.send([one for one in claims if one.outcome == "timeout"])
            window.wait()
        window.send([one for one in claims if one.outcome != "timeout"])
        window.wait()
        examples = window.examples()
    urls = {"registry": home.site.registry.url, "Prometheus": home.site.prometheus}
    urls |= {f"metrics of {name}": f"http://127.0.0.1:{port}/metrics" for name, port in home.site.metrics.items()}
    return {
        "requests": requests,
        "seconds": round(window.tally.seconds, 1),
        "verdicts": window.tally.by_item(),
        "examples": examples,
        "urls": {name: url for name, url in urls.items() if url},
    }


@contextmanager
def _silent(programs: Programs, holder: str) -> Iterator[None]:
    """Nobody answers for ``holder`` meanwhile, so that claims with a short deadline show what silence is: a timeout, never a no."""
    names = [name for name in programs.states() if name.startswith(f"{holder}.") and "answer" in name]
    if not names:
        msg = f"no answerer of {holder} is declared, so no timeout can be shown: see adapters/declared"
        raise SetupError(msg)
    programs.stop(names)
    try:
        yield
    finally:
        for name in names:
            programs.start(name)
