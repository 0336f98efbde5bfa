"""What an export's files may show and may do: nothing personal, nothing that a spreadsheet runs; in every format, of every record type."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastavro
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.export_formats import HEAD, Kind, write
from audit.masking import latest, masked, masked_schema
from schemas import release

CANARY, OPEN = "449999200001010008", ("none", "nested", None)
PLAIN: dict[str, Any] = {"string": "x", "int": 1, "long": 1, "boolean": True, "null": None, "float": 1.0, "double": 1.0, "bytes": b"x"}
LEADS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")  # full-width ones too
TEXT: dict[str, Any] = {"type": "record", "name": "Told", "fields": [{"name": "matter", "type": "string"}]}


def filled(schema: Any, personal: bool, named: dict[str, Any]) -> Any:
    """A value of ``schema`` with the canary wherever a field is marked as personal, however deep; written without the house's masking."""
    if isinstance(schema, list):
        return filled(next(part for part in reversed(schema) if part != "null"), personal, named)
    if isinstance(schema, str):
        marked = {"string": CANARY, "bytes": CANARY.encode()} if personal else {}
        return filled(named[schema], personal, named) if schema in named else marked.get(schema, PLAIN[schema])
    if "name" in schema:
        named[schema["name"]] = named[f"{schema.get('namespace', '')}.{schema['name']}"] = schema
    inner: dict[str, Callable[[], Any]] = {
        "record": lambda: {each["name"]: filled(each["type"], personal or each.get("pii") not in OPEN, named) for each in schema["fields"]},
        "enum": lambda: schema["symbols"][0],
        "array": lambda: [filled(schema["items"], personal, named)],
        "map": lambda: {"k": filled(schema["values"], personal, named)},
    }
    return inner[schema["type"]]() if schema["type"] in inner else filled(schema["type"], personal, named)


def row(data: dict[str, Any]) -> dict[str, Any]:
    return {**dict.fromkeys(HEAD, "x"), "partition": 0, "offset": 0, "data": data}


@pytest.mark.parametrize("record", sorted(release.load().latest()))
def test_no_personal_value_of_any_released_record_is_in_any_file(record: str, tmp_path: Path) -> None:
    schema = latest(record)
    data = filled(schema, False, {})
    hidden = masked(schema, data)
    assert set(hidden) == set(data), "fields are masked, not dropped"
    for kind in Kind:
        write(kind, tmp_path / kind.value, masked_schema(schema), [row(hidden)])
    (avro,) = fastavro.reader((tmp_path / "avro").open("rb"))
    (parquet,) = pyarrow.parquet.read_table(tmp_path / "parquet").to_pylist()
    assert set(avro["data"]) == set(data)
    for told in (avro, parquet, (tmp_path / "jsonl").read_text(encoding="utf-8"), (tmp_path / "csv").read_text(encoding="utf-8")):
        assert CANARY not in repr(told), "Avro and Parquet are compressed: what counts is what a reader gets"
        assert CANARY.encode().hex() not in repr(told)


def test_the_canary_is_there_to_be_found() -> None:
    """The test above would also pass on empty records."""
    found = [record for record in release.load().latest() if CANARY in repr(filled(latest(record), False, {}))]
    assert {"gov_data.ProofRequest", "gov_data.Quarantined"} <= set(found)
    assert len(found) > 20


@settings(max_examples=150)
@given(st.text(st.sampled_from("=+-@＝＋－＠ \t\r\n\"',|!A1况\u3000\u00a0")))  # full-width ones too
def test_no_cell_begins_as_a_formula_and_none_is_lost(tmp_path_factory: pytest.TempPathFactory, said: str) -> None:
    path = tmp_path_factory.getbasetemp() / "cell.csv"
    write(Kind.CSV, path, TEXT, [row({"matter": said})])
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf"), "Excel reads it as UTF-8"
    head, line = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    cell = line[head.index("matter")]
    assert cell.removeprefix("'") == said.removeprefix("'"), "nothing but the mark is added"
    assert not cell.startswith(LEADS)
    assert not cell.strip().startswith(LEADS)


def test_json_lines_are_one_record_a_line(tmp_path: Path) -> None:
    write(Kind.JSONL, tmp_path / "x", TEXT, [row({"matter": "a\nb\u2028c"}), row({"matter": "d"})])
    told = (tmp_path / "x").read_bytes().decode().split("\n")
    assert [json.loads(line)["data"]["matter"] for line in told[:-1]] == ["a\nb\u2028c", "d"]
