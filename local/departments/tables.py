"""Rows on their way into a department's database."""

from collections.abc import Iterable, Mapping

import psycopg
from psycopg import sql

Row = tuple[object, ...]
Tables = Mapping[str, tuple[tuple[str, ...], Iterable[Row]]]
"""By table: its columns and rows in that order."""


def load(link: psycopg.Connection, tables: Tables) -> dict[str, int]:
    """COPY everything into empty tables in the caller's transaction; rows loaded by table."""
    return {name: _copy(link, name, columns, rows) for name, (columns, rows) in tables.items()}


def _copy(link: psycopg.Connection, name: str, columns: tuple[str, ...], rows: Iterable[Row]) -> int:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(name), sql.SQL(",").join(map(sql.Identifier, columns)))
    count = 0
    with link.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count
