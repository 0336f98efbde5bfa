"""Where a proof's parts come from: the sealer's files, or an archive; the record itself from the topic, as principal ``auditor``."""

from pathlib import Path

from audit import archive, keys, leaf, online, proof
from audit.archive import Archive
from audit.chain import Chain
from audit.proof import Proof
from govbus.errors import SetupError
from govbus.settings import Home
from topics.broker.bulk import Bulk, Place


def prove(home: Home, place: Place, offset: int, seals: Path | None, archives: Path | None, with_record: bool) -> Proof:
    """The proof that a record is under a seal.

    :param archives: folder of archives to take it from; None: the sealer's files
    :param with_record: put the record's bytes in
    :raises SetupError: there is no such seal, or the record has left
    """
    if archives is not None:
        return _from_archive(archives, place, offset, with_record)
    packed = _record(home, place, offset) if with_record else None
    return proof.inclusion(Chain(seals or keys.folder_of(home), *place), offset, packed)


def _record(home: Home, place: Place, offset: int) -> bytes:
    with Bulk(home, online.PRINCIPAL) as bulk:
        start, end = bulk.spans({place: None})[place]
        if start <= offset < end:
            for packed in online.records(bulk, place, offset, offset + 1):
                if leaf.place(packed)[0] == offset:
                    return packed
    msg = f"{place[0]}/{place[1]}@{offset} is not in the topic now (it begins at {start}): prove it from its archive, with --from"
    raise SetupError(msg)


def _from_archive(folder: Path, place: Place, offset: int, with_record: bool) -> Proof:
    for path in archive.archives(folder / place[0] / str(place[1])):
        opened = Archive(path)
        seal = next((one for one in opened.seals if one.statement.first <= offset <= one.statement.last), None)
        if seal is None:
            continue
        offsets = list(seal.statement.offsets())
        leaves = opened.leaves(seal.statement.before, seal.statement.records)
        if leaves is not None and offset in offsets:
            index = offsets.index(offset)
            return proof.from_leaves(seal, leaves, index, list(opened.records(seal))[index] if with_record else None)
    msg = f"{place[0]}/{place[1]}@{offset} is in no archive of {folder}"
    raise SetupError(msg)
