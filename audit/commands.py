"""Commands of the audit room: ``govbus audit …``."""

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from govbus.output import Format, Output, show

if TYPE_CHECKING:
    from collections.abc import Iterable

    from audit.verify import Told

Topics = Annotated[list[str] | None, typer.Argument(help="Topics; all sealed ones unless told.")]
Key = Annotated[
    list[Path] | None, typer.Option("--key", help="Public key of the sealer, PEM, or a folder of them; default: this set's own.")
]
COLUMNS = (
    "topic", "partition", "seals", "records", "left by age", "compacted", "unproven", "gaps", "not yet sealed", "verdict",
    "first bad offset", "detail", "head",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add ``govbus audit``."""
    audit = typer.Typer(help="Evidence: seals, and proofs that nothing was changed, removed or added.", no_args_is_help=True)
    audit.command("verify")(verify)
    seal = typer.Typer(help="Signed checkpoints over every partition.", no_args_is_help=True)
    seal.command("run")(seal_run)
    audit.add_typer(seal, name="seal")
    app.add_typer(audit, name="audit")


def seal_run(
    records: Annotated[int, typer.Option(min=1, help="Seal a partition when so many records wait,")] = 20_000,
    seconds: Annotated[float, typer.Option(min=0.1, help="or when the first of them has waited so long.")] = 5.0,
) -> None:
    """Run the sealer until it is told to stop; a supervisor restarts it when it leaves with another code than 0."""
    from audit.sealer import Cadence
    from audit.sealing import PRINCIPAL, run
    from govbus.project import room
    from govbus.settings import Home

    logging.basicConfig(level="INFO", stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    home = Home()
    raise typer.Exit(run(home, room("monitoring.observer").open_observer(home, PRINCIPAL), Cadence(records, seconds)))


def verify(topics: Topics = None, key: Key = None, output: Output = Format.TABLE) -> None:
    """Compare every sealed record with what the broker holds now; exit 1 when one was changed, removed or added."""
    from audit import keys, online
    from govbus.settings import Home

    home = Home()
    seals = keys.folder_of(home)
    public = keys.read(key or [seals / keys.PUBLIC])
    _tell(online.verify(home, public, seals, topics or ()), output)


def _tell(found: "Iterable[Told]", output: Format) -> None:
    told = list(found)
    show([one.row for one in told], COLUMNS, output)
    bad = [finding for one in told for finding in one.findings]
    for one in bad[:20]:
        where = f"@{one.offset}" if one.offset >= 0 else ""
        typer.echo(f"{one.topic}/{one.partition}{where} {one.kind}: {one.detail} (seal {one.seal})", err=True)
    raise typer.Exit(int(bool(bad)))
