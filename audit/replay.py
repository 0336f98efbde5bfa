"""The replay sandbox: what was decided, decided again by the same lines in a folder of its own, and the difference.

Everything is replayed from the beginning of the log, because what is known of a person arose there; ``Wanted`` says what is compared.
Nothing is written to the bus but the record that somebody replayed (:mod:`audit.access`).
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from agents.desk import Desk
from agents.runtime import order
from agents.runtime.work import QUARANTINE
from audit import difference
from audit.difference import AGAIN, DECIDED, Difference, Side, Wanted, Written
from audit.rework import OFTEN, Again, Lane
from audit.spool import Spool
from govbus.envelope import from_ms, to_iso
from govbus.errors import SetupError
from govbus.settings import Home, failpoint
from schemas import purposes
from schemas.codec import Codec
from schemas.purposes import keys_of
from topics import broker
from topics.broker.bulk import Bulk, Place
from topics.load import load

READER, KEPT = "auditor", 10_000
_NOBODYS = (order.TOPIC, QUARANTINE, "bus.verify.state", "bus.verify.ledger")
"""What workers write and a replay does not compare: their own books, and the quarantine, which is not the auditor's to read."""
Progress = Callable[[str, int], None]


class Planned(NamedTuple):
    """What a replay has to read of one topic."""

    topic: str
    use: str
    records: int
    copied: int


@dataclass
class Outcome:
    """What came out.

    :param inputs: records that were worked again now; :param equal: compared and equal
    :param differences: the first :data:`KEPT`, for other rules may decide millions otherwise; :param counts: all, by what they are
    """

    inputs: int = 0
    equal: int = 0
    differences: list[Difference] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, one: Difference | None) -> None:
        """A comparison: None for equal."""
        if one is None:
            self.equal += 1
            return
        self.counts[one.what] += 1
        if len(self.differences) < KEPT:
            self.differences.append(one)


class Sandbox:
    """One replay's folder."""

    def __init__(self, home: Home, desk: Desk, folder: Path, label: str) -> None:
        """:param desk: what decides; :param label: which rules it has: a folder that was begun with others is refused

        :raises SetupError: the folder belongs to a replay by other rules
        """
        self.home, self.desk, self.folder, self.codec = home, desk, folder, Codec.load(load().records, keys=keys_of(home))
        self.spool = Spool(folder / "log")
        _label(folder, label)
        outputs = {name for name, topic in load().topics.items() if "worker" in topic.access.write and "auditor" in topic.access.read}
        self.outputs = tuple(sorted(outputs - set(_NOBODYS) - _over(self.codec)))

    def plan(self) -> list[Planned]:
        """What there is to read, as the broker counts offsets; copies nothing."""
        spans, _ = self._spans()
        uses = {order.TOPIC: "order", **dict.fromkeys(self.outputs, "decided"), **dict.fromkeys(self.desk.inputs, "input")}
        sums, copied = Counter[str](), Counter[str]()
        for place, (first, end) in spans.items():
            sums[place[0]] += end - first
            copied[place[0]] += sum(1 for _ in self.spool.read(place))
        return [Planned(topic, uses[topic], count, copied[topic]) for topic, count in sorted(sums.items()) if count]

    def run(self, wanted: Wanted, progress: Progress = lambda _, __: None) -> Outcome:
        """Copy what is new, work it again, compare.

        :raises SetupError: the log does not go back to the beginning; :raises RetryLater: the broker is away
        """
        spans, still = self._spans()
        if cut := sorted(f"{topic}/{number}" for (topic, number), (first, _) in spans.items() if topic == order.TOPIC and first):
            msg = f"{', '.join(cut)} does not begin with its first record: what was known then is not in the log; replay from the archives"
            raise SetupError(msg)
        with Bulk(self.home, READER) as bulk:
            self.spool.fetch(bulk, spans, lambda count: progress("copied", count))
        inputs, horizon_ms = self._work_again(sorted({number for topic, number in spans if topic == order.TOPIC}), progress)
        self._note_decided(spans)
        outcome = Outcome(inputs)
        if not still:  # what the workers decided meanwhile is on one side only
            wanted = wanted.before(to_iso(from_ms(horizon_ms)))
        for one in difference.compare(self.folder / "compared", self.codec, wanted):
            outcome.add(one)
        return outcome

    def _work_again(self, numbers: Sequence[int], progress: Progress) -> tuple[int, int]:
        """How many inputs, and the log time before which everything is worked in each lane."""
        inputs, horizons = 0, [0] * (not numbers)
        for number in numbers:
            lane = Lane(self.desk, self.codec, self.spool, number, self.folder)
            side = Side(self.folder / "compared" / str(number), AGAIN, lane.kept)

            def use(done: int, wrote: list[Again], lane: Lane = lane, side: Side = side) -> None:
                for each in wrote:
                    if each.record.topic in self.outputs:
                        side.add(_again(each))
                progress("worked again", len(wrote))
                if done % OFTEN == 0:
                    lane.keep(side.lengths())

            inputs += lane.run(use)
            lane.keep(side.lengths())
            failpoint("audit.replay")
            side.close()
            horizons.append(lane.horizon_ms)
        _gather(self.folder / "compared")
        return inputs, min(horizons)

    def _note_decided(self, spans: Mapping[Place, Any]) -> None:
        side = Side(self.folder / "compared", DECIDED)
        for topic, number in spans:
            if topic in self.outputs:
                for each in self.spool.read((topic, number)):
                    headers = tuple((name, bytes(value or b"")) for name, value in each.headers)
                    side.add(_written(topic, each.key or b"", each.value or b"", headers, each.place))
        side.close()

    def _spans(self) -> tuple[dict[Place, tuple[int, int]], bool]:
        """(first, end) of each partition, and whether the workers stood still while that was asked.

        Ends with open transactions included: whoever copies waits for those to end. The order of work is asked first, so that all it
        tells of stands before the other ends.
        """
        with broker.admin(self.home, READER) as admin:
            counts = admin.topics()
        names = [topic for topic in dict.fromkeys((order.TOPIC, *self.desk.inputs, *self.outputs)) if topic in counts]
        places: list[Place] = [(topic, number) for topic in names for number in range(counts[topic])]
        orders = {place: None for place in places if place[0] == order.TOPIC}
        with Bulk(self.home, READER, committed=False) as bulk:
            said = bulk.spans(orders)
            others = bulk.spans({place: None for place in places if place not in orders})
            return said | others, bulk.spans(orders) == said


