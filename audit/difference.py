"""What was decided beside what a replay decides: equal, or which records differ, and in what. Names of fields, never their values.

Both sides go into files by the first letters of the record's id, and one file of each side is compared at a time: memory does not grow
with the log.
"""

import marshal
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

from govbus.errors import Poison
from schemas.codec import Codec

DECIDED, AGAIN = "decided", "again"
COLUMNS = ("what", "topic", "id", "place", "cause", "field")
_SHARDS = [f"{number:02x}" for number in range(256)]


class Written(NamedTuple):
    """One record, decided or replayed.

    :param stamp: its ``ce_time``: the log time at which it was decided
    :param place: where it stands in the log, or the place of what caused it in the replay
    """

    id: str
    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    stamp: str
    place: str


class Difference(NamedTuple):
    """One record that is not as the replay has it.

    :param what: ``differs``, ``missing`` (the replay has it, the log does not) or ``extra``
    :param field: the first field, header or ``key`` that differs, where something does
    """

    what: str
    topic: str
    id: str
    place: str
    cause: str
    field: str


class Side:
    """One side's files; they are begun anew, or cut to what a snapshot says."""

    def __init__(self, folder: Path, name: str, lengths: Mapping[str, int] | None = None) -> None:
        """:param lengths: as :meth:`lengths` told them; None: begin anew"""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._files: dict[str, IO[bytes]] = {}
        for shard in _SHARDS:
            self._files[shard] = (folder / f"{name}-{shard}").open("ab")
            self._files[shard].truncate((lengths or {}).get(shard, 0))

    def add(self, written: Written) -> None:
        """One record."""
        marshal.dump(tuple(written), self._files[written.id[:2]])

    def lengths(self) -> dict[str, int]:
        """How long each file is now, all of it written down."""
        for file in self._files.values():
            file.flush()
        return {shard: file.tell() for shard, file in self._files.items()}

    def close(self) -> None:
        """Write down what is left."""
        for file in self._files.values():
            file.close()


def compare(folder: Path, codec: Codec, wanted: "Wanted") -> Iterator[Difference | None]:
    """Each record of either side that is wanted: None where both are equal, byte for byte."""
    for shard in _SHARDS:
        decided, again = ({one.id: one for one in _read(folder / f"{name}-{shard}")} for name in (DECIDED, AGAIN))
        for name in sorted({*decided, *again}, key=lambda each: (decided.get(each) or again[each]).stamp):
            if any(one is not None and wanted.takes(one, codec) for one in (decided.get(name), again.get(name))):
                yield _judged(decided.get(name), again.get(name), codec)


class Wanted(NamedTuple):
    """Which records are compared.

    :param exchange: id; empty: all; :param since, until: ``ce_time`` from and before; empty: no limit
    """

    exchange: str = ""
    since: str = ""
    until: str = ""

    def takes(self, one: Written, codec: Codec) -> bool:
        """Whether this record is among them."""
        if one.stamp < self.since or (self.until and one.stamp >= self.until):
            return False
        return not self.exchange or _data(one, codec).get("exchange", self.exchange) == self.exchange

    def before(self, moment: str) -> "Wanted":
        """The same, and nothing from ``moment`` on."""
        return self._replace(until=min(self.until or moment, moment))


def _judged(decided: Written | None, again: Written | None, codec: Codec) -> Difference | None:
    if decided is None:
        return again and Difference("missing", again.topic, again.id, "", again.place, "")
    if again is None:
        return Difference("extra", decided.topic, decided.id, decided.place, "", "")
    if decided[:5] == again[:5]:
        return None
    return Difference("differs", decided.topic, decided.id, decided.place, again.place, _field(decided, again, codec))


def _field(decided: Written, again: Written, codec: Codec) -> str:
    for name in ("topic", "key"):
        if getattr(decided, name) != getattr(again, name):
            return name
    if decided.value != again.value:
        return _path(_data(decided, codec), _data(again, codec)) or "value"
    before, after = dict(decided.headers), dict(again.headers)
    return next((f"header {name}" for name in sorted({*before, *after}) if before.get(name) != after.get(name)), "headers")


def _path(one: Any, other: Any) -> str:
    """Where two values first differ: ``parts.0.outcome``."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in dict.fromkeys((*one, *other)):
            if one.get(name) != other.get(name):
                return ".".join(filter(None, (str(name), _path(one.get(name), other.get(name)))))
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (mine, yours) in enumerate(zip(one, other, strict=True)):
            if mine != yours:
                return ".".join(filter(None, (str(number), _path(mine, yours))))
    return ""


def _data(one: Written, codec: Codec) -> Mapping[str, Any]:
    try:
        return codec.decode(one.topic, one.value)[1]
    except Poison:
        return {}


def _read(path: Path) -> Iterable[Written]:
    with path.open("rb") as file:
        while True:
            try:
                found = marshal.load(file)  # noqa: S302  # our own file, of a folder that is ours alone
            except EOFError:
                return
            yield Written(*found)
