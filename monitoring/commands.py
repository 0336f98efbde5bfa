"""Commands that look in: status, doctor, trace, exchanges, quarantine, monitor."""

import logging
import sys
from typing import Annotated, Any

import typer

from govbus.output import Format, Output, show


def register(app: typer.Typer) -> None:
    """Add the commands of the watch."""
    app.command("status")(status)
    app.command("doctor")(doctor)
    app.command("trace")(trace)
    app.command("recall")(recall)
    app.command("tries")(tries)
    exchanges = typer.Typer(help="What the bus exchanges: agents/exchanges.", no_args_is_help=True)
    exchanges.command("list")(exchanges_list)
    exchanges.command("check")(exchanges_check)
    exchanges.command("pause")(exchanges_pause)
    exchanges.command("resume")(exchanges_resume)
    app.add_typer(exchanges, name="exchanges")
    quarantine = typer.Typer(help="Records that could not be used, whole, with their reasons.", no_args_is_help=True)
    quarantine.command("list")(quarantine_list)
    quarantine.command("show")(quarantine_show)
    quarantine.command("retry")(quarantine_retry)
    app.add_typer(quarantine, name="quarantine")
    monitor = typer.Typer(help="Lag and topology for Prometheus.", no_args_is_help=True)
    monitor.command("run")(monitor_run)
    monitor.command("metrics")(monitor_metrics)
    app.add_typer(monitor, name="monitor")


def status(output: Output = Format.TABLE) -> None:
    """Programs, topics, lag and the conservation ledger; exit 1 when a program is down or the ledger does not add up."""
    from govbus.settings import Home
    from monitoring import standing
    from monitoring.control import paused
    from topics import broker

    home = Home()
    parts = {"programs": standing.programs(home.folder), "last_success": standing.last_success(home), "ledger": standing.ledger(home)}
    parts |= {"paused": paused(home), "seals": standing.seals(home)}
    with broker.admin(home, "monitor") as admin:
        parts |= {"topics": standing.volumes(admin), "lag": standing.behind(admin)}
    if output is Format.JSON:
        show([parts], tuple(parts), output)
    else:
        _show_standing(parts)
    down = [one for one in parts["programs"] if one["state"] not in ("RUNNING", "STARTING")]
    raise typer.Exit(int(bool(down) or any(one["difference"] for one in parts["ledger"])))


def _show_standing(parts: dict[str, list[dict[str, Any]]]) -> None:
    titles = {
        "programs": "programs",
        "last_success": "last round without error",
        "seals": "seals; what has none yet can still be changed unseen",
        "paused": "paused exchanges; what waits for them is in flight",
        "topics": "offsets written and kept",
        "lag": "records behind; one a partition may stay, the marker that ends a transaction",
        "ledger": "conservation ledger: difference is 0 or something is wrong",
    }
    for name, title in titles.items():
        if rows := parts[name]:
            show(rows, tuple(rows[0]), Format.TABLE, title)


def doctor(output: Output = Format.TABLE) -> None:
    """Look at everything a bus needs, and say what to do about what is missing; exit 1 when a check failed."""
    from govbus.settings import Home
    from monitoring.doctor import Finding, examine, worst

    findings = examine(Home())
    show([one._asdict() for one in findings], Finding._fields, output)
    raise typer.Exit(worst(findings))


def trace(
    request_id: Annotated[str, typer.Argument(help="Id of the request: request_id in the department's bus.verdict")],
    output: Output = Format.TABLE,
) -> None:
    """Every hop of one proof check, with times; exit 1 when there is none."""
    from govbus.settings import Home
    from monitoring.trace import COLUMNS, hops

    rows = hops(Home(), request_id)
    show(rows, COLUMNS, output)
    if not rows:
        sys.stderr.write(f"govbus: no record carries {request_id}; take request_id from bus.verdict, and mind retention\n")
    raise typer.Exit(0 if rows else 1)


def recall(
    holder: Annotated[str, typer.Argument(help="Department whose record it was")],
    version: Annotated[str, typer.Argument(help="Version of the record: source_version of a verdict")],
    output: Output = Format.TABLE,
) -> None:
    """Every verdict that rests on one version of a holder's record, and what holds now; exit 1 when there is none."""
    from govbus.settings import Home
    from monitoring.recall import COLUMNS, rests_on

    rows = rests_on(Home(), holder, version)
    show(rows, COLUMNS, output)
    raise typer.Exit(0 if rows else 1)


