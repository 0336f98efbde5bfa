"""What a purpose has in topics and states: counted, and tried with every key that is still here."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from audit import keys
from audit.chain import Chain, chains
from audit.seal import Seal
from audit.sealing import published
from govbus.errors import Poison
from govbus.settings import Home
from schemas import purposes, release
from schemas.codec import beginning
from schemas.purposes import HEAD, MAGIC, Keys
from topics import broker
from topics.broker.bulk import Bulk, Place, drain
from topics.load import load

READER = "auditor"
STATE_TOPIC = "bus.verify.state"


@dataclass
class Part:
    """One partition of a topic of the purpose.

    :param first, end, last: where the log begins and ends, and the offset behind its last record
    :param size: bytes of values; :param plain: records that are not encrypted; :param opened: records that a key of this home opens
    :param sealed: offset behind the last sealed one; :param seal, root: digest of that seal, and its root
    """

    topic: str
    partition: int
    first: int
    end: int
    last: int = 0
    records: int = 0
    size: int = 0
    plain: int = 0
    opened: int = 0
    sealed: int = 0
    seal: str = ""
    root: str = ""

    def row(self) -> dict[str, Any]:
        """For receipt and table."""
        return asdict(self)


@dataclass
class States:
    """Standings of the purpose in the workers' changelog: keys that have one, bytes of it, and how many a key of this home opens.

    :param looked: False where this home has no worker's login, so that nobody could look
    """

    keys: int = 0
    size: int = 0
    opened: int = 0
    looked: bool = True


def topics_of(purpose: str) -> tuple[str, ...]:
    """Topics whose records are for the purpose."""
    under = purposes.by_record()
    return tuple(sorted(name for name, record in load().records.items() if under.get(record) == purpose))


class Opener:
    """Tries values with the keys of a home, whatever a receipt says of them: a key that came back from a backup opens."""

    def __init__(self, home: Home, purpose: str) -> None:
        """:raises SetupError: what stands in the key's folder is no key"""
        read = {number: purposes.read_key(home, purpose, number) for number in purposes.key_files(home.folder, purpose)}
        self._purpose, self._keys = purpose, Keys({purpose: read})
        self.any = bool(read)

    def opens(self, value: bytes) -> bool:
        """Whether one of the keys opens the value."""
        try:
            return self.any and bool(self._keys.open(self._purpose, value, ""))
        except Poison:
            return False


def parts(home: Home, purpose: str) -> list[Part]:
    """Every partition of the purpose's topics, read whole as the auditor, with its last seal.

    :raises RetryLater: the broker is away
    """
    with broker.admin(home, READER) as admin:
        there = admin.topics()
    places = {(name, number): None for name in topics_of(purpose) if name in there for number in range(there[name])}
    with Bulk(home, READER) as bulk:
        found = {place: Part(*place, *span) for place, span in bulk.spans(places).items()}
        _count(bulk, found, Opener(home, purpose))
    for place, seal in _last_seals(home, found).items():
        told = seal.statement
        found[place].sealed, found[place].seal, found[place].root = told.last + 1, seal.digest, told.root
    return [found[place] for place in sorted(found)]


def states(home: Home, purpose: str) -> States:
    """The standings, read as a worker: nobody else may. Errors as :func:`parts`."""
    slot = home.site.workers[0]
    if not (home.folder / "secrets" / f"kafka.{slot}").exists():
        return States(looked=False)
    opener, held = Opener(home, purpose), dict[bytes, tuple[int, bool]]()
    wanted = _prefixes(purpose)
    for record in broker.scan(home, slot, [STATE_TOPIC]):
        value = record.value or b""
        held.pop(record.key or b"", None)
        if value[: HEAD - 1] in wanted:
            held[record.key or b""] = (len(value), opener.opens(value))
    return States(len(held), sum(size for size, _ in held.values()), sum(opened for _, opened in held.values()))


def _count(bulk: Bulk, found: Mapping[Place, Part], opener: Opener) -> None:
    ends = {place: part.end for place, part in found.items() if part.first < part.end}
    bulk.open({place: found[place].first for place in ends})
    for polled in drain(bulk, ends):
        for place, raws in polled.records.items():
            part = found[place]
            for offset, _, _, value, _ in raws:
                if offset < part.end:
                    part.records, part.last = part.records + 1, offset + 1
                    part.size += len(value or b"")
                    part.plain += (value or b"")[:1] != bytes([MAGIC])
                    part.opened += opener.opens(value or b"")


def _last_seals(home: Home, places: Iterable[Place]) -> dict[Place, Seal]:
    """From the sealer's files where this home has them, else from the bus."""
    folder, wanted = seal_files(home), set(places)
    if folder is not None:
        return {place: seal for place in wanted if (seal := Chain(folder, *place).last())}
    last: dict[Place, Seal] = {}
    for one in published(home, READER):
        place = (one.statement.topic, one.statement.partition)
        if place in wanted and (place not in last or last[place].statement.number < one.statement.number):
            last[place] = one
    return last


def seal_files(home: Home) -> Path | None:
    """The sealer's files, where this home has them."""
    folder = keys.folder_of(home)
    return folder if chains(folder) else None


def _prefixes(purpose: str) -> set[bytes]:
    """How values of the purpose begin: magic byte and schema id, of every released version."""
    records = purposes.declared()[purpose].records
    return {beginning(entry.id, purpose) for entry in release.load().entries if entry.record in records}
