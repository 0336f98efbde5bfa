"""The command that lets housing's officers ask."""

import json
from typing import Annotated, Literal

import typer


def register(app: typer.Typer) -> None:
    """Add ``govbus demo``."""
    app.command("demo")(demo)
    app.command("scenarios")(scenarios)


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


def scenarios(
    item: Annotated[str, typer.Argument(help="Proof item, e.g. proof-07; all without it")] = "",
    output: Annotated[Literal["table", "json"], typer.Option(help="Form of the table on stdout.")] = "table",
) -> None:
    """Play the scenarios of the proof items on the running bus (after 'govbus up --holders'); exit 1 when a verdict is another one."""
    from govbus.errors import SetupError
    from govbus.output import Format, show
    from govbus.settings import Home
    from local.cases import load, play, playable
    from local.site_plan import holders

    home = Home()
    if missing := sorted(set(holders()) - set(home.site.databases)):
        msg = f"not every holder runs here ({', '.join(missing)} are missing): govbus up --holders"
        raise SetupError(msg)
    chosen = [each for each in playable() if item in ("", each.item)]
    if not chosen:
        msg = f"there are no scenarios of {item}: local/scenarios has {', '.join(load())}"
        raise SetupError(msg)
    outcomes = play(home, chosen)
    rows = [
        {
            "item": each.scenario.item, "scenario": each.scenario.name, "verdict": (each.told or {}).get("outcome", "none came"),
            "mismatched": (each.told or {}).get("mismatched_fields", []), "flags": (each.told or {}).get("flags", []),
            "as expected": "yes" if each.as_expected else f"no: {each.scenario.expected()}",
        }
        for each in outcomes
    ]  # fmt: skip
    show(rows, ("item", "scenario", "verdict", "mismatched", "flags", "as expected"), Format(output))
    odd = sum(not each.as_expected for each in outcomes)
    typer.echo(f"{len(outcomes)} scenarios, {odd} not as expected", err=True)
    raise typer.Exit(int(bool(odd)))
