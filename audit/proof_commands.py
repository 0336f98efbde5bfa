"""Commands that prove one thing in a small file: ``govbus audit prove|consistency|check``."""

import json
from pathlib import Path
from typing import Annotated

import typer

Topic = Annotated[str, typer.Argument(help="Topic")]
Partition = Annotated[int, typer.Argument(min=0, help="Partition")]
Seals = Annotated[Path | None, typer.Option("--seals", help="Folder with the sealer's files; default: this set's.")]
Archives = Annotated[Path | None, typer.Option("--from", help="Folder of archives, where the leaf hashes or the record have left.")]


def register(audit: typer.Typer) -> None:
    """Add them."""
    audit.command("prove")(prove)
    audit.command("consistency")(consistency)
    audit.command("check")(check)


def prove(
    topic: Topic,
    partition: Partition,
    offset: Annotated[int, typer.Argument(min=0, help="Offset of the record")],
    seals: Seals = None,
    archives: Archives = None,
    unmask: Annotated[str, typer.Option("--with-record", help="Put the record's bytes in, unmasked: id of an approved request.")] = "",
    why: Annotated[str, typer.Option("--why", help="Reason, with --with-record; it stands in the record of who read what.")] = "",
) -> None:
    """Print the proof that one record is in the log: a path of hashes to a signed root, without the record unless told."""
    from audit import access, approval, proving
    from govbus.settings import Home

    home, place = Home(), f"{topic}/{partition}@{offset}"
    if not unmask:
        typer.echo(json.dumps(proving.prove(home, (topic, partition), offset, seals, archives, with_record=False), indent=1))
        return
    approval.require(home, unmask, "unmask", place)
    with access.noted(home, "unmask", why, place, approval=unmask) as noted:
        made = proving.prove(home, (topic, partition), offset, seals, archives, with_record=True)
        noted.records = 1
    typer.echo(json.dumps(made, indent=1))


def consistency(
    topic: Topic,
    partition: Partition,
    old: Annotated[int, typer.Argument(min=0, help="Number of the earlier seal")],
    new: Annotated[int, typer.Argument(min=1, help="Number of the later seal")],
    seals: Seals = None,
) -> None:
    """Print the proof that a later seal stands on everything an earlier one stood on: the chain only grew."""
    from audit import keys, proof
    from audit.chain import Chain
    from govbus.settings import Home

    home = Home()
    typer.echo(json.dumps(proof.consistency(Chain(seals or keys.folder_of(home), topic, partition), old, new), indent=1))


def check(
    file: Annotated[Path, typer.Argument(help="A proof that 'prove' or 'consistency' printed")],
    key: Annotated[list[Path], typer.Option("--key", help="The sealer's public key, PEM, or a folder of them.")],
) -> None:
    """Check a proof with nothing but the public key; exit 1 when it does not hold."""
    from audit import keys, proof
    from govbus.errors import SetupError

    try:
        told = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        msg = f"{file} cannot be read as a proof ({type(error).__name__})"
        raise SetupError(msg) from error
    why = proof.check(told, keys.read(key))
    typer.echo(f"{file}: {why or 'holds'}")
    raise typer.Exit(int(bool(why)))
