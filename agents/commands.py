"""Commands of the agents room."""

import logging
import sys
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add ``govbus worker``."""
    app.command("worker")(worker)


def worker(name: Annotated[str, typer.Option(help="Worker slot: a Kafka principal and a static member of the group")] = "worker-1") -> None:
    """Run one agent worker until it is told to stop; a supervisor restarts it when it leaves with another code than 0."""
    from agents.runtime.worker import run_worker
    from agents.wiring import make_desk
    from govbus.project import room
    from govbus.settings import Home
    from schemas.codec import Codec
    from schemas.purposes import keys_of

    logging.basicConfig(level="INFO", stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("faust").setLevel("WARNING")
    home = Home()
    desk, keys = make_desk(home), keys_of(home)
    keys.require(desk.records.values())
    observer = room("monitoring.observer").open_observer(home, name)
    raise typer.Exit(run_worker(home, name, desk, Codec.load(desk.records, keys=keys), observer))
