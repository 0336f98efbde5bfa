"""Commands of the adapters room."""

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from govbus.output import Format, Output, show

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.declaration import Adapter
    from adapters.loop import Door
    from govbus.ports import Observer
    from govbus.settings import Home


def register(app: typer.Typer) -> None:
    """Add ``govbus adapter``."""
    group = typer.Typer(help="Adapters beside the departments' own systems.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("check")(check)
    group.command("run")(run)
    app.add_typer(group, name="adapter")
    correction = typer.Typer(help="A holder's corrections of its own records (校核).", no_args_is_help=True)
    correction.command("send")(correction_send)
    app.add_typer(correction, name="correction")


def list_(output: Output = Format.TABLE) -> None:
    """What is declared in adapters/declared."""
    from adapters.declaration import load_adapters

    rows = [
        {"id": name, "kind": each.spec.kind, "department": each.meta.department, "zh": each.meta.title.zh, "en": each.meta.title.en}
        for name, each in load_adapters().items()
    ]
    show(rows, ("id", "kind", "department", "zh", "en"), output)


def check(
    live: Annotated[bool, typer.Option("--live", help="Ask the databases too: each query is prepared, none is run on data.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """All faults of all adapters at once; exit 1 when there is one."""
    from adapters.check import faults

    found = faults(live)
    show(found, ("adapter", "what"), output, title="" if found else "no faults")
    raise typer.Exit(1 if found else 0)


def run(adapter: Annotated[str, typer.Argument(help="Id of the adapter, e.g. housing.requests")]) -> None:
    """Run one adapter until it is told to stop; a supervisor restarts it when it leaves with another code than 0."""
    from adapters import loop
    from adapters.declaration import load_adapters
    from govbus.errors import SetupError
    from govbus.project import room
    from govbus.settings import Home

    logging.basicConfig(level="INFO", stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    declared = load_adapters()
    if adapter not in declared:
        msg = f"no adapter {adapter}; declared are {', '.join(declared)}"
        raise SetupError(msg)
    home, stop = Home(), loop.Stop()
    observer = room("monitoring.observer").open_observer(home, adapter)
    stop.listen()
    loop.run(adapter, _opener(home, declared[adapter], observer), observer, stop)


def correction_send(
    department: Annotated[str, typer.Argument(help="The holder, e.g. civil-affairs")],
    file: Annotated[Path, typer.Argument(help="CSV with the columns correction_id, item, id_type, id_no, old_version, kind, corrected_on")],
    output: Output = Format.TABLE,
) -> None:
    """Say which records no longer hold: every verdict that rests on one is checked again. Safe to repeat; exit 1 when a line is refused."""
    from adapters.corrections import Sent, send
    from govbus.settings import Home

    told = send(Home(), department, file)
    show([each._asdict() for each in told], Sent._fields, output)
    raise typer.Exit(int(any(each.reason for each in told)))


def _opener(home: "Home", adapter: "Adapter", observer: "Observer") -> "Callable[[], Door]":
    from adapters.declaration import FileSource, SqlAnswerer, SqlSource
    from adapters.file_source import FileSourceDoor
    from adapters.sql_answerer import SqlAnswererDoor
    from adapters.sql_sink import SqlSinkDoor
    from adapters.sql_source import SqlSourceDoor

    spec = adapter.spec
    if isinstance(spec, SqlSource):
        return lambda: SqlSourceDoor(home, adapter, spec, observer)
    if isinstance(spec, SqlAnswerer):
        return lambda: SqlAnswererDoor(home, adapter, spec, observer)
    if isinstance(spec, FileSource):
        return lambda: FileSourceDoor(home, adapter, spec, observer)
    return lambda: SqlSinkDoor(home, adapter, spec, observer)
