"""One line of a laboratory's file is a tube; what it says of each whose sample is in it. Pure; every refusal names field and reason."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from adapters.declaration import RoundSource
from adapters.rows import Row
from govbus.errors import Poison
from govbus.identity import citizen_id
from govbus.identity.text import tidy
from govbus.pseudonym import SubjectKeys
from govbus.reasons import Reason

_TUBE, _VERSIONS, _MEMBERS = re.compile(r"[0-9A-Za-z-]{1,20}"), range(1, 65_536), 100
_HOUR_MS = 3_600_000
_LOCAL = timezone(timedelta(hours=8))
_BETWEEN = re.compile(r"[;；,，\s]+")


class Tube(NamedTuple):
    """A tube and its members.

    :param sampled_at: milliseconds since 1970 UTC
    :param members: keyed hashes of persons, in the order of the file: a sample is named by tube and place
    """

    tube_id: str
    version: int
    sampled_at: int
    result: str
    members: tuple[str, ...]

    def results(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What a bucket is told, as (person, entry). A positive pool says of nobody that he is positive: its members are told apart."""
        pooled = self.result == "positive" and len(self.members) > 1
        if pooled and self.version == 1:
            return
        retracted = pooled or self.result == "retracted"
        result, pool = "invalid" if retracted else self.result, len(self.members)
        for place, person in enumerate(self.members, 1):
            yield (
                person,
                {
                    "person_key": person, "tube_id": self.tube_id, "place": place, "version": self.version, "pool_size": pool,
                    "sampled_at": self.sampled_at, "result": result, "retracted": retracted,
                },
            )  # fmt: skip

    def pools(self, division: str) -> Iterator[Mapping[str, Any]]:
        """What a positive pool says of each member (:file:`pool_positive.avsc`), and what another result takes back of an earlier one."""
        positive = self.result == "positive"
        if len(self.members) == 1 or (not positive and self.version == 1):
            return
        for person in self.members:
            yield {
                "tube_id": self.tube_id, "version": self.version, "person_key": person, "action": "positive" if positive else "withdrawn",
                "pool_size": len(self.members), "sampled_at": self.sampled_at, "division": division,
            }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tubes:
    """Reads lines.

    :param now_ms: of the file's reading; samples of the future and of long ago go back
    """

    spec: RoundSource
    keys: SubjectKeys
    now_ms: int

    def read(self, row: Row, place: str) -> Tube:
        """:raises Poison: BAD_ROW, BAD_DATE, TOO_OLD, BAD_ID_FORM, BAD_CHECK_DIGIT; the place names file and line"""
        if len(row.cells) != len(self.spec.columns):
            raise Poison(Reason.BAD_ROW, place, f"{len(row.cells)} fields, not {len(self.spec.columns)}")
        cells = dict(zip(self.spec.columns.values(), row.cells, strict=True))
        tube_id, result, version = tidy(cells["tube_id"]), self.spec.results.get(tidy(cells["result"])), tidy(cells["version"]) or "1"
        if not _TUBE.fullmatch(tube_id):
            raise Poison(Reason.BAD_ROW, place, "field tube_id is not 1 to 20 letters and digits")
        if result is None:
            raise Poison(Reason.BAD_ROW, place, "field result is not in its code table")
        if not (version.isascii() and version.isdigit() and int(version) in _VERSIONS):
            raise Poison(Reason.BAD_ROW, place, "field version is not a number from 1 on")
        return Tube(tube_id, int(version), self._moment(cells["sampled_at"], place), result, self._members(cells["members"], place))

    def _moment(self, text: str, place: str) -> int:
        try:
            found = datetime.fromisoformat(text.strip().replace("/", "-"))
        except ValueError:
            raise Poison(Reason.BAD_DATE, place, "field sampled_at") from None
        at = int((found if found.tzinfo else found.replace(tzinfo=_LOCAL)).timestamp() * 1000)
        if at > self.now_ms:
            raise Poison(Reason.BAD_DATE, place, "field sampled_at is in the future")
        if at <= self.now_ms - self.spec.oldest_h * _HOUR_MS:
            raise Poison(Reason.TOO_OLD, place, f"field sampled_at is more than {self.spec.oldest_h} hours ago")
        return at

    def _members(self, text: str, place: str) -> tuple[str, ...]:
        """Numbers as ``<type>:<number>``, or a number alone for a resident's card."""
        found = tuple([self._key(each, place) for each in _BETWEEN.split(text) if each])
        if not 0 < len(found) <= _MEMBERS or len(set(found)) < len(found):
            raise Poison(Reason.BAD_ROW, place, f"field members has nobody, one person twice, or more than {_MEMBERS}")
        return found

    def _key(self, text: str, place: str) -> str:
        if citizen_id.sound(text):
            return self.keys.resident(text)
        kind, _, number = text.rpartition(":")
        kind = kind or citizen_id.RESIDENT_CARD
        wrong = citizen_id.fault(number) if kind == citizen_id.RESIDENT_CARD else None if tidy(number) else Reason.BAD_ID_FORM
        if wrong:
            raise Poison(wrong, place, "field members")
        return self.keys.key(kind, number).decode()
