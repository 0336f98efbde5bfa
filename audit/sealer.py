"""The sealer: reads every partition as principal ``sealer``, and seals each after so many records or seconds.

One process, one thread. A seal goes to its file first, then to ``bus.seals``. Whatever ends the process, the next one goes on from the
last line of each file, after it has checked its own signature there and that the bus has no seal which the files do not have.
"""

import fcntl
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, NamedTuple, Protocol

from audit.chain import Chain
from audit.pending import Pending, Watched
from audit.seal import Seal
from audit.signing import ALGORITHMS, Signer
from govbus.errors import SetupError
from govbus.ports import Observer
from topics.broker.bulk import Place, Polled

log = logging.getLogger(__name__)
MOST_GAPS = 2_000  # a statement names each: 20 KB


class Cadence(NamedTuple):
    """When a partition is sealed: ``records`` wait, or the first of them has waited for ``seconds``."""

    records: int = 20_000
    seconds: float = 5.0


class Reader(Protocol):
    """What a sealer needs of :class:`topics.broker.bulk.Bulk`."""

    def spans(self, places: Mapping[Place, object]) -> dict[Place, tuple[int, int]]: ...
    def open(self, starts: Mapping[Place, int]) -> None: ...
    def shut(self, place: Place) -> None: ...
    def high(self, place: Place) -> int: ...
    def poll(self, most: int = ..., timeout_s: float = ...) -> Polled: ...


Publish = Callable[[list[Seal]], None]


class Line:
    """One partition at work: its files, what is read of it, since when that waits, and where its reading stands."""

    def __init__(self, watched: Watched, chain: Chain, last: Seal | None, algorithm: str) -> None:
        self.chain, self.since, self.ended = chain, 0.0, -1
        self.pending = Pending(watched, last, algorithm)


class Sealer:
    """Call :meth:`watch`, then :meth:`round` again and again. The folder's lock is held until the process ends."""

    def __init__(
        self, folder: Path, signer: Signer, reader: Reader, publish: Publish, observer: Observer, cadence: Cadence | None = None
    ) -> None:
        """:param folder: of all chains

        :raises SetupError: another sealer writes there
        """
        self._folder, self._signer, self._reader, self._publish = folder, signer, reader, publish
        self._observer, self._cadence = observer, cadence or Cadence()
        self._keys = {signer.key_id: ALGORITHMS[signer.algorithm].public(signer.private)}
        self._lines: dict[Place, Line] = {}
        self._lock = locked(folder)

    def watch(self, watched: Iterable[Watched], keys: Mapping[str, str]) -> list[Seal]:
        """Seal these partitions too, each from behind its last seal on; returns these last seals.

        :param keys: public keys of earlier signers, by id
        :raises SetupError: a last seal that none of them signed, or one of another algorithm
        """
        keys = {**keys, **self._keys}
        new = [one for one in watched if one[:2] not in self._lines]
        opened: dict[Place, Line] = {}
        for one in new:
            chain = Chain(self._folder, one.topic, one.partition)
            chain.mend()
            last = chain.last()
            if last and not (last.signed(keys) and last.statement[3:5] == one[:2]):
                msg = f"{chain.folder} ends with a seal that no key of ours signed for it; take it from its copy, find out who touched it"
                raise SetupError(msg)
            if last and last.statement.algorithm != self._signer.algorithm:
                msg = f"{chain.folder} is sealed by {last.statement.algorithm}, a chain has one algorithm: give the sealer such a key again"
                raise SetupError(msg)
            opened[one.topic, one.partition] = Line(one, chain, last, self._signer.algorithm)
        self._start(opened)
        self._lines |= opened
        return [line.pending.last for line in opened.values() if line.pending.last]

    def round(self, timeout_s: float = 0.5) -> int:
        """Read what has come, seal what is due; returns how many records were sealed.

        :raises RetryLater: the broker is away; :raises SetupError: a right is missing
        """
        polled = self._reader.poll(timeout_s=timeout_s)
        now = time.monotonic()
        for place, records in polled.records.items():
            line = self._lines[place]
            line.since = line.since if line.pending.leaves else now
            line.pending.take(records)
            line.ended = -1
        for place, position in polled.ends.items():
            self._lines[place].ended = position
        for place in polled.outside:
            self._outside(place)
        sealed = self._seal([line for line in self._lines.values() if self._due(line, now)])
        self._tell()
        return sealed

    def finish(self) -> int:
        """Seal what was read, due or not: before an orderly end."""
        return self._seal([line for line in self._lines.values() if line.pending.leaves])

    def close(self) -> None:
        """Let another sealer write here."""
        self._lock.close()

    def _start(self, lines: Mapping[Place, Line]) -> None:
        starts: dict[Place, int] = {}
        for place, (low, high) in self._reader.spans(lines).items():
            pending = lines[place].pending
            pending.lost(low, _now_ms())
            if pending.next > high and pending.last:
                _tail_is_cut(place, pending.next, high)
                continue
            starts[place] = pending.next
        if starts:
            self._reader.open(starts)

    def _outside(self, place: Place) -> None:
        """What was to be read next is not there: it left by age before it was read, or the log was cut."""
        self._seal([line for line in (self._lines[place],) if line.pending.leaves])
        self._reader.shut(place)
        self._start({place: self._lines[place]})

    def _due(self, line: Line, now: float) -> bool:
        waiting = len(line.pending.leaves)
        return waiting > 0 and (
            waiting >= self._cadence.records or line.pending.gaps >= MOST_GAPS or now - line.since >= self._cadence.seconds
        )

    def _seal(self, due: list[Line]) -> int:
        if not due:
            return 0
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        made = []
        for line in due:
            pending = line.pending
            seal = pending.seal(self._signer, at)
            line.chain.append(seal, pending.leaves, pending.keys)
            pending.sealed(seal)
            made.append(seal)
        self._publish(made)
        for seal in made:
            self._observer.sealed(seal.statement.topic, seal.statement.records)
        return sum(seal.statement.records for seal in made)

    def _tell(self) -> None:
        """What is in the log and not sealed: records read, and those between the reading and the end as the last fetch saw it."""
        records, oldest = 0, 0
        for place, line in self._lines.items():
            waiting = len(line.pending.leaves)
            unread = 0 if line.ended >= 0 else max(0, self._reader.high(place) - line.pending.next)
            records += waiting + unread
            if waiting:
                oldest = min(oldest or line.pending.first_ms, line.pending.first_ms)
        self._observer.unsealed(records, max(0.0, time.time() - oldest / 1000) if oldest else 0.0)


def _tail_is_cut(place: Place, sealed: int, end: int) -> None:
    log.error(
        "%s/%d ends at %d, but is sealed up to %d: records were cut off; it is not sealed on, see govbus audit verify", *place, end, sealed
    )


def locked(folder: Path) -> IO[str]:
    """The folder's lock; whoever closes it lets go.

    :raises SetupError: somebody else has it
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        msg = f"another sealer writes to {folder}: two would sign two histories; end the other one first"
        raise SetupError(msg) from None
    return lock


def _now_ms() -> int:
    return int(time.time() * 1000)
