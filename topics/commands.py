"""Commands of the topics room: ``govbus topics list|plan|apply`` and ``govbus grants list``."""

from typing import TYPE_CHECKING, Annotated

import typer

from govbus.output import Format, Output, show

if TYPE_CHECKING:
    from topics.plan import Plan

RegistryOption = Annotated[bool, typer.Option(help="Also the schemas in the registry.")]


def register(app: typer.Typer) -> None:
    """Add ``govbus topics`` and ``govbus grants``."""
    topics = typer.Typer(help="Where it is said: topics, rights, logins.", no_args_is_help=True)
    topics.command("list")(list_topics)
    topics.command("plan")(plan)
    topics.command("apply")(apply)
    app.add_typer(topics, name="topics")
    grants = typer.Typer(help="Who may ask what, by which law, until when.", no_args_is_help=True)
    grants.command("list")(list_grants)
    app.add_typer(grants, name="grants")


def list_topics(output: Output = Format.TABLE) -> None:
    """Every declared topic: owner, level, sharing attribute, record type, what the broker is told."""
    from topics.load import load

    rows = [
        {
            "topic": name, "title": topic.meta.title.zh, "owner": topic.meta.owner, "level": topic.meta.classification,
            "sharing": topic.meta.sharing, "record": topic.spec.record, "partitions": topic.spec.partitions,
            "days": topic.spec.retention_days or "latest of each key",
        }
        for name, topic in sorted(load().topics.items())
    ]  # fmt: skip
    show(rows, ("topic", "title", "owner", "level", "sharing", "record", "partitions", "days"), output)


def plan(registry: RegistryOption = True, output: Output = Format.TABLE) -> None:
    """What 'govbus topics apply' would do; changes nothing; exit 1 if there is something to do."""
    from govbus.settings import Home
    from topics.apply import preview

    steps = preview(Home(), registry)
    _tell(steps, output)
    raise typer.Exit(0 if steps.empty else 1)


def apply(
    registry: RegistryOption = True,
    passwords: Annotated[bool, typer.Option("--passwords", help="Set every login's password again from its secret.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Make the declarations true: topics, settings, rights, logins, limits, schemas. Deletes nothing but rights; safe to repeat."""
    from govbus.settings import Home
    from topics import apply as room

    _tell(room.apply(Home(), registry, passwords), output)


def list_grants(
    department: Annotated[str, typer.Option(help="Only grants of this department")] = "",
    output: Output = Format.TABLE,
) -> None:
    """Every grant: who may ask which item for which purpose, by which law, until when, and whether it holds today."""
    from datetime import datetime

    from topics.load import load

    today = datetime.now().astimezone().date()
    rows = [
        {
            "id": grant.id, "department": grant.department, "item": grant.item, "holder": grant.holder, "fields": grant.fields,
            "purpose": grant.purpose, "legal_basis": grant.legal_basis, "until": grant.until, "live": "yes" if grant.live(today) else "no",
        }
        for grant in load().grants.all
        if department in ("", grant.department)
    ]  # fmt: skip
    show(rows, ("id", "department", "item", "holder", "fields", "purpose", "legal_basis", "until", "live"), output)


def _tell(steps: "Plan", output: Format) -> None:
    show([{"step": verb, "thing": thing, "detail": detail} for verb, thing, detail in steps.steps()], ("step", "thing", "detail"), output)
    for note in steps.notes:
        typer.echo(note, err=True)
    typer.echo(f"{len(steps.steps())} steps" if not steps.empty else "the cluster is as declared", err=True)
