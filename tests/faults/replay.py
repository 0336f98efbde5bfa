"""What a perfect worker would have written: the input log through :class:`agents.runtime.work.Work` in one process, without Kafka.

In which order records of several topics are taken, and up to when timers fire, is the workers' own to say (:mod:`agents.runtime.order`);
that they took each once, and let no timer pass a record that was there before it, is the checker's to see.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.desk import Desk
from agents.runtime import order
from agents.runtime.ledger import FIELDS
from agents.runtime.store import Partition, exchange_of
from agents.runtime.work import QUARANTINE, Result, Work
from schemas.codec import Codec
from tests.faults.check import Account, Effect, Group, Place
from topics.broker import Record

_STATED_PLACE = re.compile(r"\(([a-z.-]+(?:/\d+@\d+)?)\); ")  # as agents.shapes.admission.Refusal words it


@dataclass
class Replayed:
    """Effects with their causes, standings and books of one replay."""

    effects: list[tuple[Effect, Place | None]] = field(default_factory=list)
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    books: dict[Account, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


def replay(desk: Desk, codec: Codec, log: Iterable[Record], groups: Iterable[Group]) -> Replayed:
    """Work the log off as ``groups`` say, each partition number by itself; a record that was taken twice is worked once."""
    done, parts = Replayed(), defaultdict[int, list[Group]](list)
    left = {(record.topic, record.partition, record.offset): record for record in log}
    for group in groups:
        parts[group.partition].append(group)
    for number, found in parts.items():
        _partition(Work(desk, codec), Partition.empty(number), found, left, done)
    return done


def _partition(work: Work, part: Partition, groups: Iterable[Group], left: dict[Place, Record], done: Replayed) -> None:
    booked: Counter[tuple[int, str, str]] = Counter()
    for group in groups:
        records = [left.pop(place) for place in group.places() if place in left]
        for until_ms, record in order.turns(records, group.horizon_ms):
            fired, result = Result(), Result()
            work.fire(part, until_ms, fired)
            _keep(work.codec, fired, part.number, None, done)
            if record is not None:
                work.take(part, record, result)  # type: ignore[arg-type]  # a protocol's fields count as settable, a tuple's are not
                _keep(work.codec, result, part.number, (record.topic, record.partition, record.offset), done)
            booked += fired.booked
            booked += result.booked
    for (number, exchange, account), count in booked.items():
        name = next(name for name, meant in FIELDS.items() if meant == account)
        done.books[number, exchange][name] += count
    for key, entry in part.entries.items():
        done.states[f"{part.number} {key.decode()}"] = work.codec.read(work.desk.state_type(exchange_of(key)), entry.value)


def _keep(codec: Codec, result: Result, number: int, cause: Place | None, done: Replayed) -> None:
    for each in result.records:
        done.effects.append((effect(codec, each.topic, number, -1, each.key, each.value or b"", each.headers), cause))


def effect(codec: Codec, topic: str, partition: int, offset: int, key: bytes, value: bytes, headers: Iterable[tuple[str, bytes]]) -> Effect:
    """An output record as the checker sees it, from the log or from a replay.

    :param partition: of the log
    """
    named = dict(headers)
    digest = hashlib.sha256(repr((key, value, sorted(named.items()))).encode()).hexdigest()[:16]
    own = named["ce_id"].decode()
    once = topic.endswith((".verdict", ".question"))  # one a request; a task, a step or a bad record is told apart by its own id
    slot = f"{topic} {named['ce_correlationid'].decode() if once else own}"
    return Effect(topic, partition, offset, slot, own, key.decode(), digest, _why(codec, topic, value))


def _why(codec: Codec, topic: str, value: bytes) -> tuple[str, str, str] | None:
    if topic == QUARANTINE:
        bad = codec.read("gov_data.Quarantined", value)
        return bad["reason"], bad["owner"], f"{bad['topic']}/{bad['partition']}@{bad['offset']}"
    if not topic.endswith(".verdict"):
        return None
    verdict = codec.read("gov_data.ProofVerdict", value)
    if verdict["outcome"] not in ("refused", "timeout") and not verdict["reason"]:
        return None
    place = _STATED_PLACE.search(verdict["reason_text"] or "")
    return verdict["reason"] or "", verdict["owner"] or "", place.group(1) if place else ""


def told(codec: Codec, verdicts: Iterable[Record]) -> Mapping[tuple[Account, str], int]:
    """Verdicts by partition, exchange and account, as the ledger should have booked them."""
    counts: Counter[tuple[Account, str]] = Counter()
    for record in verdicts:
        data: dict[str, Any] = codec.read("gov_data.ProofVerdict", record.value or b"")
        counts[(record.partition, data["exchange"] or "unrouted"), "refused" if data["reason"] else "delivered"] += 1
    return counts
