"""The files of an export: JSON lines, Avro containers, CSV that Excel opens and does not execute, Parquet."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from audit.export_kinds import Kind
from govbus.errors import SetupError
from schemas.codec import container

HEAD = ("topic", "partition", "offset", "log_time", "event_time", "id", "type", "source", "key", "correlation_id", "causation_id")
_FORMULA = tuple("=+-@＝＋－＠")  # CWE-1236: a cell that begins so is run by spreadsheets; some take the full-width forms too
_PASSED = " \t\r\n\v\f\u00a0\u3000\ufeff"  # what a spreadsheet may drop before it looks
Row = Mapping[str, Any]


def write(kind: Kind, path: Path, schema: Mapping[str, Any], rows: Sequence[Row]) -> None:
    """One file of rows: :data:`HEAD`, and the record itself under ``data``.

    :param schema: Avro schema of ``data``
    :raises SetupError: Parquet without the library for it
    """
    {Kind.JSONL: _jsonl, Kind.AVRO: _avro, Kind.CSV: _csv, Kind.PARQUET: _parquet}[kind](path, schema, rows)


def _jsonl(path: Path, _: Mapping[str, Any], rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False, default=_text) + "\n" for row in rows)


def _avro(path: Path, schema: Mapping[str, Any], rows: Sequence[Row]) -> None:
    kinds = {"partition": "int", "offset": "long"}
    fields = [{"name": name, "type": kinds.get(name, "string")} for name in HEAD]
    container(path, {"type": "record", "name": "Exported", "fields": [*fields, {"name": "data", "type": schema}]}, rows)


def _csv(path: Path, schema: Mapping[str, Any], rows: Sequence[Row]) -> None:
    names = [field["name"] for field in schema["fields"]]
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # the mark at the beginning tells Excel that it is UTF-8
        writer = csv.writer(file)
        writer.writerow([*HEAD, *names])
        for row in rows:
            writer.writerow([_cell(row[name]) for name in HEAD] + [_cell(row["data"].get(name)) for name in names])


def _parquet(path: Path, schema: Mapping[str, Any], rows: Sequence[Row]) -> None:
    try:
        import pyarrow  # noqa: PLC0415  # 45 MB that only this kind of file needs
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError:
        msg = "Parquet needs the package pyarrow, which is not installed: uv pip install 'govbus[parquet]', or take jsonl, avro or csv"
        raise SetupError(msg) from None
    names = [field["name"] for field in schema["fields"]]
    columns = {name: [row[name] for row in rows] for name in HEAD}
    columns |= {f"data.{name}": [_plain(row["data"].get(name)) for row in rows] for name in names}
    pyarrow.parquet.write_table(pyarrow.table(columns), path)


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else json.dumps(value, ensure_ascii=False, default=_text)


def _cell(value: Any) -> Any:
    plain = _plain(value)
    risky = isinstance(plain, str) and (plain.lstrip(_PASSED).startswith(_FORMULA) or plain.startswith(("\t", "\r", "\n")))
    return f"'{plain}" if risky else plain


def _text(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
