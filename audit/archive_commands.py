"""Commands that keep sealed records for years: ``govbus audit archive run|list|verify``."""

from pathlib import Path
from typing import Annotated

import typer

from govbus.output import Format, Output, show

Folder = Annotated[Path | None, typer.Option("--to", help="Folder of the archives; default: archive/ of this set.")]
COLUMNS = ("topic", "partition", "seals", "records", "first", "last", "from", "to", "keep until", "bytes", "file")


def register(audit: typer.Typer) -> None:
    """Add ``govbus audit archive``."""
    archive = typer.Typer(help="Sealed records on disk, for three years and more, while topics keep days.", no_args_is_help=True)
    archive.command("run")(run)
    archive.command("list")(list_)
    archive.command("verify")(verify)
    audit.add_typer(archive, name="archive")


def run(
    topics: Annotated[list[str] | None, typer.Argument(help="Topics; all that are to be kept unless told.")] = None, to: Folder = None
) -> None:
    """Archive what is sealed and not archived yet; prints each new file. Run it daily; safe to repeat."""
    from audit import archiving
    from govbus.settings import Home

    home = Home()
    for path in archiving.run(home, to or archiving.folder_of(home), topics or ()):
        typer.echo(path)


def list_(to: Folder = None, output: Output = Format.TABLE) -> None:
    """Every archive: which records, from when, and until when it is to be kept; exit 1 when there is none."""
    from audit import archiving
    from govbus.settings import Home

    rows = archiving.listed(to or archiving.folder_of(Home()))
    show(rows, COLUMNS, output)
    raise typer.Exit(0 if rows else 1)


def verify(
    files: Annotated[list[Path], typer.Argument(help="Archives, or folders of them; those of one partition must follow one another.")],
    key: Annotated[list[Path], typer.Option("--key", help="The sealer's public key, PEM, or a folder of them.")],
    first: Annotated[bool, typer.Option("--first", "-f", help="These begin with the first seal of each partition.")] = False,
    previous: Annotated[list[str] | None, typer.Option(help="Head that the last call printed; these follow it.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Verify archives with nothing but the public key; exit 1 when a record was changed, removed or added.

    Prints the head of each chain: --previous of the next call.
    """
    from audit import archive, archiving, keys
    from audit.commands import tell
    from govbus.errors import SetupError

    if first == bool(previous):
        msg = "say where these archives begin: --first for the very beginning, or --previous with the head that the last call printed"
        raise typer.BadParameter(msg)
    paths = [path for file in files for path in (archive.archives(file) if file.is_dir() else [file])]
    if not paths:
        msg = f"no archive in {', '.join(map(str, files))}; 'govbus audit archive run' makes them"
        raise SetupError(msg)
    tell(archiving.verify(paths, keys.read(key), previous or None), output)
