"""Compare what an applicant claims with what a holder has, and say no more than the outcome (domain notes C7, D5).

One function for both sides: a holder's answerer judges the rows of its own query, the agent judges a landed record. Each field is agree,
disagree or not comparable; what the holder does not have is not comparable, and that is never disagreement.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, Literal

from pydantic import Field

from govbus.identity import address, citizen_id, dates, names, org_names, uscc
from govbus.identity.divisions import town_of
from govbus.identity.names import SameName
from govbus.identity.text import tidy
from govbus.settings import Declared

By = Literal["code", "text", "person_id", "town", "since", "until", "at_most", "at_least", "valid", "name", "org_name", "address"]
Facts = Literal["one", "any"]


class FieldRule(Declared):
    """How one claim is compared with one column of the holder's row."""

    claim: str = Field(description="name of the claim; also the name told as mismatched")
    column: str = Field(default="", description="column of the holder's row; the claim's name when empty")
    by: By = Field(
        description="code: equal after tidying · text: equal after tidying, in capitals and without spaces (numbers of papers, plates) · "
        "person_id: same person, 15 or 18 digits · town: same town in a 9- or 12-digit code · "
        "since, until: the holder's day is not later, not earlier than the claimed one · at_most, at_least: the holder's number is not "
        "larger, not smaller · "
        "valid: nothing is claimed; status is valid and the as-of day is not after valid_to (none, 长期: no end); without a status it is "
        "not comparable · "
        "name, org_name: a person's or an organisation's name; where only glyphs or forms differ, the match is flagged variant:<claim> · "
        "address: the same by parts down to `level`; a part that one leaves out is a variant, an address without that level no record"
    )
    level: address.Level = Field(default="number", description="address only: town (镇街), village (村居), number (门牌), room (室)")
    required: bool = Field(default=False, description="a record that cannot be compared here is no record at all")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What may be told.

    :param outcome: match, match_variant, mismatch, no_record or ambiguous
    :param mismatched_fields: claims that differ, sorted; ``name`` alone when the name differs
    :param flags: how a match was reached: variant, former_name, converted_id, inactive, variant:<claim>,
        unchecked:<claim>; and disputed, with a mismatch too
    :param source_version: the holder's version of the record that was compared
    """

    outcome: str
    mismatched_fields: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    source_version: str = ""


class _Field(Enum):
    AGREE, VARIANT, DISAGREE, NOT_COMPARABLE = range(4)


def judge(
    rules: Sequence[FieldRule],
    subject: Mapping[str, Any],
    claims: Mapping[str, str],
    candidates: Sequence[Mapping[str, Any]],
    as_of: date,
    facts: Facts = "one",
) -> Judgement:
    """Compare a subject and its claims with the holder's rows for that identifier.

    :param subject: ``id_type``, ``id_no``, ``name`` as the applicant gave them
    :param candidates: the holder's rows, columns ``name`` and, where it has them, ``former_name``, ``id_no``, ``inactive`` (bool),
        ``unnamed`` (bool: these tables know the number, but nobody's name to it), ``disputed`` (bool: an objection or a correction is
        pending), ``version``, and those the rules name
    :param facts: what several rows are. one: two people who share the number, or two facts that cannot both hold, so ambiguous.
        any: several facts of one subject (homes, permits); one that agrees is enough
    """
    if not candidates or (facts == "one" and len(candidates) > 1):
        return Judgement("ambiguous" if candidates else "no_record")
    return _any([_one(rules, subject, claims, held, as_of) for held in candidates])


_BEST = ("match", "match_variant", "ambiguous", "no_record", "mismatch")  # what cannot be compared might have agreed: before a mismatch
_STRANGER = ("name",)


def _any(found: Sequence[Judgement]) -> Judgement:
    strangers = sum(each.mismatched_fields == _STRANGER for each in found)
    if 0 < strangers < len(found):
        return Judgement("ambiguous")  # two subjects share the number
    return min(found, key=lambda each: (_BEST.index(each.outcome), len(each.mismatched_fields)))


def _one(
    rules: Sequence[FieldRule], subject: Mapping[str, Any], claims: Mapping[str, str], held: Mapping[str, Any], as_of: date
) -> Judgement:
    version = str(held.get("version") or "")
    name, flags = _name(subject, held)
    if name is _Field.DISAGREE:
        return Judgement("mismatch", _STRANGER, (), version)
    if name is _Field.NOT_COMPARABLE:
        return Judgement("ambiguous", (), ("unresolved_name",), version)
    return _fields(rules, claims, held, as_of, flags + _number(str(subject["id_no"]), held), version)


def _fields(
    rules: Sequence[FieldRule], claims: Mapping[str, str], held: Mapping[str, Any], as_of: date, flags: list[str], version: str
) -> Judgement:
    fields = {rule: _field(rule, claims.get(rule.claim), held, as_of) for rule in rules if rule.by == "valid" or rule.claim in claims}
    disputed = ["disputed"] if held.get("disputed") else []
    differ = sorted(rule.claim for rule, found in fields.items() if found is _Field.DISAGREE)
    if differ:
        return Judgement("mismatch", tuple(differ), tuple(disputed), version)
    missing = [rule for rule, found in fields.items() if found is _Field.NOT_COMPARABLE]
    if any(rule.required for rule in missing):
        return Judgement("no_record", (), (), version)
    flags += [f"variant:{rule.claim}" for rule, found in fields.items() if found is _Field.VARIANT]
    flags += [f"unchecked:{rule.claim}" for rule in missing] + disputed
    return Judgement("match_variant" if flags else "match", (), tuple(flags), version)


def _name(subject: Mapping[str, Any], held: Mapping[str, Any]) -> tuple[_Field, list[str]]:
    if held.get("unnamed"):
        return _Field.AGREE, ["unchecked:name"]
    same = org_names.same if subject["id_type"] == uscc.ORGANISATION else names.same
    claimed, former = str(subject["name"]), str(held.get("former_name") or "")
    found = same(claimed, str(held.get("name") or ""))
    if found is SameName.EQUAL:
        return _Field.AGREE, []
    if found is SameName.VARIANT:
        return _Field.AGREE, ["variant"]
    if former and same(claimed, former) in (SameName.EQUAL, SameName.VARIANT):
        return _Field.AGREE, ["former_name"]
    return _FOUND[found], []


def _number(claimed: str, held: Mapping[str, Any]) -> list[str]:
    other = str(held.get("id_no") or "")
    length = len(citizen_id.normalise(other)) if other else 18
    flags = ["converted_id"] if len(citizen_id.normalise(claimed)) != length else []
    return flags + (["inactive"] if held.get("inactive") else [])


def _field(rule: FieldRule, claimed: str | None, held: Mapping[str, Any], as_of: date) -> _Field:
    value = held.get(rule.column or rule.claim)
    if rule.by == "valid":
        return _agree(_valid(held, as_of))
    if value is None or claimed is None:
        return _Field.NOT_COMPARABLE
    if rule.by == "address":
        return _agree(address.same(claimed, str(value), rule.level))
    return _agree(_COMPARE[rule.by](claimed, str(value)))


_FOUND = {
    SameName.EQUAL: _Field.AGREE, SameName.VARIANT: _Field.VARIANT, SameName.DIFFERENT: _Field.DISAGREE,
    SameName.UNRESOLVED: _Field.NOT_COMPARABLE,
}  # fmt: skip


def _agree(same: bool | SameName | None) -> _Field:
    if isinstance(same, SameName):
        return _FOUND[same]
    if same is None:
        return _Field.NOT_COMPARABLE
    return _Field.AGREE if same else _Field.DISAGREE


def _valid(held: Mapping[str, Any], as_of: date) -> bool | None:
    status = held.get("status")
    if status != "valid":
        return None if status is None else False
    understood, last = dates.read_end(str(held.get("valid_to") or ""))
    return (last is None or as_of <= last) if understood else None


def _since(claimed: str, held: str) -> bool | None:
    wanted, since = dates.read(claimed), dates.read(held)
    return None if wanted is None or since is None else since <= wanted


def _until(claimed: str, held: str) -> bool | None:
    wanted, end = dates.read(claimed), dates.read(held)
    return None if wanted is None or end is None else end >= wanted


def _at_most(claimed: str, held: str) -> bool | None:
    return int(held) <= int(claimed) if claimed.isdecimal() and held.isdecimal() else None


def _at_least(claimed: str, held: str) -> bool | None:
    return int(held) >= int(claimed) if claimed.isdecimal() and held.isdecimal() else None


def _plain(text: str) -> str:
    return "".join(tidy(text).upper().split())


_COMPARE: Mapping[str, Callable[[str, str], bool | SameName | None]] = {
    "code": lambda claimed, held: tidy(claimed) == tidy(held),
    "text": lambda claimed, held: _plain(claimed) == _plain(held),
    "person_id": lambda claimed, held: citizen_id.to_18(claimed) == citizen_id.to_18(held),
    "town": lambda claimed, held: town_of(tidy(claimed)) == town_of(tidy(held)),
    "since": _since,
    "until": _until,
    "at_most": _at_most,
    "at_least": _at_least,
    "name": names.same,
    "org_name": org_names.same,
}
