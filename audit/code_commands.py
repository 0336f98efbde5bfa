"""``govbus code``: what a person's standing is or was, why, and who was told. Each look stands in the record of who read what."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from audit.access_commands import Approved, Person, Why, pseudonym, utc
from govbus.output import Format, Output, show

if TYPE_CHECKING:
    from audit.code import Found

Ticket = Annotated[str, typer.Option("--ticket", help="Number of the order, or of the person's own request.")]
Exchange = Annotated[str, typer.Option("--exchange", help="Exchange of shape standing; default: the only one.")]
At = Annotated[datetime | None, typer.Option("--at", help="As it was at this log time, UTC; default: now.")]


class For(StrEnum):
    """To whom it is explained."""

    SUBJECT = "subject"
    CHECKPOINT = "checkpoint"
    AUDITOR = "auditor"


def register(app: typer.Typer) -> None:
    """Add ``govbus code``."""
    code = typer.Typer(help="A person's standing (health code): what it is or was, why, who was told.", no_args_is_help=True)
    code.command("show")(show_)
    code.command("explain")(explain)
    code.command("history")(history)
    code.command("told")(told)
    app.add_typer(code, name="code")


def show_(
    person: Person, why: Why, ticket: Ticket, at: At = None, exchange: Exchange = "", approved: Approved = "", output: Output = Format.TABLE
) -> None:
    """Level and badges, each with its time and whether its source is silent. Exit 1: nobody knows the person, or see the remark."""
    from audit.code_view import SHOWN, remarks, shown

    with _look("show", person, why, ticket, at, exchange, approved) as found:
        rows, notes = shown(found), list(remarks(found))
    show(rows, SHOWN, output)
    _remark(notes)
    raise typer.Exit(int(bool(notes) or not found.there))


def explain(
    person: Person,
    why: Why,
    ticket: Ticket,
    to: Annotated[
        For, typer.Option("--for", help="subject: plain words; checkpoint: the level alone; auditor: all, as JSON.")
    ] = For.SUBJECT,
    at: At = None,
    exchange: Exchange = "",
    approved: Approved = "",
    output: Output = Format.TABLE,
) -> None:
    """Why it is so: each reason with department, times, rule, and how to appeal. Exit 1: nobody knows the person, or see the remark."""
    from audit.code_view import auditor, checkpoint, lines, remarks
    from topics.load import load

    with _look(f"explain for {to.value}", person, why, ticket, at, exchange, approved) as found:
        notes = list(remarks(found))
        if to is For.SUBJECT:
            said = lines(found, {name: each.zh for name, each in load().departments.items()})
        else:
            data = auditor(found) if to is For.AUDITOR else checkpoint(found)
    if to is For.SUBJECT and output is Format.TABLE:
        sys.stdout.write("\n".join(said) + "\n")
    else:
        sys.stdout.write(json.dumps(said if to is For.SUBJECT else data, ensure_ascii=False, indent=1) + "\n")
    _remark(notes)
    raise typer.Exit(int(bool(notes) or not found.there))


def history(
    person: Person, why: Why, ticket: Ticket, at: At = None, exchange: Exchange = "", approved: Approved = "", output: Output = Format.TABLE
) -> None:
    """Each change: when, from what to what, by which rules, for which reasons, caused by which record. Exit 1: there was none."""
    from audit import code_view

    with _look("history", person, why, ticket, at, exchange, approved) as found:
        rows = code_view.history(found)
    show(rows, code_view.HISTORY, output)
    raise typer.Exit(int(not rows))


def told(
    person: Person, why: Why, ticket: Ticket, at: At = None, exchange: Exchange = "", approved: Approved = "", output: Output = Format.TABLE
) -> None:
    """Which department was told what, and when; whether it had to undo what it did. Exit 1: nobody was told anything."""
    from audit import code_view

    with _look("told", person, why, ticket, at, exchange, approved) as found:
        rows = code_view.told(found)
    show(rows, code_view.TOLD, output)
    raise typer.Exit(int(not rows))


@contextmanager
def _look(action: str, person: str, why: str, ticket: str, at: datetime | None, exchange: str, approved: str) -> Iterator["Found"]:
    """The person's standing, between the two records of this look."""
    from audit import access, scope
    from audit.code import exchange_of, find
    from audit.export import milliseconds
    from govbus.errors import SetupError
    from govbus.settings import Home

    now_ms = access.now_ms()
    at_ms = milliseconds(utc(at)) if at else now_ms
    if at_ms > now_ms or not ticket.strip():
        sys.stderr.write("govbus: --at lies in the future\n" if ticket.strip() else "govbus: --ticket is empty\n")
        raise typer.Exit(2)
    home, declared = Home(), exchange_of(exchange)
    subject = pseudonym(home, person)
    if len(subject) != 32:
        msg = "a pseudonym of a person has 32 hex digits"
        raise SetupError(msg)
    scope.allowed(home, f"code {subject.decode()}", approved, [declared.meta.owner])
    with access.noted(home, f"code {action}", why, declared.meta.id, subject, ticket, approved) as noted:
        found = find(home, declared, subject, at_ms)
        noted.records = len(found.log.records) + len(found.log.told)
        yield found


def _remark(notes: list[str]) -> None:
    for each in notes:
        sys.stderr.write(f"govbus: {each}\n")
