"""The root of ``govbus``: opens the project, lets each room add its commands, and turns errors into messages and exit codes."""

import os
import sys
from collections.abc import Sequence
from importlib.metadata import version

import typer

from govbus import project
from govbus.errors import BusError, Poison, RetryLater, SetupError

EXIT_CODES = {
    0: "done",
    1: "a negative finding: a check failed, nothing was found",
    2: "the command line cannot be understood",
    3: "a declaration, a right or a part is missing: a person mends it",
    5: "a part cannot be reached: try again later",
    6: "the data cannot be used",
    70: "a worker or adapter failed and wants to be started again",
    130: "interrupted",
}
_HELP = (
    "The county's event layer: departments carry facts between them, so that citizens need not carry paper.\n\n\b\nExit codes:\n"
    + "\n".join(f"{code:>4}  {meaning}" for code, meaning in EXIT_CODES.items())
)


def build() -> typer.Typer:
    """The whole command tree. Rooms register by an explicit call; a room without ``commands.py`` has none.

    :raises SetupError: not inside a bus project
    """
    root = project.open_project()
    app = typer.Typer(help=_HELP, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback()(_options)
    for room in project.ROOMS:
        if (root / room / "commands.py").is_file():
            project.room(f"{room}.commands").register(app)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"govbus {version('govbus')}\n")
        raise typer.Exit


def _options(
    show_version: bool = typer.Option(False, "--version", is_eager=True, callback=_version),
    debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error."),
) -> None:
    del show_version
    if debug:
        os.environ["GOVBUS_DEBUG"] = "1"


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    try:
        found = build()(arguments, standalone_mode=False)
    except BusError as error:
        return _told(error)
    except typer.Exit as leave:
        return int(leave.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except Exception as error:  # click's own usage errors carry their exit code and know how to show themselves
        if hasattr(error, "show") and hasattr(error, "exit_code"):
            error.show()
            return int(error.exit_code)
        raise
    return found if isinstance(found, int) else 0


def _told(error: BusError) -> int:
    if os.environ.get("GOVBUS_DEBUG"):
        raise error
    sys.stderr.write(f"govbus: {error}\n")
    codes = {SetupError: 3, RetryLater: 5, Poison: 6}
    return next((code for kind, code in codes.items() if isinstance(error, kind)), 1)
