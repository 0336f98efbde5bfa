"""From raw records to what one transaction writes. Deterministic: no clock, no Kafka, no Faust; a replay runs the same lines."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from agents.desk import CONTROL_TOPIC, UNROUTED
from agents.runtime import pause
from agents.runtime.entries import Entry
from agents.runtime.rdkafka import Outgoing, outgoing
from agents.runtime.store import Partition, exchange_of, state_key, subject_of
from agents.shapes.decision import Decision, State, Tick
from govbus.envelope import Envelope, event_id, from_ms, made_headers, read_record, stamped
from govbus.errors import BusError, Poison
from govbus.ports import Account
from govbus.reasons import Reason
from schemas.codec import Codec

QUARANTINE = "bus.quarantine"
SOURCE = "/gov-data/verify"
POISON_RUN = 20  # so many failing records in a row are our bug, not theirs: stop the line


class Rules(Protocol):
    """What a worker works by; :class:`agents.desk.Desk` is the bus's own."""

    def state_type(self, exchange: str) -> str:
        """Record type of a standing in this exchange."""

    @property
    def subjects(self) -> int:
        """How many standings all exchanges together are declared to hold at once."""

    @property
    def exchanges(self) -> Iterable[str]:
        """Names of the exchanges, for the ledger."""

    @property
    def inputs(self) -> Iterable[str]:
        """Topics to read."""

    def route(self, event: Envelope) -> str:
        """The exchange of a decoded record; raises Poison where it has none."""

    def decide(self, exchange: str, state: State, event: Envelope | Tick, now_ms: int) -> Decision:
        """What follows; pure."""

    def opens(self, event: Envelope) -> bool:
        """Whether a record opens a dialogue, so that it waits while its exchange is paused."""

    def open_dialogues(self, exchange: str, state: State) -> int:
        """How many dialogues a standing of the exchange holds open."""


