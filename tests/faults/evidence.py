"""Gathers the facts of a run: the history from outside, the topics by a committed reader, the replay."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from agents.runtime import order
from agents.runtime.ledger import RECORD as LEDGER
from agents.runtime.store import exchange_of
from agents.wiring import make_desk
from govbus.errors import RetryLater
from govbus.settings import Home
from schemas.codec import Codec
from schemas.purposes import keys_of
from tests.faults.check import Account, Facts, Group, Place
from tests.faults.history import History
from tests.faults.replay import effect, replay, told
from topics import broker
from topics.access import AGENT_GROUP
from topics.broker.bulk import Bulk, drain
from topics.load import load, records

STATE_TOPIC, LEDGER_TOPIC, _ = _OWN = ("bus.verify.state", "bus.verify.ledger", order.TOPIC)
READER = "admin"
Positions = Mapping[tuple[str, int], int]
Answer = TypeVar("Answer")


class Witness:
    """Reads as the broker's admin, from outside every group; writes nothing."""

    def __init__(self, home: Home) -> None:
        self.home, self.codec, self.desk = home, Codec.load(records(), keys=keys_of(home)), make_desk(home)
        self.inputs, self._admin = self.desk.inputs, list[broker.Admin]()
        self.outputs = tuple(name for name, topic in load().topics.items() if "worker" in topic.access.write and name not in _OWN)

    def at_rest(self) -> bool:
        """Is every input read to its end, and no dialogue open?"""
        return self.reached(self.ends()) and not any(self._in_flight(self._standings()).values())

    def reached(self, ends: Positions) -> bool:
        """Have the workers' transactions taken everything before ``ends``?"""
        positions = self.positions()
        return all(positions.get(place, 0) >= end for place, end in ends.items())

    def ends(self) -> Positions:
        """Where each input ends now: after its last record.

        What the agents write and read themselves ends with the marker of a transaction, or with records of a killed worker's; no worker
        ever stands behind those, so its last committed record counts.
        """
        found = {place: end for place, (_, end) in self._ask(lambda admin: admin.offsets(self.inputs)).items()}
        own = [topic for topic in self.inputs if topic in self.outputs]
        found |= {place: 0 for place in found if place[0] in own}
        return found | {(record.topic, record.partition): record.offset + 1 for record in self._scan(*own)}

    def positions(self) -> Positions:
        """Where the workers' next transaction goes on, by input."""
        found = self._ask(lambda admin: admin.positions([AGENT_GROUP]))
        return {(topic, partition): at for (_, topic, partition), at in found.items()}

    def close(self) -> None:
        """Let go."""
        while self._admin:
            self._admin.pop().close()

    def _ask(self, call: Callable[[broker.Admin], Answer]) -> Answer:
        """A client that failed is not asked again: it would look for a group's coordinator where that was, on a broker that is gone."""
        if not self._admin:
            self._admin.append(broker.admin(self.home, READER))
        try:
            return call(self._admin[0])
        except RetryLater:
            self.close()
            raise

    def facts(self, history: History) -> Facts:
        """Everything, as it stands; call it when nothing moves any more.

        What was acknowledged is taken down before the log is read: workers that are stuck are judged while somebody still sends, and what
        he is told meanwhile is no loss.
        """
        acknowledged = [_acknowledged(line) for line in history.lines() if line["op"] == "acknowledged"]
        log = list(self._scan(*self.inputs))
        out = sorted(self._scan(*self.outputs), key=lambda each: (each.topic, each.partition, each.offset))
        groups = [self._group(record) for record in self._scan(order.TOPIC)]
        due, standings = replay(self.desk, self.codec, log, groups), self._standings()
        facts = Facts(inputs={_place(r): _id(r) for r in log}, times={_place(r): r.timestamp for r in log}, groups=groups)
        facts.expected = due.effects
        facts.found = [effect(self.codec, r.topic, r.partition, r.offset, r.key or b"", r.value or b"", r.headers) for r in out]
        facts.told = told(self.codec, (r for r in out if r.topic.endswith(".verdict")))
        facts.due, facts.states_due = due.books, due.states
        facts.states = {name: state for name, state in standings.items() if state is not None}
        facts.in_flight = self._in_flight(standings)
        facts.books = [((r.partition, (r.key or b"").decode()), self._book(r)) for r in self._scan(LEDGER_TOPIC)]
        facts.ends, facts.positions = self.ends(), self.positions()
        facts.acknowledged = acknowledged
        facts.attempted = {line["id"] for line in history.lines() if line["op"] == "sending"}
        return facts

    def _standings(self) -> Mapping[str, dict[str, Any] | None]:
        """The last word of the state's changelog by partition and key; None: forgotten."""
        found: dict[str, dict[str, Any] | None] = {}
        for record in self._scan(STATE_TOPIC):
            value = None if record.value is None else self.codec.read(self.desk.state_type(exchange_of(record.key or b"")), record.value)
            found[f"{record.partition} {(record.key or b'').decode()}"] = value
        return found

    def _in_flight(self, standings: Mapping[str, dict[str, Any] | None]) -> dict[Account, int]:
        counts: dict[Account, int] = {}
        for name, state in standings.items():
            partition, _, key = name.partition(" ")
            account = (int(partition), key.partition("|")[0])
            counts[account] = counts.get(account, 0) + self.desk.open_dialogues(account[1], state)
        return counts

    def _group(self, record: broker.Record) -> Group:
        told = self.codec.read(order.RECORD, record.value or b"")
        return Group(record.partition, [(each["topic"], each["first"], each["next"]) for each in told["inputs"]], told["horizon_ms"])

    def _book(self, record: broker.Record) -> Mapping[str, int]:
        return self.codec.read(LEDGER, record.value or b"")

    def _scan(self, *topics: str) -> Iterator[broker.Record]:
        """Every committed record up to now. By librdkafka: behind 100,000 records one look took kafka-python longer than the rest that was
        looked for."""
        spans = {place: span for place, span in self._ask(lambda admin: admin.offsets(topics)).items() if span[0] < span[1]}
        with Bulk(self.home, READER) as bulk:
            bulk.open({place: first for place, (first, _) in spans.items()})
            for polled in drain(bulk, {place: end for place, (_, end) in spans.items()}):
                for place, found in polled.records.items():
                    yield from (broker.Record(*place, *raw) for raw in found if raw[0] < spans[place][1])


def _place(record: broker.Record) -> Place:
    return record.topic, record.partition, record.offset


def _id(record: broker.Record) -> str:
    return dict(record.headers)["ce_id"].decode()


def _acknowledged(line: Mapping[str, Any]) -> tuple[Place, str]:
    return (line["topic"], line["partition"], line["offset"]), line["id"]
