"""One row of a nightly file as the record that lands on its topic: key, version, id. Pure; the adapter and tests use it alike."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

from adapters.declaration import FileSource
from adapters.rows import Row, to_record
from govbus.envelope import Envelope, event_id
from govbus.identity import citizen_id, disability_card
from govbus.pseudonym import SubjectKeys
from schemas.codec import Codec


@dataclass(frozen=True, slots=True)
class Landing:
    """What one department's rows need on their way to the bus."""

    department: str
    spec: FileSource
    codec: Codec
    keys: SubjectKeys

    def envelope(self, row: Row, file: str) -> Envelope:
        """The record of one row.

        :param file: name of the row's file; nightly names sort by night
        :raises Poison: as :func:`adapters.rows.to_record`; the place names file and line
        """
        spec, place = self.spec, f"{file}:{row.number}"
        found = to_record(row, spec, place)
        updated = found[spec.updated]
        record: dict[str, Any] = {name: value for name, value in found.items() if name != spec.updated}
        # Later sorts higher: by the day of the change, then by the night of the file, then by the line.
        record["version"] = f"{updated} {PurePath(file).stem} {row.number:07d}"
        key = self.keys.key(citizen_id.RESIDENT_CARD, disability_card.holder_id(record[spec.card]))
        return Envelope(
            id=event_id(self.department, spec.system, key.decode(), record["version"]), source=f"/{self.department}/{spec.system}",
            type=spec.record, time=datetime.fromisoformat(updated).replace(tzinfo=UTC), topic=spec.topic, key=key,
            value=self.codec.encode(spec.record, record, place),
        )  # fmt: skip
