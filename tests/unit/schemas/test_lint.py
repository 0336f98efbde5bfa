"""Each house rule, red once; and the real schemas, green."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from schemas import lint, release


def record(**changes: Any) -> dict[str, Any]:
    field = {"name": "x", "type": "string", "doc": "X."}
    whole = {"type": "record", "namespace": "a_b", "name": "R", "doc": "R.", "owner": "a-b", "level": "L2", "fields": [field]}
    return whole | changes


def of(kind: Any, **changes: Any) -> dict[str, Any]:
    return record(fields=[{"name": "x", "type": kind, "doc": "X."} | changes])


@pytest.mark.parametrize("name", sorted(release.sources()))
def test_schemas_of_the_house(name: str) -> None:
    assert lint.faults(release.sources()[name]) == []


def test_a_clean_record() -> None:
    assert lint.faults(record()) == []


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in record().items() if key != name}


EMPTY = {"type": "record", "name": "E", "doc": "E.", "fields": []}
NULLS = {"type": "record", "name": "N", "doc": "N.", "fields": [{"name": "n", "type": "null", "doc": "N."}]}
INNER = {"type": "record", "name": "I", "doc": "I.", "fields": [{"name": "r", "type": ["null", "R"], "doc": "R."}]}


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": "enum", "name": "E", "symbols": ["A"]}, "the text is not a record"),
        (without("owner"), "owner is missing"),
        (without("namespace"), "namespace must be"),
        (without("level"), "level must be one of"),
        (record(level="L5"), "level must be one of"),
        (without("doc"), "R: record R has no doc"),
        (record(name="lower"), "record name lower is not in UpperCamelCase"),
        (of("string", doc=""), "R.x: no doc"),
        (of("string", name="colourName"), "R.colourName: field names are"),
        (record(level="L3"), "R.x: pii mark is missing in a record of level L3"),
        (of({"type": "enum", "name": "E", "symbols": ["A"]}), "R.x: enum E has no doc"),
        (of({"type": "enum", "name": "E", "doc": "E.", "symbols": ["a-b"]}), "R.x: symbol a-b is not a name"),
        (of(["null", "R"]), "R.x: record R contains itself"),
        (of({"type": "array", "items": "a_b.R"}), "R.x: record a_b.R contains itself"),
        (of(INNER), "R.x.r: record R contains itself"),
        (of({"type": "array", "items": "null"}), "R.x: array of items that take no bytes"),
        (of({"type": "array", "items": EMPTY}), "R.x: array of items that take no bytes"),
        (of({"type": "array", "items": NULLS}), "R.x: array of items that take no bytes"),
        (of({"type": "map", "values": EMPTY}), "R.x: map of values that take no bytes"),
        (of({"type": "array", "items": {"type": "fixed", "name": "F", "size": 0}}), "R.x: array of items that take no bytes"),
    ],
)
def test_rule(schema: dict[str, Any], told: str) -> None:
    assert any(told in fault for fault in lint.faults(schema)), lint.faults(schema)


def test_mark_is_asked_of_a_nested_record_too() -> None:
    inner = {"type": "record", "name": "I", "doc": "I.", "level": "L4", "fields": [{"name": "y", "type": "string", "doc": "Y."}]}
    assert lint.faults(of(inner)) == ["R.x.y: pii mark is missing in a record of level L4; one of " + ", ".join(lint.PII)]


def test_all_faults_at_once() -> None:
    assert len(lint.faults(record(level="L9", doc="", name="r"))) == 3


def holes(schema: Any) -> Iterator[Any]:
    """The schema with one member left out, at every depth."""
    for key in schema if isinstance(schema, dict) else range(len(schema)) if isinstance(schema, list) else ():
        whole = copy.deepcopy(schema)
        del whole[key]
        yield whole
        for part in holes(schema[key]):
            whole = copy.deepcopy(schema)
            whole[key] = part
            yield whole


def test_a_text_with_a_hole_is_told_not_raised() -> None:
    for name in ("gov_data.ProofQuestion", "gov_data.Quarantined", "gov_data.ProofVerdict"):
        for schema in holes(release.sources()[name]):
            assert isinstance(lint.faults(schema), list)
