"""House rules for schemas that Avro itself does not know: who answers for a record, how sensitive it is, and which shapes are dangerous."""

import re
from collections.abc import Iterator
from typing import Any

LEVELS = ("L1", "L2", "L3", "L4")
PII = ("none", "id", "name", "health", "claims", "bytes", "nested", "contact", "account", "place")
_NAME = re.compile(r"[A-Z][A-Za-z0-9]{0,63}")
_NAMESPACE = re.compile(r"[a-z][a-z0-9_]{1,63}")
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SYMBOL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def faults(schema: Any) -> list[str]:
    """Everything that is wrong with one record, each fault with its path."""
    told = []
    if not isinstance(schema, dict) or schema.get("type") != "record":
        return ["the text is not a record"]
    if not _NAMESPACE.fullmatch(str(schema.get("namespace", ""))):
        told.append("namespace must be the owner's id in lower case with _ for -")
    if "owner" not in schema:
        told.append("owner is missing: the department that answers for this record")
    if schema.get("level") not in LEVELS:
        told.append(f"level must be one of {', '.join(LEVELS)} (GB/T 43697-2024)")
    return told + list(_type(schema, str(schema.get("name")), str(schema.get("level", "")), ()))


def _type(schema: Any, path: str, level: str, above: tuple[str, ...]) -> Iterator[str]:
    if isinstance(schema, list):
        for branch in schema:
            yield from _type(branch, path, level, above)
    elif isinstance(schema, str):
        # fastavro follows a recursive record without end: 5 KB of bytes from outside ended the process with SIGSEGV
        if schema.rsplit(".", 1)[-1] in above:
            yield f"{path}: record {schema} contains itself; recursive schemas are not allowed"
    elif not isinstance(schema, dict):
        yield f"{path}: has no type"
    elif schema.get("type") == "record":
        yield from _record(schema, path, str(schema.get("level", level)), above)
    elif schema.get("type") in ("array", "map"):
        inner = schema.get("items", schema.get("values"))
        # items of no bytes: 7 bytes from outside became 100 million items in 5 s
        if schema["type"] == "array" and _empty(inner):
            yield f"{path}: array of items that take no bytes"
        elif _empty(inner):
            yield f"{path}: map of values that take no bytes"
        yield from _type(inner, path, level, above)
    elif schema.get("type") == "enum":
        yield from (f"{path}: symbol {symbol} is not a name" for symbol in schema.get("symbols", ()) if not _SYMBOL.fullmatch(symbol))
        if not schema.get("doc"):
            yield f"{path}: enum {schema.get('name')} has no doc"
    elif isinstance(schema.get("type"), dict | list):
        yield from _type(schema["type"], path, level, above)


def _record(schema: dict[str, Any], path: str, level: str, above: tuple[str, ...]) -> Iterator[str]:
    name = str(schema.get("name"))
    if not _NAME.fullmatch(name):
        yield f"{path}: record name {name} is not in UpperCamelCase"
    if not schema.get("doc"):
        yield f"{path}: record {name} has no doc"
    for field in schema.get("fields", []):
        at = f"{path}.{field.get('name')}"
        if not _FIELD.fullmatch(str(field.get("name", ""))):
            yield f"{at}: field names are lower_case_with_underscores"
        if not field.get("doc"):
            yield f"{at}: no doc"
        if level in ("L3", "L4") and field.get("pii") not in PII:
            yield f"{at}: pii mark is missing in a record of level {level}; one of {', '.join(PII)}"
        yield from _type(field.get("type"), at, level, (*above, name))


def _empty(schema: Any) -> bool:
    """Whether a value of this type may take no bytes at all."""
    if isinstance(schema, dict):
        if schema.get("type") == "record":
            return all(_empty(field.get("type")) for field in schema.get("fields", []))
        if schema.get("type") == "fixed":
            return schema.get("size") == 0
        return _empty(schema.get("type"))
    return bool(schema == "null")
