"""Bringing the sealer's files back from the bus: the seals that the files do not have, once each record under them is what was sealed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from audit import archiving, keys
from audit.chain import Chain
from audit.pending import key_mark
from audit.seal import Seal
from audit.sealer import locked
from audit.sealing import PRINCIPAL, published
from audit.signing import ALGORITHMS
from audit.verify import Told, checked
from govbus.errors import SetupError
from govbus.settings import Home
from topics.broker.bulk import Bulk, Place


def restore(home: Home) -> Iterator[Seal]:
    """Every seal of ``bus.seals`` that the files lack, as principal ``sealer``; errors as :func:`bring_back`, and as the sealer's own."""
    folder = keys.folder_of(home)
    with locked(folder), Bulk(home, PRINCIPAL) as bulk:
        yield from bring_back(folder, published(home, PRINCIPAL), bulk, keys.read([folder / keys.PUBLIC]))


def bring_back(folder: Path, seals: Iterable[Seal], bulk: Bulk, public: Mapping[str, str]) -> Iterator[Seal]:
    """Append what the files of ``folder`` lack.

    :raises SetupError: the seals are no chain that goes on from the files, or the records under them have left or changed
    """
    given: dict[Place, dict[int, Seal]] = defaultdict(dict)
    for one in seals:
        given[one.statement.topic, one.statement.partition].setdefault(one.statement.number, one)
    for place, by_number in given.items():
        chain, told = Chain(folder, *place), Told(*place)
        chain.mend()
        last = chain.last()
        new = [by_number[number] for number in sorted(by_number) if last is None or number > last.statement.number]
        whole = list(checked([*([last] if last else []), *new], public, told))
        if told.findings or (last is None and whole[:1] and whole[0].statement.number):
            why = told.findings[0].detail if told.findings else f"the first of them is number {whole[0].statement.number}"
            msg = f"the seals of {place[0]}/{place[1]} on the bus do not go on from {chain.folder} ({why}): take the folder from its copy"
            raise SetupError(msg)
        fresh = whole[1:] if last else whole
        if fresh:
            for part in archiving.parts(iter(fresh), bulk, place, bulk.spans({place: None})[place]):
                digest = ALGORITHMS[part.seal.statement.algorithm].digest
                compacted = part.seal.statement.kept_ms < 0
                chain.append(part.seal, part.leaves, [key_mark(one, digest) for one in part.records] if compacted else [])
                yield part.seal
