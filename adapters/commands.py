"""Commands of the adapters room."""

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

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
    batch = typer.Typer(help="A file of people, checked through the bus.", no_args_is_help=True)
    batch.command("run")(batch_run)
    app.add_typer(batch, name="batch")
    tasks = typer.Typer(help="Checks for a holder's people (协查): what its data cannot answer.", no_args_is_help=True)
    tasks.command("list")(tasks_list)
    tasks.command("answer")(tasks_answer)
    app.add_typer(tasks, name="tasks")


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
    from adapters.check import elsewhere, faults
    from govbus.settings import Home

    found = faults(live)
    show(found, ("adapter", "what"), output, title="" if found else "no faults")
    if live and (others := elsewhere(Home())):
        sys.stderr.write(f"not asked, their databases are not in site.yaml: {', '.join(others)}\n")
    raise typer.Exit(1 if found else 0)


def run(adapter: Annotated[str, typer.Argument(help="Id of the adapter, e.g. housing.requests")]) -> None:
    """Run one adapter until it is told to stop; a supervisor restarts it when it leaves with another code than 0."""
    from adapters import ending, loop
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
    purpose = ending.purpose_of(declared[adapter], declared)
    observer = room("monitoring.observer").open_observer(home, adapter)
    stop.listen()
    loop.run(adapter, _opener(home, declared[adapter], observer), observer, stop, lambda: ending.ended(home, purpose))


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


Holder = Annotated[str, typer.Argument(help="The holder, e.g. education")]


def tasks_list(
    holder: Holder,
    people: Annotated[bool, typer.Option("--people", help="With numbers, names and declarations: for the officer who checks.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Open tasks, the one that is due first at the top."""
    from adapters.tasks import COLUMNS, listed
    from govbus.settings import Home

    show(listed(Home(), holder, people), COLUMNS if people else [each for each in COLUMNS if each not in ("id_no", "name")], output)


def tasks_answer(
    holder: Holder,
    request_id: Annotated[str, typer.Argument(help="From the list")],
    outcome: Annotated[Literal["match", "mismatch", "no_record", "ambiguous"], typer.Argument(help="What the files say")],
    officer: Annotated[str, typer.Option(help="Id of the officer who checked")],
    differs: Annotated[list[str] | None, typer.Option(help="A claim that differs; for a mismatch, and only for it.")] = None,
) -> None:
    """Answer one task; the verdict goes to the department that asked. Says yes, no or which claims differ, never what the files have."""
    from adapters.tasks import answer
    from govbus.settings import Home

    typer.echo(answer(Home(), holder, request_id, outcome, officer, tuple(differs or ())))


def batch_run(
    department: Annotated[str, typer.Argument(help="Who asks, e.g. housing")],
    item: Annotated[str, typer.Argument(help="Proof item, e.g. proof-17; see govbus exchanges list")],
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="CSV, UTF-8: id_type, id_no, name, a column for each claim, and reference if you like"
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the results; start again with the same one after a break")],
    purpose: Annotated[str, typer.Option(help="Purpose of the grant")],
    legal_basis: Annotated[str, typer.Option(help="Article that lets the department ask")],
    officer: Annotated[str, typer.Option(help="Id of the officer who asks")],
    matter: Annotated[str, typer.Option(help="Matter (实施编码)")] = "RECHECK",
    as_of: Annotated[str, typer.Option(help="Day that the declarations are about; default: the file's own day")] = "",
    attempt: Annotated[int, typer.Option(min=1, help="2, 3 … asks everybody once more, e.g. after a holder was silent")] = 1,
    output: Output = Format.TABLE,
) -> None:
    """Check everybody in a file; exit 1 when somebody has no verdict. Mismatches are for a hearing: nothing is decided by them alone.

    Ctrl-C stops it; the same command goes on where it was.
    """
    from datetime import date

    from adapters import batch
    from adapters.batch.progress import shown
    from adapters.batch.stopping import stoppable
    from govbus.settings import Home

    day = date.fromisoformat(as_of) if as_of else date.fromtimestamp(file.stat().st_mtime)
    job = batch.Job(department, item, purpose, legal_basis, matter, officer, day, attempt)
    try:
        with shown() as bar, stoppable(bar) as progress:
            report = batch.run(Home(), job, file, out, progress)
    except KeyboardInterrupt:
        sys.stderr.write(f"stopped; what has come back is in {out}, and the same command goes on from there\n")
        raise typer.Exit(130) from None
    rows = [{"what": name, "people": count} for name, count in sorted(report.outcomes.items())]
    rows += [{"what": f"because {name}", "people": count} for name, count in sorted(report.reasons.items())]
    rows += [{"what": f"silent: {name}", "people": count} for name, count in sorted(report.silent.items())]
    rows += [{"what": "no verdict", "people": report.missing}] if report.missing else []
    show(rows, ("what", "people"), output)
    books = f"{report.people} people = {report.decided} decided + {report.refused} refused + {report.missing} open"
    sys.stderr.write(f"{books}; {report.seconds} s, {report.a_second} a second; report.md, hearing.csv and refused.csv in {out}\n")
    raise typer.Exit(int(bool(report.missing or report.difference)))


def _opener(home: "Home", adapter: "Adapter", observer: "Observer") -> "Callable[[], Door]":
    from importlib import import_module

    module, name = _DOORS[adapter.spec.kind]  # a source of files must not need the database's driver, nor a sink the web server's
    make: Callable[..., Door] = getattr(import_module(module), name)
    return lambda: make(home, adapter, adapter.spec, observer)


_DOORS = {
    "sql_source": ("adapters.sql_source", "SqlSourceDoor"),
    "sql_sink": ("adapters.sql_sink", "SqlSinkDoor"),
    "sql_answerer": ("adapters.sql_answerer", "SqlAnswererDoor"),
    "file_source": ("adapters.file_source", "FileSourceDoor"),
    "round_source": ("adapters.rounds.source", "RoundSourceDoor"),
    "code_sink": ("adapters.checkpoint.sink", "CodeSinkDoor"),
    "code_door": ("adapters.checkpoint.door", "CodeDoorDoor"),
}
