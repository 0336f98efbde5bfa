"""The command that lets housing's officers ask."""

import json
from typing import Annotated, Literal

import typer


def register(app: typer.Typer) -> None:
    """Add ``govbus demo``."""
    app.command("demo")(demo)


def demo(
    requests: Annotated[int, typer.Option(min=100, max=100_000, help="How many proof checks; every outcome is among them.")] = 1000,
    output: Annotated[Literal["table", "json"], typer.Option(help="Form of the report on stdout.")] = "table",
) -> None:
    """Send proof checks through the running bus as housing's officers would, and show the verdicts that come back."""
    from govbus.settings import Process
    from local.demo import run
    from local.demo_view import say_report
    from local.up import open_instance

    report = run(open_instance(Process().home.resolve()), requests)
    if output == "json":
        typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        say_report(report)
