"""A bucket of persons in a round of testing: results come by hundreds, and nearly all move nothing but a badge (docs/decisions/0010).

State is :file:`schemas/avro/gov-data/round_state.avsc`. Who is *calm*, i.e. has had nothing but results that colour nobody, is told of
here, a bucket at a time (:file:`round_badges.avsc`). Whoever is not is told apart: the person's own standing asks for the results
(:file:`round_interest.avsc`), or one comes that colours; from then on each result goes there as if it had come alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.shapes import round_samples as packed
from agents.shapes import standing_guard
from agents.shapes.decision import Decision, Output, State, Tick
from agents.shapes.round_samples import Sample, Samples
from agents.standing_declaration import StandingExchange
from agents.standing_inputs import Round
from govbus import buckets
from govbus.envelope import Envelope, event_id
from govbus.errors import Poison
from govbus.reasons import Reason

STATE, INTEREST, BADGES = "gov_data.RoundState", "gov_data.RoundInterest", "gov_data.RoundBadges"
_KEY = 16


@dataclass(slots=True)
class _Book:
    """The state at work, and what follows from it."""

    apart: set[bytes]
    divisions: list[str]
    samples: Samples
    before: dict[bytes, int | None] = field(default_factory=dict)
    passed_on: list[Sample] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Crowd:
    """The shape for the rounds of one exchange."""

    exchange: StandingExchange

    def decide(self, state: State, event: Envelope | Tick, now_ms: int) -> Decision:
        """What follows from results, an interest or a timer at log time ``now_ms``.

        :raises Poison: SOURCE_MISMATCH, BAD_KEY, UNKNOWN_CODE, BAD_ROW: nothing of the record counts
        """
        book = _book(state, now_ms - self._round.keep)
        if isinstance(event, Tick):
            return self._decision(state, book, (), now_ms)
        data: Mapping[str, Any] = event.data or {}
        if event.key != buckets.crowd_key(data["bucket"]):
            raise Poison(Reason.BAD_KEY, event.place, "the key is not that of the record's bucket")
        if event.type == INTEREST:
            return self._interest(state, book, event, now_ms)
        standing_guard.sender(event, self._round)
        for sample in self._samples(book, event, data):
            self._take(book, sample, now_ms)
        return self._decision(state, book, tuple(self._outputs(book, data["bucket"], now_ms)), now_ms)

    @property
    def _round(self) -> Round:
        found = self.exchange.spec.round
        assert found is not None, "the desk makes this shape for exchanges that declare a round"  # noqa: S101
        return found

    def _interest(self, state: State, book: _Book, event: Envelope, now_ms: int) -> Decision:
        standing_guard.sender(event, self.exchange.spec.inputs[self._round.result])
        data: Mapping[str, Any] = event.data or {}
        person = bytes.fromhex(data["person_key"])
        if data["wanted"]:
            _set_apart(book, person)
        else:
            book.apart.discard(person)
        return self._decision(state, book, tuple(self._outputs(book, data["bucket"], now_ms)), now_ms)

    def _samples(self, book: _Book, event: Envelope, data: Mapping[str, Any]) -> list[Sample]:
        """:raises Poison: UNKNOWN_CODE, BAD_KEY, BAD_ROW"""
        if data["division"] not in book.divisions:
            book.divisions.append(data["division"])
        codes, division = self.exchange.codes, book.divisions.index(data["division"])
        try:
            found = [packed.pack(each, codes, division) for each in data["results"]]
        except KeyError:
            raise Poison(Reason.UNKNOWN_CODE, event.place, f"a result is none of {', '.join(codes)}") from None
        except ValueError as wrong:
            raise Poison(Reason.BAD_ROW, event.place, f"a result's {wrong} has not the form that the record's schema tells") from None
        if any(f"{crowd:03x}" != data["bucket"] for crowd in set(map(packed.crowd, found))):
            raise Poison(Reason.BAD_KEY, event.place, "a result is of a person of another bucket")
        return found

    def _take(self, book: _Book, sample: Sample, now_ms: int) -> None:
        """One result: held, passed on, or known already."""
        person = sample[:_KEY]
        if person in book.apart:
            book.passed_on.append(sample)
            return
        held = book.samples.get(person, [])
        if person not in book.before:
            book.before[person] = packed.newest(held, self.exchange.shown) if held else None
        old = next((each for each in held if each.startswith(sample[: packed.NAMED])), None) if held else None
        if old == sample or (old and packed.version(old) > packed.version(sample)):
            return
        known = old is not None and packed.version(old) == packed.version(sample)  # with other bytes: the standing refuses one of them
        at = packed.sampled_at(sample)
        if known or at > now_ms or packed.result(sample) not in self.exchange.calm:
            _set_apart(book, person)
            book.passed_on.append(sample)
        elif at > now_ms - self._round.keep:
            book.samples[person] = [*(each for each in held if each is not old), sample]
        elif old:
            book.samples[person] = [each for each in held if each is not old]

    def _outputs(self, book: _Book, bucket: str, now_ms: int) -> Iterator[Output]:
        about = event_id("round", self.exchange.meta.id, bucket)
        told = [{"person_key": person.hex(), "as_of": at, "apart": apart} for person, at, apart in self._told(book)]
        if told:
            data = {
                "exchange": self.exchange.meta.id, "badge": self._round.badge, "bucket": bucket, "persons": told, "as_of": now_ms,
                "decided_at": now_ms,
            }  # fmt: skip
            yield from (Output(topic, BADGES, data, "badges", about) for topic in self._round.readers)
        for sample in book.passed_on:
            found, retracted = packed.record(sample, self.exchange.results, book.divisions)
            declared = self.exchange.spec.inputs[self._round.correction if retracted else self._round.result]
            fields = {**found, "action": "retracted"} if retracted else found
            yield Output(declared.topic, declared.record, fields, f"round-{found['sample_id']}", about, found["person_key"].encode())

    def _told(self, book: _Book) -> Iterator[tuple[bytes, int | None, bool]]:
        for person, before in book.before.items():
            if person in book.apart:
                yield person, None, True
            elif (after := packed.newest(book.samples.get(person, ()), self.exchange.shown)) != before:
                yield person, after, False

    def _decision(self, state: State, book: _Book, outputs: tuple[Output, ...], now_ms: int) -> Decision:
        after = {"apart": b"".join(sorted(book.apart)), "divisions": book.divisions, "samples": packed.write(book.samples)}
        last = packed.last(book.samples)
        nothing = not book.apart and not book.samples
        due = None if last is None else max(last + self._round.keep, now_ms)
        return Decision(None if nothing else after, outputs, due, ignored=not outputs and state == after)


def _book(state: State, after_ms: int) -> _Book:
    if state is None:
        return _Book(set(), [], {})
    apart = state["apart"]
    persons = {apart[place : place + _KEY] for place in range(0, len(apart), _KEY)}
    return _Book(persons, list(state["divisions"]), packed.read(state["samples"], after_ms))


def _set_apart(book: _Book, person: bytes) -> None:
    """From now on the person's own standing has all that is known, and tells it."""
    if person in book.apart:
        return
    book.apart.add(person)
    book.before.setdefault(person, None)
    book.passed_on += book.samples.pop(person, [])
