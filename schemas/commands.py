"""Commands of the schemas room: ``govbus schemas check|release|list``."""

import typer

from govbus.output import Format, Output, show


def register(app: typer.Typer) -> None:
    """Add ``govbus schemas``."""
    schemas = typer.Typer(help="What may be said: record types and their released versions.", no_args_is_help=True)
    schemas.command("check")(check)
    schemas.command("release")(release)
    schemas.command("list")(list_)
    app.add_typer(schemas, name="schemas")


def check() -> None:
    """House rules, compatibility with every released version, and equality with the release; exit 1 with all faults."""
    from schemas import release as releases

    faults = _faults(releases.sources()) + releases.check()
    for fault in faults:
        typer.echo(fault, err=True)
    typer.echo(f"{len(releases.sources())} record types, {len(faults)} faults", err=True)
    raise typer.Exit(1 if faults else 0)


def release() -> None:
    """Freeze every new or changed schema under the next ids; exit 1 if one breaks a rule. Commit what this writes."""
    from schemas import release as releases

    new = releases.unreleased()
    if faults := _faults(new):
        for fault in faults:
            typer.echo(fault, err=True)
        raise typer.Exit(1)
    if not new:
        typer.echo("nothing to release: every schema equals its latest version", err=True)
        return
    entries = releases.append(new).entries[-len(new) :]
    for entry in entries:
        typer.echo(f"{entry.record} version {entry.version} is schema id {entry.id}", err=True)


def list_(output: Output = Format.TABLE) -> None:
    """Every released version: id, record type, version, owner, level, file."""
    from schemas import release as releases

    rows = []
    for entry in releases.load().entries:
        text = releases.text(entry)
        row = {"id": entry.id, "record": entry.record, "version": entry.version, "owner": text["owner"], "level": text["level"]}
        rows.append(row | {"file": f"schemas/{entry.file}"})
    show(rows, ("id", "record", "version", "owner", "level", "file"), output)


def _faults(schemas: dict[str, dict[str, object]]) -> list[str]:
    from schemas import compatibility, lint

    broken = [f"{name}: {fault}" for name, schema in schemas.items() for fault in lint.faults(schema)]
    return broken or compatibility.check(schemas)  # Avro's checker needs texts that are schemas at all
