"""Commands of the backyard: start, stop and read the logs of the set on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from local.departments import commands as departments


def register(app: typer.Typer) -> None:
    """Add ``govbus up``, ``govbus down``, ``govbus logs`` and ``govbus demo``."""
    app.command("up")(up)
    app.command("down")(down)
    app.command("logs")(logs)
    site = typer.Typer(help="The same set for a site with containers: see docker-compose.yml.", no_args_is_help=True)
    site.command("prepare")(site_prepare)
    site.command("apply")(site_apply)
    app.add_typer(site, name="site")
    departments.register(app)


def up(
    show: Annotated[
        bool, typer.Option("--demo/--no-demo", help="Send 1,000 requests through it at the end and show what came back.")
    ] = True,
    people: Annotated[int, typer.Option(help="Synthetic population of the departments; a multiple of four.")] = 200_000,
    workers: Annotated[int | None, typer.Option(min=1, max=3, help="Agent workers; as many as before unless told, at first one.")] = None,
    holders: Annotated[bool, typer.Option("--holders", help="Every holder of a proof item too, with the scenarios' rows.")] = False,
) -> None:
    """Start the whole bus on this machine: servers, topics, departments, adapters, worker, monitor. Safe to repeat."""
    from govbus.settings import Process
    from local.up import start

    start(Process().home.resolve(), people, show, workers, holders)


def down(
    purge: Annotated[bool, typer.Option("--purge", help="Remove its data, secrets and logs too.")] = False,
) -> None:
    """Stop everything that belongs to this set; no process and no port is left."""
    from govbus.settings import Process
    from local.instance import at
    from local.talk import step

    with step("stopping"):
        at(Process().home.resolve()).stop(purge)


def logs(
    program: Annotated[str, typer.Argument(help="e.g. kafka, worker-1, postgres-housing; 'govbus status' lists them")],
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many of the last lines")] = 50,
) -> None:
    """Print the last lines of one program's log."""
    from govbus.errors import SetupError
    from govbus.settings import Process

    folder = Process().home.resolve() / "logs"
    path = folder / f"{program}.log"
    if path.parent != folder or not path.is_file():
        known = ", ".join(sorted(one.stem for one in folder.glob("*.log"))) or "none, the bus was never started"
        msg = f"no log of {program!r} in {folder}; there are: {known}"
        raise SetupError(msg)
    for line in path.read_text(errors="replace").splitlines()[-lines:]:
        typer.echo(line)


def site_prepare(
    folder: Annotated[Path, typer.Argument(help="The folder that docker-compose.yml mounts, e.g. .govbus/site")],
    workers: Annotated[int, typer.Option(min=1, max=3, help="Agent workers that will run there.")] = 1,
) -> None:
    """Make that folder: random secrets, an own authority, the servers' files. Keeps what is there."""
    from local.containers import prepare
    from local.programs import adapters

    prepare(folder.resolve(), adapters(), workers)


def site_apply() -> None:
    """Database roles, topics, rights, logins and schemas of the containers; safe to repeat."""
    from govbus.settings import Home
    from local.containers import apply

    apply(Home())
