"""The checker: facts in, violations out. Pure: no Kafka, no files, no clock.

| kind | what must hold (docs: invariants I1 to I6) |
|---|---|
| ``lost`` | I1: what was acknowledged is in the log; every input of the log has its effect |
| ``double`` | I2: one effect a request, a question, a bad record |
| ``order`` | I3: in a partition of an output topic, effects of one key follow the order of their causes; no timer passed a record |
| ``phantom`` | nothing is in the log that was not sent, and no effect there that no input has |
| ``wrong`` | the effect's bytes are those of a pure replay of the log |
| ``unexplained`` | I4: every refusal and quarantine has reason, owner and place |
| ``ledger`` | I5: in = delivered + refused + quarantined + duplicate + in flight; each is what the log says; none ever falls |
| ``state`` | I6: the state is the replay's, and the positions are at the end |
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

ACCOUNTS = ("delivered", "refused", "quarantined", "duplicate")
Standing = Mapping[str, Any]
Place = tuple[str, int, int]  # topic, partition, offset
Account = tuple[int, str]  # partition, exchange


class Violation(NamedTuple):
    """One thing that must not be."""

    kind: str
    what: str


class Effect(NamedTuple):
    """One output record.

    :param slot: what may be there once, e.g. ``housing.verdict r-17``
    :param id: its ce_id; :param digest: of its bytes
    :param why: reason, owner and place; None where nothing was refused
    """

    topic: str
    partition: int
    offset: int
    slot: str
    id: str
    key: str
    digest: str
    why: tuple[str, str, str] | None = None


class Group(NamedTuple):
    """What one transaction took of one partition number, by its worker's own word.

    :param inputs: topic, first offset, offset behind the last, in the order in which they came
    :param horizon_ms: log time up to which timers fired
    """

    partition: int
    inputs: Sequence[tuple[str, int, int]]
    horizon_ms: int

    def places(self) -> Iterator[Place]:
        """Every offset, whether a record has it or not."""
        for topic, first, behind in self.inputs:
            yield from ((topic, self.partition, offset) for offset in range(first, behind))


@dataclass
class Facts:
    """Everything the checker knows.

    :param attempted: ids that were ever sent; :param acknowledged: (place, id) by the broker's word
    :param inputs: the input topics read back, id by place; :param times: their log times, milliseconds
    :param groups: the workers' own word, in order of the log
    :param expected: effects of a replay, each with the place of its cause (None: a timer)
    :param found: the output topics read back, in order of partition and offset
    :param books: the ledger's records as they were written, in order; :param due: what the ledger must end with
    :param states_due: the replay's standings, by key
    :param told: verdicts in ``found`` by account, exchange and partition
    """

    attempted: set[str] = field(default_factory=set)
    acknowledged: list[tuple[Place, str]] = field(default_factory=list)
    inputs: dict[Place, str] = field(default_factory=dict)
    times: dict[Place, int] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    expected: list[tuple[Effect, Place | None]] = field(default_factory=list)
    found: list[Effect] = field(default_factory=list)
    books: list[tuple[Account, Mapping[str, int]]] = field(default_factory=list)
    due: Mapping[Account, Mapping[str, int]] = field(default_factory=dict)
    told: Mapping[tuple[Account, str], int] = field(default_factory=dict)
    in_flight: Mapping[Account, int] = field(default_factory=dict)
    states: Mapping[str, Standing] = field(default_factory=dict)
    states_due: Mapping[str, Standing] = field(default_factory=dict)
    positions: Mapping[tuple[str, int], int] = field(default_factory=dict)
    ends: Mapping[tuple[str, int], int] = field(default_factory=dict)


def check(facts: Facts) -> list[Violation]:
    """Every violation, in the order of the table above."""
    parts = (_log(facts), _groups(facts), _effects(facts), _order(facts), _explained(facts), _ledger(facts), _state(facts))
    return [found for part in parts for found in part]


def _log(facts: Facts) -> Iterator[Violation]:
    for place, name in facts.acknowledged:
        if facts.inputs.get(place) != name:
            yield Violation("lost", f"{name} was acknowledged at {_said(place)}, where it is not")
    for place, name in facts.inputs.items():
        if name not in facts.attempted:
            yield Violation("phantom", f"{name} at {_said(place)} was never sent")


def _groups(facts: Facts) -> Iterator[Violation]:
    """Each input once, and none behind a timer that it might have come before."""
    taken: set[Place] = set()
    horizons: dict[int, int] = {}
    for group in facts.groups:
        for place in filter(facts.inputs.__contains__, group.places()):
            if place in taken:
                yield Violation("double", f"{_said(place)} was taken twice")
            elif facts.times[place] < horizons.get(group.partition, 0):
                yield Violation(
                    "order", f"{_said(place)} was taken behind timers of {horizons[group.partition]}, though it was there before"
                )
            taken.add(place)
        horizons[group.partition] = max(group.horizon_ms, horizons.get(group.partition, 0))
    yield from (Violation("lost", f"{_said(place)} was never taken") for place in facts.inputs.keys() - taken)


def _effects(facts: Facts) -> Iterator[Violation]:
    allowed: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for effect, _ in facts.expected:
        allowed[effect.slot].add((effect.id, effect.digest))
    counts = Counter(effect.slot for effect in facts.found)
    for slot in allowed:
        if not counts[slot]:
            yield Violation("lost", slot)
    for slot, count in counts.items():
        if count > 1:
            yield Violation("double", f"{slot} is there {count} times")
        if slot not in allowed:
            yield Violation("phantom", f"{slot} has no cause in the log")
    for effect in facts.found:
        if effect.slot in allowed and (effect.id, effect.digest) not in allowed[effect.slot]:
            what = "bytes differ" if effect.id in {one for one, _ in allowed[effect.slot]} else f"id {effect.id} differs"
            yield Violation("wrong", f"{effect.slot}: its {what} from the replay's")


def _order(facts: Facts) -> Iterator[Violation]:
    """Of each effect only its first appearance: that there is a second one is said already."""
    causes = {(effect.slot, effect.id): cause for effect, cause in facts.expected}
    seen: set[str] = set()
    last: dict[tuple[str, int, str, str], int] = {}
    for effect in sorted(facts.found, key=lambda each: (each.topic, each.partition, each.offset)):
        cause = causes.get((effect.slot, effect.id))
        if cause is None or effect.slot in seen:
            continue
        seen.add(effect.slot)
        stream = (effect.topic, effect.partition, effect.key, cause[0])
        if cause[2] < last.get(stream, -1):
            yield Violation("order", f"{effect.slot} came behind an effect of a later record of {cause[0]}/{cause[1]}")
        last[stream] = max(cause[2], last.get(stream, -1))


def _explained(facts: Facts) -> Iterator[Violation]:
    for effect in facts.found:
        if effect.why is not None and not all(effect.why):
            missing = [name for name, value in zip(("reason", "owner", "place"), effect.why, strict=True) if not value]
            yield Violation("unexplained", f"{effect.slot} has no {', '.join(missing)}")


def _ledger(facts: Facts) -> Iterator[Violation]:
    last: dict[Account, Mapping[str, int]] = {}
    for account, book in facts.books:
        if fallen := [name for name, count in last.get(account, {}).items() if book[name] < count]:
            yield Violation("ledger", f"{_named(account)}: {', '.join(fallen)} fell")
        last[account] = book
    for account in sorted({*last, *facts.due}):
        yield from _book(account, last.get(account, {}), facts)


def _book(account: Account, book: Mapping[str, int], facts: Facts) -> Iterator[Violation]:
    due, out = facts.due.get(account, {}), sum(book.get(name, 0) for name in ACCOUNTS)
    if book.get("accepted", 0) != out + facts.in_flight.get(account, 0):
        yield Violation(
            "ledger", f"{_named(account)}: {book.get('accepted', 0)} in, {out} out, {facts.in_flight.get(account, 0)} in flight"
        )
    for name in ("accepted", "quarantined", "duplicate"):
        if book.get(name, 0) != due.get(name, 0):
            yield Violation("ledger", f"{_named(account)}: {name} {book.get(name, 0)}, by the log {due.get(name, 0)}")
    for name in ("delivered", "refused"):
        if book.get(name, 0) != facts.told.get((account, name), 0):
            yield Violation("ledger", f"{_named(account)}: {name} {book.get(name, 0)}, verdicts {facts.told.get((account, name), 0)}")


def _state(facts: Facts) -> Iterator[Violation]:
    for key in sorted({*facts.states, *facts.states_due}):
        if facts.states.get(key) != facts.states_due.get(key):
            yield Violation("state", f"the standing of {key} is not the replay's")
    for place, end in sorted(facts.ends.items()):
        if facts.positions.get(place, 0) != end:
            yield Violation("state", f"the position in {place[0]}/{place[1]} is {facts.positions.get(place)}, the end {end}")


def _said(place: Place) -> str:
    return f"{place[0]}/{place[1]}@{place[2]}"


def _named(account: Account) -> str:
    return f"partition {account[0]} of {account[1]}"
