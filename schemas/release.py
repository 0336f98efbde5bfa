"""The release: which text each schema id stands for, for ever. Committed; the bus reads ids only from here (docs/decisions/0003)."""

import hashlib
import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from govbus.errors import SetupError
from govbus.settings import Declared

ROOM = Path(__file__).parent
Schema = dict[str, Any]


class Entry(Declared):
    """One released version of one record type."""

    record: str = Field(description="full Avro name, e.g. gov_data.ProofRequest")
    version: int = Field(ge=1, description="1, 2, … of this record type; each readable by all others (FULL_TRANSITIVE)")
    id: int = Field(ge=1, le=2**31 - 1, description="schema id on the wire; given once, never used again")
    file: str = Field(pattern=r"^released/[A-Za-z0-9_.-]+\.avsc$", description="the frozen text, below schemas/")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="of the canonical JSON of the text")


class Release(Declared):
    """All versions of all record types that were ever released, in order of id."""

    entries: tuple[Entry, ...]

    def latest(self) -> dict[str, Entry]:
        """The newest version of each record type: the one that is written."""
        return {entry.record: entry for entry in sorted(self.entries, key=lambda entry: entry.version)}

    def versions(self, record: str) -> list[Entry]:
        """All versions of one record type, oldest first."""
        return sorted((entry for entry in self.entries if entry.record == record), key=lambda entry: entry.version)


def load(room: Path = ROOM) -> Release:
    """Read ``release.json``.

    :raises SetupError: no release, or one whose numbers contradict themselves; all faults at once
    """
    path = room / "release.json"
    try:
        release = Release.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        msg = f"{path} is not a release of schemas: {error}"
        raise SetupError(msg) from error
    if faults := list(_number_faults(release)):
        msg = f"{path}: {'; '.join(faults)}"
        raise SetupError(msg)
    return release


def text(entry: Entry, room: Path = ROOM) -> Schema:
    """The frozen schema of ``entry``.

    :raises SetupError: the file is missing or was changed after its release
    """
    path = room / entry.file
    try:
        schema: Schema = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        msg = f"{path}, schema id {entry.id}, cannot be read ({type(error).__name__}): restore it from git"
        raise SetupError(msg) from error
    if digest(schema) != entry.sha256:
        msg = f"{path} is not what was released as schema id {entry.id}: restore it from git, a released text never changes"
        raise SetupError(msg)
    return schema


def digest(schema: Schema) -> str:
    """SHA-256 of the canonical JSON (sorted members, no white space, UTF-8), hex: layout may change, meaning may not."""
    canonical = json.dumps(schema, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def sources(room: Path = ROOM) -> dict[str, Schema]:
    """The schemas that people edit, ``avro/<department>/<record>.avsc``, by full name.

    :raises SetupError: a file is no JSON record, or two files declare one name
    """
    found: dict[str, Schema] = {}
    for path in sorted((room / "avro").glob("*/*.avsc")):
        try:
            schema: Schema = json.loads(path.read_bytes())
            name = f"{schema['namespace']}.{schema['name']}"
        except (ValueError, KeyError, TypeError) as error:
            msg = f"{path} is not an Avro record in JSON with a namespace and a name: {error}"
            raise SetupError(msg) from error
        if name in found:
            msg = f"{path}: {name} is declared in another file too; one record type, one file"
            raise SetupError(msg)
        found[name] = schema
    return found


def unreleased(room: Path = ROOM) -> dict[str, Schema]:
    """Sources that are new or differ from their latest released text: what ``govbus schemas release`` would release."""
    latest = load(room).latest() if (room / "release.json").exists() else {}
    return {name: schema for name, schema in sources(room).items() if name not in latest or digest(schema) != latest[name].sha256}


def check(room: Path = ROOM) -> list[str]:
    """Every fault of the release against the files: changed, missing or unreleased texts."""
    faults = []
    release = load(room)
    for entry in release.entries:
        try:
            text(entry, room)
        except SetupError as error:
            faults.append(str(error))
    there = sources(room)
    faults += [
        f"{name} is released, but its source is gone: restore it, records of it are kept" for name in release.latest() if name not in there
    ]
    return faults + [f"{name} differs from the release: run 'govbus schemas release' and commit" for name in unreleased(room)]


def append(schemas: dict[str, Schema], room: Path = ROOM) -> Release:
    """Freeze ``schemas`` under the next ids and return the new release. The caller has linted them and proved them compatible."""
    release = load(room) if (room / "release.json").exists() else Release(entries=())
    entries = list(release.entries)
    for name in sorted(schemas):
        version = len(release.versions(name)) + 1
        file = f"released/{name}.v{version}.avsc"
        entries.append(Entry(record=name, version=version, id=len(entries) + 1, file=file, sha256=digest(schemas[name])))
        (room / "released").mkdir(exist_ok=True)
        (room / file).write_text(json.dumps(schemas[name], indent=2, ensure_ascii=False) + "\n")
    release = Release(entries=tuple(entries))
    (room / "release.json").write_text(release.model_dump_json(indent=2) + "\n")
    return release


def _number_faults(release: Release) -> Iterator[str]:
    if [entry.id for entry in release.entries] != list(range(1, len(release.entries) + 1)):
        yield "ids must be 1, 2, 3, … in this order, none left out or used twice"
    by_record = sorted(release.entries, key=lambda entry: entry.record)
    for record, group in groupby(by_record, key=lambda entry: entry.record):
        if [entry.version for entry in group] != list(range(1, len(release.versions(record)) + 1)):
            yield f"versions of {record} must be 1, 2, 3, … in order of id"
