"""A copy of partitions in a folder: what a replay reads, again and again, without asking the broker twice. Grows at the end only.

One file a partition: frames of a length and a marshalled tuple of offset, log time, key, value and headers. A frame that a killed run left
half written is cut off, and the copy goes on behind the last whole one.
"""

import marshal
import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from topics.broker import Record
from topics.broker.bulk import Bulk, Place, drain

_LENGTH = struct.Struct("<I")
Progress = Callable[[int], None]
Body = tuple[int, int, bytes | None, bytes | None, list[tuple[str, bytes]]]


class Spool:
    """The copies below one folder, readable by their owner only: they are as secret as the log."""

    def __init__(self, folder: Path) -> None:
        """:param folder: made where it is missing"""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder

    def fetch(self, bulk: Bulk, spans: Mapping[Place, tuple[int, int]], progress: Progress = lambda _: None) -> None:
        """Copy every partition up to its end, each from where the copy stands.

        :param spans: first offset that is kept, and end, by partition; :param progress: told how many records have come
        :raises RetryLater: the broker is away, or a transaction stays open
        """
        starts = {place: max(self._mend(place), first) for place, (first, _) in spans.items()}
        left = {place: end for place, (_, end) in spans.items() if starts[place] < end}
        if not left:
            return
        files = {place: self._path(place).open("ab") for place in left}
        try:
            bulk.open({place: starts[place] for place in left})
            for polled in drain(bulk, left):
                for place, records in polled.records.items():
                    files[place].writelines(_frame(record) for record in records)
                progress(sum(map(len, polled.records.values())))
        finally:
            for file in files.values():
                file.close()

    def read(self, place: Place) -> Iterator[Record]:
        """The records of a partition, in order of offset; none where nothing was copied."""
        path = self._path(place)
        if path.exists():
            with path.open("rb") as file:
                yield from (Record(place[0], place[1], *record) for record, _ in _frames(file))

    def _mend(self, place: Place) -> int:
        """Cut a torn end off; the offset behind the last whole record."""
        path, behind, whole = self._path(place), 0, 0
        if path.exists():
            with path.open("r+b") as file:
                for record, whole in _frames(file):  # noqa: B007  # the last one counts
                    behind = record[0] + 1
                file.truncate(whole)
        return behind

    def _path(self, place: Place) -> Path:
        return self._folder / f"{place[0]}-{place[1]}.log"


def _frame(record: Any) -> bytes:
    body = marshal.dumps(record)
    return _LENGTH.pack(len(body)) + body


def _frames(file: IO[bytes]) -> Iterator[tuple[Body, int]]:
    """Whole frames, each with the position behind it."""
    at = 0
    while len(head := file.read(_LENGTH.size)) == _LENGTH.size:
        size = _LENGTH.unpack(head)[0]
        body = file.read(size)
        if len(body) < size:
            return
        at += _LENGTH.size + size
        yield marshal.loads(body), at  # noqa: S302  # our own file, of a folder that is ours alone
