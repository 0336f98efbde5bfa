"""Moving sealed records from the topics into archives, and verifying archives: what has to be kept for years, while topics keep days."""

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import chain, groupby
from pathlib import Path
from typing import Any

from audit import archive, keys, online, tree
from audit.archive import Archive, Part
from audit.chain import Chain, chains
from audit.seal import Seal
from audit.sealing import PRINCIPAL
from audit.signing import ALGORITHMS
from audit.verify import Log, Told, Walk, checked, judge
from govbus.envelope import from_ms
from govbus.errors import SetupError
from govbus.settings import Home
from topics.broker.bulk import Bulk, Place
from topics.load import load

MOST_BYTES = 64 << 20  # of records in one archive, before compression


def folder_of(home: Home) -> Path:
    """Where the archives of a running set are."""
    return home.folder / "archive"


def run(home: Home, to: Path, topics: Sequence[str] = (), most_bytes: int = MOST_BYTES) -> Iterator[Path]:
    """Archive everything that is sealed and not yet archived, as principal ``sealer``; yields each new file.

    :raises SetupError: the broker's records are not those that were sealed, or have left already
    """
    kept = {name for name, topic in load().topics.items() if topic.archive_days}
    wanted = [one for one in chains(keys.folder_of(home), topics) if one.topic in kept]
    with Bulk(home, PRINCIPAL) as bulk:
        spans = bulk.spans({(one.topic, one.partition): None for one in wanted})
        for one in wanted:
            place = (one.topic, one.partition)
            done = archive.archived(to, *place)
            seals = _after(one, done)
            found = parts(seals, bulk, place, spans[place])
            yield from (archive.write(to, some) for some in _portions(found, most_bytes))


def verify(paths: Iterable[Path], public: dict[str, str], previous: Sequence[str] | None, now_ms: int | None = None) -> Iterator[Told]:
    """Archives alone, with nothing but public keys.

    :param previous: digests of the seals that were verified last, one a chain; None: every chain is here from its first seal on
    """
    opened = [Archive(path) for path in paths]
    for place, files in groupby(sorted(opened, key=_order), key=lambda one: (one.topic, one.partition)):
        told, shelf = Told(*place), _Shelf(list(files))
        first = shelf.files[0].seals[0]
        if previous is None and first.statement.number:
            told.add(first, "broken", -1, f"it is seal {first.statement.number}: the archives before it are missing, or name --previous")
        if previous is not None and first.statement.previous not in previous:
            told.add(first, "broken", -1, "it does not follow any seal given by --previous")
        judge(checked(shelf.seals(), public, told), Log(shelf.records), shelf, now_ms or int(time.time() * 1000), told)
        yield told


class _Shelf:
    """The archives of one partition, one behind the other; leaves of the file that is being read."""

    def __init__(self, files: list[Archive]) -> None:
        self.files = files

    def seals(self) -> Iterator[Seal]:
        """Of all files."""
        for one in self.files:
            yield from one.seals

    def records(self, first: int) -> Iterator[bytes]:
        """Of all files; ``first`` is where these begin anyway."""
        del first
        for one in self.files:
            for seal in one.seals:
                yield from one.records(seal)

    def leaves(self, before: int, count: int) -> list[bytes] | None:
        """See :class:`audit.verify.Kept`."""
        holder = next((one for one in reversed(self.files) if one.before <= before), None)
        return holder.leaves(before, count) if holder else None

    def keys(self, before: int, count: int) -> list[bytes] | None:
        """None: compacted topics are not archived."""
        del before, count
        return None


def parts(seals: Iterator[Seal], bulk: Bulk, place: Place, span: tuple[int, int]) -> Iterator[Part]:
    """Each seal with its records, once they are what was sealed."""
    first = next(seals, None)
    if first is None:
        return
    walk = Walk(Log(lambda first: online.records(bulk, place, max(span[0], first), span[1])))
    for seal in chain([first], seals):
        statement, digest = seal.statement, ALGORITHMS[seal.statement.algorithm].digest
        taken = walk.until(statement.begins, statement.last)
        leaves = [digest(one) for one in taken]
        if tree.root(leaves, digest).hex() != statement.root:
            why = f"the log begins at {span[0]}: archive before the topic forgets" if span[0] > statement.first else "govbus audit verify"
            msg = f"{statement.name} is not archived: the records from {statement.first} on are not those that were sealed; {why}"
            raise SetupError(msg)
        yield Part(seal, taken, leaves)


def _after(one: Chain, number: int) -> Iterator[Seal]:
    return (seal for seal in one.seals() if seal.statement.number > number)


def _portions(some: Iterator[Part], most_bytes: int) -> Iterator[list[Part]]:
    held: list[Part] = []
    size = 0
    for part in some:
        held.append(part)
        size += sum(map(len, part.records))
        if size >= most_bytes:
            yield held
            held, size = [], 0
    if held:
        yield held


def _order(one: Archive) -> tuple[str, int, int]:
    return one.topic, one.partition, one.seals[0].statement.number


def listed(folder: Path) -> list[dict[str, Any]]:
    """One row an archive, for people: which records, from when to when, and until when the declarations keep it."""
    topics, rows = load().topics, []
    for path in archive.archives(folder):
        one = Archive(path)
        first, last = one.seals[0].statement, one.seals[-1].statement
        days = topics[one.topic].archive_days if one.topic in topics else 0
        rows.append(
            {
                "topic": one.topic, "partition": one.partition, "seals": len(one.seals),
                "records": sum(seal.statement.records for seal in one.seals), "first": first.first, "last": last.last,
                "from": from_ms(first.first_ms).isoformat(), "to": from_ms(last.last_ms).isoformat(),
                "keep until": (from_ms(last.last_ms) + timedelta(days=days)).date().isoformat(), "bytes": one.size,
                "file": str(path.relative_to(folder)),
            }
        )  # fmt: skip
        one.close()
    return rows
