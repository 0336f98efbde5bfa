"""What an export may show by itself: everything that its schema does not mark as personal (``pii`` of a field)."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from schemas import release

MASK = "***"
_OPEN = ("none", "nested", None)
Mask = Callable[[Any], Any]


@cache
def latest(record: str) -> Mapping[str, Any]:
    """The newest released schema of a record type."""
    return release.text(release.load().latest()[record])


def masked_schema(schema: Any) -> Any:
    """The same, with text in place of whatever is masked."""
    if isinstance(schema, list):
        return [masked_schema(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "record":
        return {**schema, "fields": [_masked_field(field) for field in schema["fields"]]}
    return {name: masked_schema(part) if name in ("type", "items", "values") else part for name, part in schema.items()}


def _masked_field(field: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: part for name, part in field.items() if name != "default"}
    if field.get("pii") in _OPEN:
        return {**field, "type": masked_schema(field["type"])}
    text = {"type": "map", "values": "string"} if _is_map(field["type"]) else "string"
    return {**kept, "type": ["null", text]}


def masked(schema: Any, value: Any) -> Any:
    """A value of ``schema`` with personal parts replaced; the names of claims stay, what they claim does not."""
    if isinstance(schema, list):
        rest = [part for part in schema if part != "null"]
        return None if value is None else masked(rest[0], value) if len(rest) == 1 else value
    if not isinstance(schema, dict):
        return value
    if schema.get("type") == "record":
        return {field["name"]: _masked_value(field, value[field["name"]]) for field in schema["fields"]}
    if schema.get("type") == "array":
        return [masked(schema["items"], each) for each in value]
    if schema.get("type") == "map":
        return {name: masked(schema["values"], each) for name, each in value.items()}
    return masked(schema["type"], value) if isinstance(schema.get("type"), dict | list) else value


def _masked_value(field: Mapping[str, Any], value: Any) -> Any:
    if field.get("pii") in _OPEN:
        return masked(field["type"], value)
    if value is None:
        return None
    return dict.fromkeys(value, MASK) if _is_map(field["type"]) else MASK


def _is_map(kind: Any) -> bool:
    kinds = kind if isinstance(kind, list) else [kind]
    return any(isinstance(one, dict) and one.get("type") == "map" for one in kinds)
