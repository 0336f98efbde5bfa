"""FULL_TRANSITIVE: every version of a record reads every other, so that old records and old programs stay of use.

The judge is Apache Avro's own checker, never one of ours.
"""

import json
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import avro.schema
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

from schemas import release


def faults(new: release.Schema, older: Sequence[release.Schema]) -> list[str]:
    """Why ``new`` cannot stand beside ``older`` versions of its record; empty if it can."""
    versions = [*older, new]
    told = []
    for reader, writer in permutations(range(len(versions)), 2):
        if len(older) not in (reader, writer):
            continue  # the older ones were checked against each other when they were released
        found = _check(versions[reader], versions[writer])
        told += [f"{_name(reader, older)} cannot read what {_name(writer, older)} wrote: {one}" for one in found]
    return told


def check(schemas: dict[str, release.Schema], room: Path = release.ROOM) -> list[str]:
    """Faults of these texts against all released versions of their record types."""
    if not (room / "release.json").exists():
        return []
    released = release.load(room)
    return [
        f"{name}: {fault}"
        for name, schema in schemas.items()
        for fault in faults(schema, [release.text(entry, room) for entry in released.versions(name)])
    ]


def _check(reader: release.Schema, writer: release.Schema) -> list[str]:
    result = ReaderWriterCompatibilityChecker().get_compatibility(_parse(reader), _parse(writer))  # type: ignore[no-untyped-call]
    if result.compatibility is SchemaCompatibilityType.compatible:
        return []
    return [f"{message} at {place}" for message, place in zip(sorted(result.messages), sorted(result.locations), strict=False)]


def _parse(schema: release.Schema) -> avro.schema.Schema:
    return avro.schema.parse(json.dumps(schema))


def _name(number: int, older: Sequence[release.Schema]) -> str:
    return "the new text" if number == len(older) else f"version {number + 1}"
