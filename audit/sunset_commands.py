"""Commands of the sunset: ``govbus sunset plan|order|follow|check``."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from govbus.output import Format, Output, show

if TYPE_CHECKING:
    from audit.sunset.receipt import Data

Purpose = Annotated[str, typer.Argument(help="Id in schemas/purposes.yaml, e.g. epidemic")]
Exports = Annotated[list[Path] | None, typer.Option("--exports", help="Folder of an export: its files of the purpose go too. Repeatable.")]
COLUMNS = ("what", "where", "records", "bytes", "detail")


def register(app: typer.Typer) -> None:
    """Add ``govbus sunset``."""
    sunset = typer.Typer(help="The end of a purpose: its keys are destroyed, its plaintext deleted.", no_args_is_help=True)
    sunset.command("plan")(plan)
    sunset.command("order")(order)
    sunset.command("follow")(follow)
    sunset.command("check")(check)
    app.add_typer(sunset, name="sunset")


def plan(purpose: Purpose, exports: Exports = None, output: Output = Format.TABLE) -> None:
    """What an order would make unreadable or delete, and what it cannot reach. Reads every record, changes nothing."""
    from audit.sunset import order as room
    from govbus.settings import Home

    told = room.plan(Home(), purpose, tuple(exports or ()))
    show(_rows(told), COLUMNS, output)
    _say_untouched(told)


def order(
    purpose: Purpose,
    number: Annotated[str, typer.Option("--order", help="Number of the order.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the receipt and in the record of who did what.")],
    approval: Annotated[str, typer.Option(help="Id of the request 'sunset PURPOSE' that another account approved.")] = "",
    exports: Exports = None,
) -> None:
    """End the purpose: for good. Safe to repeat, and goes on where it was ended; prints where the receipt is."""
    from audit.sunset import order as room
    from govbus.settings import Home
    from schemas import purposes

    home = Home()
    told = room.order(home, room.Ordered(purpose, number, reason, approval), tuple(exports or ()))
    sys.stdout.write(f"{purposes.ended(home.folder, purpose)}\n")
    books = (
        f"{len(told['keys'])} keys destroyed, {len(told['files'])} files deleted, {sum(each['records'] for each in told['topics'])} records"
    )
    for each in told["topics"]:
        if each["sealed"] < each["last"]:
            sys.stderr.write(f"not sealed to its end: {each['topic']}/{each['partition']}; start the sealer, it needs no key\n")
    sys.stderr.write(f"{books} and {told['states']['keys']} states unreadable; see the receipt for what no order reaches\n")


def follow(
    receipt: Annotated[Path, typer.Argument(help="A copy of what 'order' has written in the home where it was given.")],
    exports: Exports = None,
) -> None:
    """The same in another home that has the key, without a broker: its keys and its plaintext go. Safe to repeat."""
    from audit.sunset import follow as room
    from govbus.settings import Home
    from schemas import purposes

    home = Home()
    told = room.follow(home, receipt, tuple(exports or ()))
    sys.stdout.write(f"{purposes.ended(home.folder, told['purpose'])}\n")
    sys.stderr.write(f"{len(told['keys'])} keys destroyed, {len(told['files'])} files deleted in this home\n")


def check(
    receipt: Annotated[Path, typer.Argument(help="What 'order' has printed.")],
    output: Output = Format.TABLE,
) -> None:
    """Try every record, look for every file, verify every seal; exit 1 when something is not as the receipt says."""
    from audit.sunset import check as room
    from govbus.settings import Home

    told = room.check(Home(), receipt)
    show([each._asdict() for each in told.findings], room.Finding._fields, output, "" if told.findings else "as the receipt says")
    sys.stderr.write(f"{told.records} records and {told.states} states tried, {told.files} files looked for, {told.seals} seals verified\n")
    raise typer.Exit(int(bool(told.findings)))


def _rows(told: "Data") -> list[dict[str, object]]:
    rows: list[dict[str, object]] = [{"what": "key", "where": f"secrets/{name}", "detail": "destroyed"} for name in told["keys"]]
    topics: dict[str, dict[str, int]] = {}
    for each in told["topics"]:
        sums = topics.setdefault(each["topic"], dict.fromkeys(("records", "size", "plain"), 0))
        for name in sums:
            sums[name] += each[name]
    for name, sums in topics.items():
        detail = f"unreadable; {sums['plain']} in plain stay readable" if sums["plain"] else "unreadable"
        rows.append({"what": "topic", "where": name, "records": sums["records"], "bytes": sums["size"], "detail": detail})
    states = told["states"]
    detail = "unreadable" if states["looked"] else "not counted: no worker's login in this home"
    rows.append({"what": "states", "where": "bus.verify.state", "records": states["keys"], "bytes": states["size"], "detail": detail})
    rows += [
        {"what": "file", "where": each["file"], "bytes": each["bytes"], "detail": f"{each['what']}, deleted"} for each in told["files"]
    ]
    return rows + [{"what": "copy", "where": each["what"], "detail": json.dumps(each, ensure_ascii=False)} for each in told["looks"]]


def _say_untouched(told: "Data") -> None:
    for each in told["untouched"]:
        sys.stderr.write(f"not reached: {each}\n")
