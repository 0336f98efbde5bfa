"""Commands of the replay sandbox: ``govbus replay plan|run``."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.access_commands import Approved, utc
from govbus.output import Format, Output, show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.loading import AnyExchange
    from audit.replay import Sandbox

Exchange = Annotated[str, typer.Option("--exchange", help="Id from govbus exchanges list; default: all.")]
Folder = Annotated[Path, typer.Option("--folder", help="The sandbox's own folder; the same one goes on where it was.")]
Rules = Annotated[str, typer.Option("--rules", help="Judge by this rule set alone (standings), for a what-if.")]
Exchanges = Annotated[Path | None, typer.Option("--exchanges", help="Decide by the exchanges of this folder, for a what-if.")]
Since = Annotated[datetime | None, typer.Option("--from", help="Compare what was decided from this log time on, UTC.")]
Until = Annotated[datetime | None, typer.Option("--to", help="Compare what was decided before this log time, UTC.")]
AT_MOST = 50


def register(app: typer.Typer) -> None:
    """Add ``govbus replay``."""
    replay = typer.Typer(help="Decide again what was decided, in a folder, and see the difference.", no_args_is_help=True)
    replay.command("plan")(plan)
    replay.command("run")(run)
    app.add_typer(replay, name="replay")


def plan(folder: Folder, exchange: Exchange = "", rules: Rules = "", exchanges: Exchanges = None, output: Output = Format.TABLE) -> None:
    """What a replay reads: offsets by topic, and how many are copied already. Copies nothing; the folder is made."""
    from audit.replay import Planned

    rows = [one._asdict() for one in _sandbox(folder, exchange, rules, exchanges).plan()]
    show(rows, Planned._fields, output)


def run(
    folder: Folder,
    why: Annotated[str, typer.Option("--why", help="Reason or ticket; it stands in the record of who read what.")],
    exchange: Exchange = "",
    since: Since = None,
    until: Until = None,
    rules: Rules = "",
    exchanges: Exchanges = None,
    approved: Approved = "",
    output: Output = Format.TABLE,
) -> None:
    """Work the log again from its beginning, without effect, and compare; exit 1 when anything differs."""
    from audit import access, replay, scope
    from audit.difference import COLUMNS, Wanted
    from govbus.envelope import to_iso
    from govbus.settings import Home

    scope.allowed(Home(), f"replay {exchange or 'all exchanges'}", approved)
    sandbox = _sandbox(folder, exchange, rules, exchanges)
    wanted = Wanted(exchange, to_iso(utc(since)) if since else "", to_iso(utc(until)) if until else "")
    with access.noted(Home(), "replay", why, exchange or "all exchanges", approval=approved) as noted, _bar() as progress:
        outcome = sandbox.run(wanted, progress)
        noted.records = outcome.inputs
    show(replay.rows(outcome, AT_MOST), COLUMNS, output, "" if outcome.differences else "no differences")
    for line in replay.told(wanted, outcome):
        sys.stderr.write(f"{line}\n")
    raise typer.Exit(int(bool(outcome.differences)))


def _sandbox(folder: Path, exchange: str, rules: str, exchanges: Path | None) -> "Sandbox":
    from agents.loading import load_exchanges
    from agents.wiring import make_desk
    from audit import fingerprint
    from audit.replay import Sandbox
    from govbus.errors import SetupError
    from govbus.settings import Home

    loaded = load_exchanges(exchanges) if exchanges else load_exchanges()
    if exchange and exchange not in loaded:
        msg = f"there is no exchange {exchange}; see govbus exchanges list"
        raise SetupError(msg)
    chosen = _by_rules(loaded, exchange, rules) if rules else loaded
    by = fingerprint.of(exchanges) if exchanges else fingerprint.of()
    label = f"{exchanges or 'the project'} ({by}){f', rule set {rules} of {exchange}' if rules else ''}"
    home = Home()
    return Sandbox(home, make_desk(home, chosen), folder, label)


def _by_rules(loaded: "Mapping[str, AnyExchange]", exchange: str, rules: str) -> "Mapping[str, AnyExchange]":
    from agents.standing_declaration import StandingExchange
    from govbus.errors import SetupError

    one = loaded.get(exchange)
    found = [each for each in one.rules if each.version == rules] if isinstance(one, StandingExchange) else []
    if not isinstance(one, StandingExchange) or not found:
        msg = f"{exchange or 'no exchange'} has no rule set {rules}; rule sets are agents/rules/<exchange>/*.yaml, else use --exchanges"
        raise SetupError(msg)
    return {**loaded, exchange: StandingExchange(meta=one.meta, spec=one.spec, rules=tuple(found))}


@contextmanager
def _bar() -> Iterator[Callable[[str, int], None]]:
    """A line on a terminal that says how far it is; nothing in a script."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description} {task.completed:,.0f}"), TimeElapsedColumn())
    with Progress(*columns, disable=not sys.stderr.isatty()) as shown:
        tasks = {what: shown.add_task(what, total=None) for what in ("copied", "worked again")}
        yield lambda what, count: shown.advance(tasks[what], count)
