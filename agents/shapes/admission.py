"""The gate: may this department ask this, and is what it says well-formed? (条例 Art 20, 25; domain notes C1, D6)

What cannot safely be answered (somebody speaks for another department, or the key is not the subject's) is poison; all else gets a verdict.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from agents.declaration import Claim, Spec
from agents.shapes.case_ids import exchange_of
from govbus.envelope import Envelope
from govbus.errors import Poison
from govbus.identity import citizen_id, dates, uscc
from govbus.pseudonym import SubjectKeys
from govbus.reasons import Reason

Grant = Callable[[str, str, str, date, str, str], tuple[frozenset[str] | None, str]]
"""(department, item, purpose, day, matter, holder) → (claims that may be compared, or None; why not)."""
_DIGITS, _LETTERS = 12, 100


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not checked; ``detail`` names what, never a value."""

    reason: Reason
    detail: str

    def text(self, place: str) -> str:
        """In words: what, where, what to do."""
        return f"{self.reason.meaning}: {self.detail} ({place}); {self.reason.fix}"


@dataclass(frozen=True, slots=True)
class Gate:
    """What admission has to know. Pure: the day is the caller's."""

    departments: frozenset[str]
    grant: Grant
    keys: SubjectKeys
    keep_cases: frozenset[str] = frozenset()  # exchanges that a request's case may be kept by

    def sender(self, request: Envelope, data: Mapping[str, Any]) -> None:
        """Check who speaks.

        :raises Poison: UNKNOWN_DEPARTMENT, SOURCE_MISMATCH, BAD_HEADER (request id) or BAD_KEY
        """
        self.speaker(request, data)
        if data["request_id"] != request.id:
            raise Poison(Reason.BAD_HEADER, request.place, "ce_id and request_id differ")
        self.subject(request, data["subject"])

    def speaker(self, event: Envelope, data: Mapping[str, Any]) -> None:
        """Check that the department speaks on its own topic.

        :raises Poison: UNKNOWN_DEPARTMENT or SOURCE_MISMATCH
        """
        owner = event.topic.split(".", 1)[0]
        for named in (event.department, data["department"]):
            if named not in self.departments:
                raise Poison(Reason.UNKNOWN_DEPARTMENT, event.place, "the sender is not in the catalogue")
            if named != owner:
                raise Poison(Reason.SOURCE_MISMATCH, event.place, f"{named} is named in a record on {owner}'s topic")

    def subject(self, event: Envelope, subject: Mapping[str, Any]) -> None:
        """Check that the record's key is its subject's.

        :raises Poison: BAD_KEY
        """
        if event.key != self.keys.key(subject["id_type"], subject["id_no"]):
            raise Poison(Reason.BAD_KEY, event.place, "the key is not the keyed hash of the subject")

    def refusal(self, data: Mapping[str, Any], spec: Spec | None, on: date) -> Refusal | None:
        """The first reason to refuse a request whose sender is right, or None."""
        for name, reason in (("officer", Reason.NO_OFFICER), ("purpose", Reason.NO_PURPOSE), ("legal_basis", Reason.NO_LEGAL_BASIS)):
            if not data[name].strip():
                return Refusal(reason, f"{name} is empty")
        if spec is None:
            return Refusal(Reason.UNKNOWN_ITEM, "the item has no exchange")
        if data["case_id"] is not None and exchange_of(data["case_id"]) not in self.keep_cases:
            return Refusal(Reason.CASE_BAD_ID, "case_id")
        return self._consent(data, spec, on) or next(_malformed(data, spec), None)

    def _consent(self, data: Mapping[str, Any], spec: Spec, on: date) -> Refusal | None:
        """Every holder that would be asked must have consented, each to what it would be asked about (条例 Art 20)."""
        for holder in spec.concerned(data["claims"]):
            allowed, why = self.grant(data["department"], spec.item, data["purpose"], on, data["matter"], holder)
            if allowed is None:
                return Refusal(Reason.NO_GRANT, why)
            if beyond := sorted(set(data["claims"]) & set(spec.claims_of(holder)) - allowed):
                return Refusal(Reason.NO_GRANT, f"the grant does not cover {', '.join(beyond)}")
        return None


def malformed_subject(subject: Mapping[str, Any]) -> Iterator[Refusal]:
    """What is wrong with the identifier or the name."""
    if subject["id_type"] == citizen_id.RESIDENT_CARD and (wrong := citizen_id.fault(subject["id_no"])):
        yield Refusal(wrong, "subject.id_no")
    if subject["id_type"] == uscc.ORGANISATION and (wrong := uscc.fault(subject["id_no"])):
        yield Refusal(wrong, "subject.id_no")
    if not subject["name"].strip():
        yield Refusal(Reason.BAD_CLAIM, "subject.name is empty")


def _malformed(data: Mapping[str, Any], spec: Spec) -> Iterator[Refusal]:
    yield from malformed_subject(data["subject"])
    if dates.iso(data["as_of"]) is None:
        yield Refusal(Reason.BAD_DATE, "as_of is not an ISO day that exists")
    claims: Mapping[str, str] = data["claims"]
    if strangers := len(set(claims) - set(spec.claims)):
        yield Refusal(Reason.BAD_CLAIM, f"{strangers} claims that {spec.item} does not know; it knows {', '.join(spec.claims)}")
    for name, claim in spec.claims.items():
        if name not in claims:
            if claim.required:
                yield Refusal(Reason.BAD_CLAIM, f"claim {name} is missing")
        elif wrong := claim_fault(claim, claims[name]):
            yield Refusal(wrong, f"claim {name}")


def claim_fault(claim: Claim, value: str) -> Reason | None:
    """What is wrong with a declared value."""
    if claim.type == "code":
        return None if value in claim.values else Reason.BAD_CLAIM
    if claim.type == "town":
        return None if len(value) == 9 and value.isascii() and value.isdecimal() else Reason.BAD_CLAIM
    if claim.type == "date":
        return None if dates.iso(value) else Reason.BAD_DATE
    if claim.type == "number":
        return None if len(value) <= _DIGITS and value.isascii() and value.isdecimal() else Reason.BAD_CLAIM
    if claim.type == "text":
        return None if value.strip() and len(value) <= _LETTERS and value.isprintable() else Reason.BAD_CLAIM
    return uscc.fault(value) if claim.type == "uscc" else citizen_id.fault(value)
