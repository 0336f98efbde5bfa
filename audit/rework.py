"""Working the log again, as the workers did: their own order, their own lines, nothing written to anybody.

``bus.worked`` says which records each transaction took and up to which log time timers fired (:mod:`agents.runtime.order`). What is worked
stands in a folder of its own, a snapshot after every :data:`OFTEN` groups: a run that is ended goes on there.
"""

import marshal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from agents.runtime import order
from agents.runtime.entries import Entry
from agents.runtime.rdkafka import Outgoing
from agents.runtime.store import Partition
from agents.runtime.work import Result, Rules, Work
from audit.spool import Spool
from govbus.errors import SetupError
from schemas.codec import Codec
from topics.broker import Record

OFTEN = 2_000


class Again(NamedTuple):
    """A record that the replay would write.

    :param cause: place of the record that caused it; empty: a timer
    """

    record: Outgoing
    cause: str


Use = Callable[[int, list[Again]], None]  # groups that are done, what the last one wrote


class Lane:
    """One partition number of the log."""

    def __init__(self, rules: Rules, codec: Codec, spool: Spool, number: int, folder: Path) -> None:
        """:param rules: today's desk, or another one for a what-if; :param folder: where its snapshots stand

        ``horizon_ms`` is, behind :meth:`run`, the log time before which everything has been worked; ``kept`` what the last snapshot was
        given, None where there is none.
        """
        self._work, self._codec, self._spool, self.number = Work(rules, codec), codec, spool, number
        self._part, self._path = Partition.empty(number), folder / f"lane-{number}.snapshot"
        self._inputs = {topic: _Ahead(spool.read((topic, number))) for topic in rules.inputs}
        self.horizon_ms = 0
        self.kept: Any = None
        self.done = self._restored()

    def run(self, use: Use) -> int:
        """Work on from where it stands; the number of input records.

        :raises SetupError: a record that the workers took is not in the log any more
        """
        taken = 0
        for place, group in enumerate(self._spool.read((order.TOPIC, self.number)), 1):
            told = self._codec.read(order.RECORD, group.value or b"")
            self.horizon_ms = max(self.horizon_ms, told["horizon_ms"])
            records = [record for each in told["inputs"] for record in self._take(each, skip=place <= self.done)]
            if place <= self.done:
                continue
            wrote = list(self._again(records, told["horizon_ms"]))
            taken, self.done = taken + len(records), place
            use(place, wrote)
        return taken

    def _take(self, told: dict[str, int | str], skip: bool) -> Iterator[Record]:
        found = self._inputs[str(told["topic"])].until(int(told["first"]), int(told["next"]))
        if not skip and (not found or found[0].offset != told["first"]):
            msg = f"{told['topic']}/{self.number}@{told['first']} was worked and is not in the log any more: replay from the archives"
            raise SetupError(msg)
        yield from found

    def _again(self, records: list[Record], horizon_ms: int) -> Iterator[Again]:
        for until_ms, record in order.turns(records, horizon_ms):
            fired = Result()
            self._work.fire(self._part, until_ms, fired)
            yield from (Again(each, "") for each in fired.records)
            if record is not None:
                result = Result()
                self._work.take(self._part, record, result)  # type: ignore[arg-type]  # a protocol's fields count as settable
                yield from (Again(each, record.place) for each in result.records)
        self._part.changed.clear()  # no changelog is written here

    def keep(self, extra: Any) -> None:
        """A snapshot, whole or not at all; ``extra`` is the next run's ``kept``."""
        entries: Any = [(key, tuple(entry)) for key, entry in self._part.entries.items()]
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(marshal.dumps((self.done, entries, extra)))
        fresh.replace(self._path)

    def _restored(self) -> int:
        if not self._path.exists():
            return 0
        done, entries, self.kept = marshal.loads(self._path.read_bytes())  # noqa: S302  # our own file
        for key, entry in entries:
            self._part.entries.put(key, Entry(*entry))
        self._part.restored()
        return int(done)


class _Ahead:
    """The records of one input, in stretches."""

    def __init__(self, records: Iterator[Record]) -> None:
        self._records, self._next = records, next(records, None)

    def until(self, first: int, behind: int) -> list[Record]:
        """Those from ``first`` to before ``behind``; what is before is passed over."""
        found = []
        while self._next is not None and self._next.offset < behind:
            if self._next.offset >= first:
                found.append(self._next)
            self._next = next(self._records, None)
        return found
