"""Commands of the audit room: ``govbus audit …``."""

import typer


def register(app: typer.Typer) -> None:
    """Add ``govbus audit``."""
    audit = typer.Typer(help="Evidence: seals, and proofs that nothing was changed, removed or added.", no_args_is_help=True)
    app.add_typer(audit, name="audit")
