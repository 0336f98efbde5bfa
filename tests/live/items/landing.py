"""Nightly files of the scenarios on their way into the agent's state, without a broker: the file source's own rules, the shape's own."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from adapters.declaration import FileSource, load_adapters
from adapters.drop import Drop
from adapters.landing import Landing
from adapters.rows import Row, decode, parse
from agents.desk import Desk
from agents.shapes.decision import State
from govbus.envelope import Envelope
from govbus.errors import Poison
from local.cases import lines
from local.departments import scenario_nights
from schemas.codec import Codec
from tests.unit.shapes import world
from topics.load import load as load_catalogue

FILES = {each.meta.department: each.spec for each in load_adapters().values() if isinstance(each.spec, FileSource)}


@dataclass
class Landed:
    """What the agents have of the files, by exchange and key; and what went back, by the line's cells and the reason."""

    states: dict[tuple[str, bytes], State] = field(default_factory=dict)
    refused: list[tuple[tuple[str, ...], str]] = field(default_factory=list)

    def land(self, desk: Desk, department: str, folder: Path) -> None:
        """Write this department's nights into ``folder``, and take every line of every night, in order."""
        spec, codec = FILES[department], Codec.load(load_catalogue().records)
        scenario_nights.write(folder, lines(department))
        landing = Landing(department, spec, codec, world.KEYS)
        for row, file in _rows(Drop(folder), spec):
            try:
                sent = landing.envelope(row, file)
            except Poison as bad:
                self.refused.append((row.cells, bad.reason.value))
            else:
                data = codec.read(spec.record, sent.value, sent.place)
                self._take(desk, sent._replace(data=data, recorded_ms=world.START_MS - 1000))

    def _take(self, desk: Desk, record: Envelope) -> None:
        exchange = desk.route(record)
        known = self.states.get((exchange, record.key))
        self.states[exchange, record.key] = desk.decide(exchange, known, record, record.recorded_ms).state


def _rows(drop: Drop, spec: FileSource) -> Iterator[tuple[Row, str]]:
    for path in drop.ready():
        for row in parse(decode(drop.read(path), spec, path.name), spec, path.name):
            yield row, path.name