class Record(Protocol):
    """A record as a Kafka client hands it out."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Iterable[tuple[str, bytes]]


class Tally(dict[tuple[str, str], list[int]]):
    """Records and bytes by topic and outcome."""

    def __missing__(self, key: tuple[str, str]) -> list[int]:
        found = self[key] = [0, 0]
        return found


@dataclass(slots=True)
class Result:
    """What a group of batches comes to: records to write, and the facts to tell once it has been committed."""

    records: list[Outgoing] = field(default_factory=list)
    read: Tally = field(default_factory=Tally)
    written: Tally = field(default_factory=Tally)
    refused: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    checked: dict[str, list[float]] = field(default_factory=dict)
    booked: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    standing: list[tuple[str, Account, int]] = field(default_factory=list)


class Work:
    """The worker's craft: decode, route, decide, encode; a bad record goes to quarantine and its neighbours go on."""

    def __init__(self, desk: Rules, codec: Codec) -> None:
        self.desk, self.codec = desk, codec
        self._failing = 0

    def take(self, part: Partition, record: Record, result: Result) -> None:
        """Work one record into ``result`` and the staged state of its partition.

        :raises Exception: the shapes failed on POISON_RUN records in a row
        """
        outcome = self._worked(part, record, record.timestamp, result)
        tally = result.read[record.topic, outcome]
        tally[0] += 1
        tally[1] += len(record.value or b"")

    def _worked(self, part: Partition, record: Record, now_ms: int, result: Result) -> str:
        exchange = UNROUTED
        try:
            exchange, envelope = self._opened(record)
            if exchange in part.held and self.desk.opens(envelope):
                return self._hold(part, exchange, record, envelope.place, result)
            if record.topic == CONTROL_TOPIC:
                return self._control(part, exchange, envelope, result)
            decision = self._decide(part, exchange, envelope.key, envelope, now_ms)
            self._write(part, exchange, envelope, decision, result)
        except Poison as bad:
            self._quarantine(part, exchange, record, bad, result)
            return "quarantined"
        return "duplicate" if decision.ignored else "accepted"

    def _hold(self, part: Partition, exchange: str, record: Record, place: str, result: Result) -> str:
        if not pause.hold(part, exchange, record, self.codec):
            raise Poison(Reason.EXCHANGE_PAUSED, place, f"{pause.AT_MOST} records wait for {exchange} in this partition already")
        result.booked[part.number, exchange, "in"] += 1
        return "accepted"

    def _control(self, part: Partition, exchange: str, envelope: Envelope, result: Result) -> str:
        paused = (envelope.data or {})["state"] == "paused"
        waiting = () if paused else list(pause.let_go(part, exchange, self.codec))
        pause.order(part, exchange, paused, envelope.value)
        for record in waiting:  # they were booked when they came, and are again now
            result.booked[part.number, exchange, "in"] -= 1
            self._worked(part, record, envelope.recorded_ms, result)
        return "accepted"

    def fire(self, part: Partition, now_ms: int, result: Result) -> None:
        """Let the timers of ``part`` fire that are due before ``now_ms``, each stamped with its own due time."""
        for due_ms, key in part.due(now_ms):
            try:
                decision = self._decide(part, exchange_of(key), subject_of(key), Tick(due_ms), due_ms)
            except Poison as bad:
                if bad.reason is not Reason.PURPOSE_OVER:
                    raise
                part.put(key, None)  # nobody can read what was due, nor will again
                continue
            self._write(part, exchange_of(key), None, decision, result, key=subject_of(key))

    def _opened(self, record: Record) -> tuple[str, Envelope]:
        try:
            envelope = self._open(record)
            return self.desk.route(envelope), envelope
        except BusError:
            raise
        except Exception as error:
            raise self._ours(error, "opening it", f"{record.topic}/{record.partition}@{record.offset}") from error

    def _ours(self, error: Exception, what: str, place: str) -> Poison:
        """A mistake of ours that came up with a record, as poison; raises the error itself where it came with POISON_RUN in a row."""
        self._failing += 1
        if self._failing >= POISON_RUN:
            raise error
        return Poison(Reason.SHAPE_FAILED, place, f"{what} raised {type(error).__name__}")

    def _open(self, record: Record) -> Envelope:
        topic, partition, offset, value = record.topic, record.partition, record.offset, record.value
        try:
            type_name, data = self.codec.decode(topic, value or b"")
        except Poison as bad:  # what is wrong with key and headers is said first; the place is put into words only here
            envelope = read_record(topic, partition, offset, record.timestamp, record.key, value, record.headers)
            raise Poison(bad.reason, envelope.place, bad.detail) from None
        envelope = read_record(topic, partition, offset, record.timestamp, record.key, value, record.headers, data)
        if type_name != envelope.type:
            raise Poison(Reason.WRONG_SCHEMA, envelope.place, f"ce_type and the value's schema {type_name} differ")
        return envelope

    def _decide(self, part: Partition, exchange: str, subject: bytes, event: Envelope | Tick, now_ms: int) -> Decision:
        key, kind = state_key(exchange, subject), self.desk.state_type(exchange)
        entry = part.get(key)
        state = self.codec.read(kind, entry.value) if entry else None
        try:
            decision = self.desk.decide(exchange, state, event, now_ms)
        except Poison:
            raise
        except Exception as error:
            if isinstance(event, Tick):
                raise
            raise self._ours(error, exchange, event.place) from error
        self._failing = 0
        if decision.state != state or (entry is not None and entry.due_ms != (decision.due_ms or 0)):
            part.replace(key, entry, self._entry(exchange, kind, decision))
        return decision

    def _entry(self, exchange: str, kind: str, decision: Decision) -> Entry | None:
        state = decision.state
        if state is None:
            return None
        return Entry(self.codec.encode(kind, state), decision.due_ms or 0, self.desk.open_dialogues(exchange, state))

    def _write(self, part: Partition, exchange: str, cause: Envelope | None, decision: Decision, result: Result, key: bytes = b"") -> None:
        numbers: dict[str, int] = {}
        for topic, kind, data, step, about, whom in decision.outputs:
            request_id = about or str(data["request_id"])
            if cause is None:
                cause_id, trace, at_ms = request_id, "", part_time(data)
            else:
                cause_id, key, trace, at_ms = cause.id, cause.key, cause.traceparent, cause.recorded_ms
            number = numbers.get(cause_id, 0)  # of this cause: what else a timer finds due must not change an id
            numbers[cause_id] = number + 1
            value = self.codec.encode(kind, data)
            headers = made_headers(event_id(cause_id, step, number), SOURCE, kind, stamped(at_ms), request_id, cause_id, trace)
            result.records.append(outgoing((topic, whom or key, value, headers, -1)))
            self._note(exchange, topic, data, len(value), result)
        for account, records in decision.account.items():
            result.booked[part.number, exchange, account] += records

    @staticmethod
    def _note(exchange: str, topic: str, data: Mapping[str, Any], size: int, result: Result) -> None:
        reason = data.get("reason")
        tally = result.written[topic, "refused" if reason else "delivered"]
        tally[0] += 1
        tally[1] += size
        if reason:
            result.refused[str(data.get("owner") or "gov-data"), topic, str(reason)] += 1
        if "accepted_at" in data:
            result.checked.setdefault(exchange, []).append((data["decided_at"] - data["accepted_at"]) / 1000)

    def _quarantine(self, part: Partition, exchange: str, record: Record, bad: Poison, result: Result) -> None:
        department = record.topic.split(".", 1)[0]
        owner = "gov-data" if bad.reason.owner == "gov-data" else department
        value = self.codec.encode(pause.KEPT, pause.keep(record, bad.reason, bad.detail, owner))
        place = event_id(record.topic, record.partition, record.offset, "quarantine")
        envelope = Envelope(
            id=place, source=SOURCE, type=pause.KEPT, time=from_ms(record.timestamp), topic=QUARANTINE,
            key=place.encode(), value=value,
        )  # fmt: skip  # not the original key: whoever sent a bad record may have put a citizen's number there
        result.records.append(Outgoing(QUARANTINE, envelope.key, value, envelope.headers()))
        tally = result.written[QUARANTINE, "quarantined"]
        tally[0] += 1
        tally[1] += len(value)
        result.refused[owner, record.topic, bad.reason.value] += 1
        if record.topic.endswith((".request", ".case")):
            result.booked[part.number, exchange, "in"] += 1
            result.booked[part.number, exchange, "quarantined"] += 1


def part_time(data: Mapping[str, Any]) -> int:
    """The decided time of an output that no record caused."""
    return int(data["decided_at"])
