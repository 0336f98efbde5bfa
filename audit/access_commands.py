"""Commands about looking: ``govbus audit who``, ``trace``, ``xroad``, and the four eyes: ``request``, ``approve``, ``approvals``."""

import json
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from govbus.output import Format, Output, show

if TYPE_CHECKING:
    from govbus.settings import Home

Person = Annotated[str, typer.Argument(help="Pseudonym of the person; '-': type and number of a document stand on standard input.")]
Why = Annotated[str, typer.Option("--why", help="Reason; it stands in the record of who read what.")]
Ticket = Annotated[str, typer.Option("--ticket", help="Number of the order or ticket.")]
Approved = Annotated[str, typer.Option("--approved", help="Id of an approved request 'foreign': for a department's own auditor.")]
_PSEUDONYM = re.compile(r"[0-9a-f]{32,128}")


def register(audit: typer.Typer) -> None:
    """Add them to ``govbus audit``."""
    audit.command("who")(who)
    audit.command("trace")(trace)
    audit.command("xroad")(xroad)
    audit.command("request")(request)
    audit.command("approve")(approve)
    audit.command("approvals")(approvals)


def who(person: Person, why: Why, ticket: Ticket = "", approved: Approved = "", output: Output = Format.TABLE) -> None:
    """Who asked about a person, for what, and what kind of answer they got; who has looked since. Exit 1 when nobody did."""
    from audit import access, scope
    from audit.who import COLUMNS, ledger
    from govbus.settings import Home

    home = Home()
    subject = pseudonym(home, person)
    scope.allowed(home, f"who {subject.decode()}", approved)
    with access.noted(home, "who", why, "a person's ledger", subject, ticket, approved) as noted:
        rows = ledger(home, subject)
        noted.records = len(rows)
    show(rows, COLUMNS, output)
    raise typer.Exit(0 if rows else 1)


def trace(
    why: Why,
    wanted: Annotated[str, typer.Argument(help="Id of a request, a case or a record.")] = "",
    subject: Annotated[str, typer.Option("--subject", help="Everything about a person: a pseudonym, or '-'. Needs --ticket.")] = "",
    ticket: Ticket = "",
    approved: Approved = "",
    output: Output = Format.TABLE,
) -> None:
    """Every hop over all topics: who wrote it, by which schema and rules, what came out, under which seal. Exit 1 when there is none."""
    from audit import access, scope
    from audit.trace import COLUMNS, hops
    from govbus.settings import Home

    if bool(wanted) == bool(subject) or (subject and not ticket.strip()):
        sys.stderr.write("govbus: give an id, or --subject together with --ticket\n")
        raise typer.Exit(2)
    home = Home()
    key = pseudonym(home, subject) if subject else b""
    scope.allowed(home, f"trace {wanted or key.decode()}", approved)
    with access.noted(home, "trace", why, wanted or "a person's records", key, ticket, approved) as noted:
        rows = hops(home, wanted, key)
        noted.records = len(rows)
    show(rows, COLUMNS, output)
    raise typer.Exit(0 if rows else 1)


def xroad(
    why: Why,
    since: Annotated[datetime, typer.Option("--from", help="What ended from this log time on, UTC,")],
    until: Annotated[datetime, typer.Option("--to", help="and before this.")],
    approved: Approved = "",
) -> None:
    """Exchanges as X-Road operational-monitoring JSON, for collectors that know X-Road."""
    from audit import access, scope
    from audit.xroad import collect
    from govbus.settings import Home

    home, span = Home(), [int(utc(each).timestamp()) for each in (since, until)]
    scope.allowed(home, "xroad", approved)
    with access.noted(home, "xroad", why, "all dialogues", approval=approved) as noted:
        told = collect(home, span[0], span[1])
        noted.records = told["recordsCount"]
    sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=1) + "\n")


def request(
    action: Annotated[str, typer.Argument(help="unmask, sunset, or foreign: another department's data.")],
    what: Annotated[
        str, typer.Argument(help="Topics, by name and comma; the id of a record; the purpose; for foreign the look itself: 'trace ID'.")
    ],
    why: Why,
    ticket: Ticket,
) -> None:
    """Ask for what needs four eyes; prints the id that another account must approve."""
    from audit.approval import ask
    from govbus.settings import Home

    sys.stdout.write(f"{ask(Home(), action, what, why, ticket)}\n")


def approve(
    name: Annotated[str, typer.Argument(help="Id that 'request' printed.")],
    hours: Annotated[int, typer.Option(help="For how long.")] = 24,
) -> None:
    """Approve somebody else's request for a time; needs the secret of login 'approver'."""
    from audit import approval
    from govbus.settings import Home

    approval.approve(Home(), name, hours)
    sys.stdout.write(f"{name} is approved for {hours} hours\n")


def approvals(output: Output = Format.TABLE) -> None:
    """Every request for more than one pair of eyes may see, and what became of it."""
    from audit.approval import COLUMNS, listed
    from govbus.settings import Home

    rows = listed(Home())
    show(rows, COLUMNS, output, "" if rows else "nobody has asked")


def utc(moment: datetime) -> datetime:
    """A time as it was given on the command line: UTC, unless it says otherwise."""
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def pseudonym(home: "Home", person: str) -> bytes:
    """The key of a person: as it was given, or of the document on standard input, which no list of processes and no history shows.

    :raises SetupError: neither a pseudonym nor a document
    """
    from govbus.errors import SetupError
    from govbus.pseudonym import SubjectKeys

    if person == "-":
        words = sys.stdin.readline().split()
        if len(words) == 2:
            return SubjectKeys(home.secret("subject-key").get_secret_value()).key(*words)
        msg = "standard input must hold one line: type of document (111: identity card) and its number"
        raise SetupError(msg)
    if not _PSEUDONYM.fullmatch(person):
        msg = "that is no pseudonym; a document's number must never stand on a command line: give '-' and write it to standard input"
        raise SetupError(msg)
    return person.encode()