def tries(
    department: Annotated[str | None, typer.Option(help="Only this asker")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Who tried more declarations about one person in a day than may be, and what they varied; exit 1 when somebody did."""
    from govbus.settings import Home
    from monitoring.tries import COLUMNS, tried

    rows = tried(Home(), department)
    show(rows, COLUMNS, output, title="" if rows else "nobody")
    raise typer.Exit(1 if rows else 0)


def exchanges_list(output: Output = Format.TABLE) -> None:
    """Every exchange: the claims that a request for it carries, the moves that a department may make in its cases,
    or what a standing is reckoned from."""
    from agents.loading import casework, load_exchanges, standings, verifying

    exchanges = load_exchanges()
    rows = [
        {
            "id": name, "item": each.spec.item, "zh": each.meta.title.zh, "shape": each.spec.shape, "mode": each.spec.mode,
            "holder": each.spec.holder, "claims": [f"{claim}{'' if kind.required else '?'}" for claim, kind in each.spec.claims.items()],
            "rule_version": each.spec.rule_version,
        }
        for name, each in verifying(exchanges).items()
    ]  # fmt: skip
    rows += [
        {
            "id": name, "item": "", "zh": each.meta.title.zh, "shape": each.spec.shape, "mode": "", "holder": "",
            "claims": [f"{move.by}: {move.name}" for move in each.spec.moves if move.by != "bus"], "rule_version": each.spec.rule_version,
        }
        for name, each in casework(exchanges).items()
    ]  # fmt: skip
    rows += [
        {
            "id": name, "item": "", "zh": each.meta.title.zh, "shape": each.spec.shape, "mode": "", "holder": "",
            "claims": sorted(each.spec.inputs), "rule_version": ", ".join((each.spec.rule_version, *(one.version for one in each.rules))),
        }
        for name, each in standings(exchanges).items()
    ]  # fmt: skip
    show(rows, ("id", "item", "zh", "shape", "mode", "holder", "claims", "rule_version"), output)


def exchanges_check(output: Output = Format.TABLE) -> None:
    """All faults of exchanges, topics, grants and adapters at once; exit 3 when a file cannot be read, 1 when something contradicts."""
    from adapters.check import faults
    from agents.loading import casework, load_exchanges, named, standings, verifying
    from topics.load import load

    catalogue = load()
    found = [
        {"where": name, "what": f"holder {each.spec.holder} is not in topics/departments.yaml"}
        for name, each in verifying(load_exchanges()).items()
        if each.spec.holder not in catalogue.departments
    ]
    found += [
        {"where": name, "what": f"{department} has not the role case in topics/departments.yaml"}
        for name, each in casework(load_exchanges()).items()
        for department in sorted(named(each) - set(catalogue.parties))
    ]
    found += [
        {"where": name, "what": f"topics/catalog does not declare {each.topic} with {each.record}"}
        for name, one in standings(load_exchanges()).items()
        for each in one.spec.inputs.values()
        if catalogue.records.get(each.topic) != each.record
    ]
    found += [{"where": one["adapter"], "what": one["what"]} for one in faults()]
    show(found, ("where", "what"), output, "" if found else "no faults")
    raise typer.Exit(int(bool(found)))


Named = Annotated[str, typer.Argument(help="Id from govbus exchanges list")]
Why = Annotated[str, typer.Option("--why", help="Reason or ticket, for those who ask later; never about a person.")]


def exchanges_pause(exchange: Named, why: Why) -> None:
    """Let the exchange's requests wait from now on: nothing is lost, its open dialogues end, all others go on."""
    _order(exchange, "paused", why)


def exchanges_resume(exchange: Named, why: Why) -> None:
    """Work what waits, in its old order, and go on; each holder's time to answer counts from now."""
    _order(exchange, "running", why)


def _order(exchange: str, state: str, why: str) -> None:
    from govbus.settings import Home
    from monitoring.control import order

    if not why.strip():
        sys.stderr.write("govbus: --why is empty: whoever finds the exchange paused will ask\n")
        raise typer.Exit(2)
    for place in order(Home(), exchange, state, why):
        sys.stdout.write(f"{exchange} {state}: {place}\n")


def quarantine_list(output: Output = Format.TABLE) -> None:
    """What lies in quarantine, without its bytes."""
    from govbus.settings import Home
    from monitoring.quarantine import COLUMNS, held, row

    show([row(*each) for each in held(Home())], COLUMNS, output)


def quarantine_show(
    record: Annotated[str, typer.Argument(help="Id from the list")],
    unmask: Annotated[str, typer.Option("--unmask", help="Print its bytes too: id of an approved 'govbus audit request unmask ID'.")] = "",
    reason: Annotated[str, typer.Option(help="Why the bytes must be seen; it stands in the record of who read what.")] = "",
    output: Output = Format.TABLE,
) -> None:
    """One record: why it is here, who must act, what to do."""
    from audit import access, approval
    from govbus.settings import Home
    from monitoring.quarantine import explain, find

    home = Home()
    if not unmask:
        show(explain(*find(home, record), unmask=False), ("what", "value"), output)
        return
    approval.require(home, unmask, "unmask", record)
    with access.noted(home, "unmask", reason, record, approval=unmask, principal="operator") as noted:
        found = find(home, record)
        noted.records = 1
    show(explain(*found, unmask=True), ("what", "value"), output)


def quarantine_retry(record: Annotated[str, typer.Argument(help="Id from the list")]) -> None:
    """Send the original record again, unchanged, once its cause is mended."""
    from govbus.settings import Home
    from monitoring.quarantine import retry

    sys.stdout.write(f"{retry(Home(), record)}\n")


def monitor_run() -> None:
    """Export lag and topology every five seconds until told to stop."""
    import signal
    import threading

    from govbus.settings import Home
    from monitoring.exporter import Exporter

    logging.basicConfig(level="INFO", stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    stop, exporter = threading.Event(), Exporter(Home())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    exporter.serve()
    while not stop.is_set():
        exporter.look()
        stop.wait(5)
    exporter.close()


def monitor_metrics() -> None:
    """Print the list of all metrics as Markdown."""
    from monitoring.metrics import as_markdown

    sys.stdout.write(as_markdown())
