"""``govbus audit export``: what departments exchanged, as files."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from audit.access_commands import Approved, utc
from audit.export_kinds import Kind
from govbus.output import Format, Output, show

COLUMNS = ("file", "records", "first", "last", "sha256")


def register(audit: typer.Typer) -> None:
    """Add it to ``govbus audit``."""
    audit.command("export")(export)


def export(
    topics: Annotated[list[str], typer.Argument(help="Topics, as govbus topics list has them.")],
    out: Annotated[Path, typer.Option("--out", help="Folder; the same one goes on where it was.")],
    why: Annotated[str, typer.Option("--why", help="Reason; it stands in the record of who read what.")],
    ticket: Annotated[str, typer.Option("--ticket", help="Number of the order or ticket.")] = "",
    kind: Annotated[Kind, typer.Option("--format", help="jsonl, avro, csv (opens in Excel) or parquet.")] = Kind.JSONL,
    since: Annotated[datetime | None, typer.Option("--from", help="Log time, UTC, from")] = None,
    until: Annotated[datetime | None, typer.Option("--to", help="and before.")] = None,
    subject: Annotated[str, typer.Option("--subject", help="Only this person's, by pseudonym; '-': a document on standard input.")] = "",
    case: Annotated[str, typer.Option("--case", help="Only what carries this id of a case or request.")] = "",
    unmask: Annotated[str, typer.Option("--unmask", help="Id of an approved request (govbus audit request unmask TOPICS …).")] = "",
    approved: Approved = "",
    output: Output = Format.TABLE,
) -> None:
    """Write records as files, personal parts masked; with a manifest of what is in them. Exit 1 when there was nothing."""
    from rich.progress import Progress

    from audit import access, approval, scope
    from audit.access_commands import pseudonym
    from audit.export import Asked, Export, milliseconds
    from govbus.settings import Home

    home, named = Home(), ",".join(sorted(topics))
    if unmask:
        approval.require(home, unmask, "unmask", named)
    else:
        scope.allowed(home, f"export {named}", approved, [scope.owner_of(topic) for topic in topics])
    key = pseudonym(home, subject) if subject else b""
    times = [milliseconds(utc(each) if each else None) for each in (since, until)]
    asked = Asked(tuple(sorted(topics)), kind.value, times[0], times[1], key.decode(), case, unmask)
    with (
        access.noted(home, "export", why, named, key, ticket, unmask or approved) as noted,
        Progress(disable=not sys.stderr.isatty()) as bar,
    ):
        task = bar.add_task("exporting")
        told = Export(home, out, asked).run(lambda done, total: bar.update(task, completed=done, total=total))
        noted.records = told["records"]
    show(told["files"], COLUMNS, output)
    sys.stderr.write(f"{told['records']} records in {out / 'manifest.json'}{'' if unmask else ', personal parts masked'}\n")
    if told["unreadable"]:
        sys.stderr.write(f"{len(told['unreadable'])} records could not be read and are not in it: see unreadable in the manifest\n")
    raise typer.Exit(0 if told["records"] else 1)
