"""Commands of the audit room: ``govbus audit …``; here those that seal and verify, beside it those that archive and prove."""

import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit import access_commands, archive_commands, code_commands, export_commands, proof_commands, replay_commands, sunset_commands
from govbus.output import Format, Output, show

if TYPE_CHECKING:
    from collections.abc import Iterable

    from audit.verify import Told

Topics = Annotated[list[str] | None, typer.Argument(help="Topics; all sealed ones unless told.")]
Key = Annotated[list[Path] | None, typer.Option("--key", help="The sealer's public key, PEM, or a folder of them; default: this set's.")]
Seals = Annotated[Path | None, typer.Option("--seals", help="Folder with the sealer's files, or a copy of it; default: this set's.")]
COLUMNS = (
    "topic", "partition", "seals", "records", "left by age", "compacted", "unproven", "gaps", "not yet sealed", "verdict",
    "first bad offset", "detail", "head",
)  # fmt: skip
STANDING = ("topic", "partition", "seals", "records", "sealed to", "log ends", "behind", "last seal")


def register(app: typer.Typer) -> None:
    """Add ``govbus audit``, ``govbus replay``, ``govbus code`` and ``govbus sunset``."""
    audit = typer.Typer(help="Evidence: seals, and proofs that nothing was changed, removed or added.", no_args_is_help=True)
    audit.command("verify")(verify)
    seal = typer.Typer(help="Signed checkpoints over every partition.", no_args_is_help=True)
    seal.command("run")(seal_run)
    seal.command("status")(seal_status)
    seal.command("restore")(seal_restore)
    seal.command("key")(seal_key)
    audit.add_typer(seal, name="seal")
    archive_commands.register(audit)
    proof_commands.register(audit)
    access_commands.register(audit)
    export_commands.register(audit)
    replay_commands.register(app)
    code_commands.register(app)
    sunset_commands.register(app)
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


def seal_status(topics: Topics = None, seals: Seals = None, output: Output = Format.TABLE) -> None:
    """How far each partition is sealed, and how many offsets of the log are not; exit 1 when there is no seal at all."""
    from audit import keys, online
    from govbus.settings import Home

    home = Home()
    rows = online.standing(home, seals or keys.folder_of(home), topics or ())
    show(rows, STANDING, output)
    raise typer.Exit(0 if any(row["seals"] for row in rows) else 1)


def seal_restore() -> None:
    """Take over the seals that the bus has and the files do not, where these are an older copy. Stop the sealer first."""
    from audit.restoring import restore
    from govbus.settings import Home

    names = [one.statement.name for one in restore(Home())]
    typer.echo("\n".join(names) or "the files have every seal that the bus has")


def seal_key(algorithm: Annotated[str, typer.Option(help="ed25519-sha256, or sm2-sm3 (needs govbus[sm]).")] = "ed25519-sha256") -> None:
    """Make the sealer's key where there is none, and print its id: compare it on paper with the auditors'."""
    from audit import keys
    from govbus.settings import Home

    typer.echo(keys.create(Home(), algorithm))


def verify(
    topics: Topics = None,
    key: Key = None,
    seals: Seals = None,
    from_bus: Annotated[bool, typer.Option("--from-bus", help="Take the seals from bus.seals instead of files.")] = False,
    previous: Annotated[Path | None, typer.Option(help="What --heads wrote: go on from there, and see that it is still there.")] = None,
    heads: Annotated[Path | None, typer.Option(help="Write the last verified seal of each partition here, for the next call.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Compare every sealed record with what the broker holds now; exit 1 when one was changed, removed or added, and say which."""
    from audit import keys, online
    from govbus.settings import Home

    home = Home()
    folder = seals or keys.folder_of(home)
    public = keys.read(key or [folder / keys.PUBLIC])
    anchors = read_heads(previous) if previous else {}
    told = list(online.verify(home, public, None if from_bus else folder, topics or (), anchors))
    tell(told, output, heads, anchors)


def tell(told: "Iterable[Told]", output: Format, heads: Path | None = None, known: dict[tuple[str, int], str] | None = None) -> None:
    """Print what came out, write the heads of what holds, and leave: 0 or, with a finding, 1."""
    every = list(told)
    show([one.row for one in every], COLUMNS, output)
    bad = [finding for one in every for finding in one.findings]
    for one in bad[:20]:
        where = f"@{one.offset}" if one.offset >= 0 else ""
        typer.echo(f"{one.topic}/{one.partition}{where} {one.kind}: {one.detail} (seal {one.seal})", err=True)
    typer.echo(f"{sum(one.verified for one in every)} records under {sum(one.seals for one in every)} seals, {len(bad)} findings", err=True)
    if heads and not bad:
        new = {(one.topic, one.partition): one.head.digest for one in every if one.head}
        rows = [{"topic": topic, "partition": number, "head": head} for (topic, number), head in sorted(((known or {}) | new).items())]
        heads.write_text(json.dumps(rows, indent=1) + "\n")
    raise typer.Exit(int(bool(bad)))


def read_heads(path: Path) -> dict[tuple[str, int], str]:
    """What an earlier run wrote.

    :raises SetupError: it is not such a file
    """
    from govbus.errors import SetupError

    try:
        return {(row["topic"], int(row["partition"])): row["head"] for row in json.loads(path.read_text())}
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"{path} is nothing that 'govbus audit verify --heads' wrote ({type(error).__name__}); without --previous all is verified"
        raise SetupError(msg) from error
