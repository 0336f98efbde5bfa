"""Who asks what: a seeded stream of records for synthetic people, most of them good, some sent twice, some bad in every known way.

The request id says what the holder will do with it, so that its answer needs no memory: ``<run>-<number>-<plan>``.
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from random import Random
from typing import Any, NamedTuple

from govbus.envelope import Envelope
from govbus.pseudonym import SubjectKeys
from local.departments.people import Person, families
from schemas.codec import Codec
from tests.unit.shapes import world

PLANS = {"match": 60, "mismatch": 15, "no_record": 8, "refused": 5, "twice": 6, "stray": 3, "silent": 3}
KINDS = {"good": 78, "again": 11, "conflict": 2, "refused": 5, "poison": 4}
SILENT_MS = 2_000  # the holder never answers these: the timer must
_RECENT = 400


class Piece(NamedTuple):
    """One record to send, and what it is."""

    kind: str
    envelope: Envelope


class Crowd:
    """Makes records of one run. The same seed gives the same records but for keys and times."""

    def __init__(self, codec: Codec, keys: SubjectKeys, seed: int, people: int = 240) -> None:
        """:param people: so few that each has many dialogues and order is worth checking"""
        self.codec, self.keys, self.run = codec, keys, f"{uuid.uuid4().hex[:6]}.{seed}"
        self._chance, self._count = Random(seed), 0  # noqa: S311  # repeatable, not a secret
        self._people = [one for family in families(people) for one in family.members]
        self._recent: list[Envelope] = []

    def landed(self) -> list[Piece]:
        """The disabled federation's records: of every second person, sent before anybody asks."""
        return [Piece("landed", self._landed(person)) for person in self._people[::2]]

    def pieces(self) -> Iterator[Piece]:
        """Requests without end."""
        while True:
            (kind,) = self._chance.choices(list(KINDS), weights=list(KINDS.values()))
            yield Piece(kind, self._made(kind))

    def take(self, count: int) -> list[Piece]:
        """The next ``count`` requests."""
        return list(islice(self.pieces(), count))

    def forget(self) -> None:
        """What was sent so far is not sent again: where a mutant has spoilt it, that would be found as the next one's fault."""
        self._recent = []

    def _made(self, kind: str) -> Envelope:
        if kind in ("again", "conflict") and self._recent:
            first = self._chance.choice(self._recent)
            return first if kind == "again" else self._conflict(first)
        if kind == "refused":
            spoilt: dict[str, Any] = self._chance.choice([{"purpose": ""}, {"officer": " "}, {"item": "proof-99"}, {"as_of": "2026-02-30"}])
            return self._request("housing", "match", **spoilt)
        if kind == "poison":
            return self._poison()
        (plan,) = self._chance.choices(list(PLANS), weights=list(PLANS.values()))
        made = self._request(self._chance.choice(("housing", "housing", "education")), plan)
        self._recent = [*self._recent[1 - _RECENT :], made]
        return made

    def _request(self, asker: str, plan: str, **changes: Any) -> Envelope:
        self._count += 1
        item = "proof-05" if asker == "education" else self._chance.choice(("proof-01", "proof-05", "proof-17"))
        purpose = {"education": "school-enrolment", "housing": "public-rental-housing"}[asker]
        given = {
            "item": item, "request_id": f"{self.run}-{self._count}-{plan}", "subject": _subject(self._chance.choice(self._people)),
            "department": asker, "purpose": purpose, "respond_within_ms": SILENT_MS if plan == "silent" else None, **changes,
        }  # fmt: skip
        made = world.request(**given)
        return self._wire(made._replace(topic=f"{asker}.request", source=f"/{asker}/test"))

    def _conflict(self, first: Envelope) -> Envelope:
        return self._wire(first._replace(data={**(first.data or {}), "officer": "ZJ0099"}))

    def _poison(self) -> Envelope:
        good = self._request("housing", "match")
        bad = (
            good._replace(value=b"\0\0\0\0\5" + self._chance.randbytes(9)),
            good._replace(value=b"\0\x7f\xff\xff\xff" + good.value[5:]),
            good._replace(source="housing"),
            good._replace(source="/education/school"),
            good._replace(key=b"0" * 32),
            self._request("housing", "match", department="atlantis"),
        )
        return self._chance.choice(bad)._replace(topic="housing.request")

    def _landed(self, person: Person) -> Envelope:
        made = world.landed(card_no=person.id_no + "42", name=person.name)
        named = made._replace(id=f"{self.run}-card-{person.number}", key=self.keys.key("111", person.id_no))
        return named._replace(value=self.codec.encode(made.type, dict(made.data or {})), time=datetime.now(UTC))

    def _wire(self, made: Envelope) -> Envelope:
        data = dict(made.data or {})
        key = self.keys.key(data["subject"]["id_type"], data["subject"]["id_no"])
        return made._replace(value=self.codec.encode(made.type, data), key=key, time=datetime.now(UTC))


def answers(codec: Codec, question: Envelope) -> list[Piece]:
    """What the holder says to a question; the plan is in the request id.

    :param question: with its data
    """
    data = question.data or {}
    request_id, plan = str(data["request_id"]), str(data["request_id"]).rsplit("-", 1)[1]
    if plan == "silent":
        return []
    outcome = plan if plan in ("mismatch", "no_record", "refused") else "match"
    more = {
        "mismatched_fields": ["town"] if outcome == "mismatch" else [],
        "reason": "HOLDER_UNAVAILABLE" if outcome == "refused" else None,
    }
    first = _answer(codec, question, request_id, outcome=outcome, **more)
    if plan == "twice":
        return [Piece("answer", first), Piece("answer-again", first)]
    if plan == "stray":
        return [Piece("stray", _answer(codec, question, f"{request_id}.unasked")), Piece("answer", first)]
    return [Piece("answer", first)]


def _answer(codec: Codec, question: Envelope, request_id: str, **changes: Any) -> Envelope:
    item = str((question.data or {})["item"])
    made = world.answer(item, request_id=request_id, **changes)
    value = codec.encode(made.type, dict(made.data or {}))
    return made._replace(value=value, key=question.key, time=datetime.now(UTC))


def _subject(person: Person) -> dict[str, str]:
    return {"id_type": "111", "id_no": person.id_no, "name": person.name}