def _over(codec: Codec) -> set[str]:
    """Topics of purposes that have ended: nobody can say any more whether what was decided there was right."""
    return {name for name, record in load().records.items() if codec.keys.over(purposes.by_record().get(record, ""))}


def _again(each: Again) -> Written:
    record = each.record
    return _written(record.topic, record.key, record.value or b"", tuple(record.headers), each.cause)


def _written(topic: str, key: bytes, value: bytes, headers: tuple[tuple[str, bytes], ...], place: str) -> Written:
    named = dict(headers)
    return Written(named["ce_id"].decode(), topic, key, value, tuple(sorted(headers)), named["ce_time"].decode(), place)


def _gather(folder: Path) -> None:
    """The lanes' files, one behind the other; each lane keeps its own to go on with."""
    lanes = sorted(path for path in folder.iterdir() if path.is_dir())
    for shard in [path.name for path in (lanes[0].iterdir() if lanes else ())]:
        (folder / shard).write_bytes(b"".join((lane / shard).read_bytes() for lane in lanes))


def _label(folder: Path, label: str) -> None:
    path = folder / "replay.json"
    if path.exists() and (begun := json.loads(path.read_text())["rules"]) != label:
        msg = f"{folder} holds a replay by {begun}; take another folder for {label}"
        raise SetupError(msg)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text(json.dumps({"rules": label}) + "\n")


def rows(outcome: Outcome, most: int) -> Sequence[Mapping[str, Any]]:
    """The first differences, for a table."""
    return [one._asdict() for one in outcome.differences[:most]]


def told(wanted: Wanted, outcome: Outcome) -> Iterator[str]:
    """What came out, in a sentence a line."""
    yield f"{outcome.inputs} records worked again, {outcome.equal} decided records equal byte for byte"
    if outcome.differences:
        yield ", ".join(f"{count} {what}" for what, count in sorted(outcome.counts.items()))
    elif not outcome.equal:
        yield f"nothing was decided{f' by {wanted.exchange}' if wanted.exchange else ''} in that time"
