"""Printing data: a table for people, JSON for programs. Data goes to standard output, talk to standard error."""

import json
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer

_WIDTH = 200  # columns where nobody looks: a file or a pipe


class Format(StrEnum):
    """How data is printed. ``json`` is a list of objects with the columns as keys, stable over versions."""

    TABLE = "table"
    JSON = "json"


Output = Annotated[Format, typer.Option("--output", "-o", help="table for people, json for programs")]


def show(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], output: Format, title: str = "") -> None:
    """Print ``rows`` with ``columns``; values that JSON does not know are printed as text."""
    if output is Format.JSON:
        chosen = [{name: row.get(name) for name in columns} for row in rows]
        sys.stdout.write(json.dumps(chosen, ensure_ascii=False, indent=2, default=str) + "\n")
        return
    from rich.console import Console  # noqa: PLC0415  # 60 ms that JSON and --help need not pay
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=title or None, title_justify="left")
    for name in columns:
        table.add_column(name, overflow="fold")  # an id cut short is no id
    for row in rows:
        table.add_row(*(_text(row.get(name)) for name in columns))
    Console(width=None if sys.stdout.isatty() else _WIDTH).print(table)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(map(str, value))
    return str(value)
