"""Several holders, one question: who has answered, and what their answers come to. Pure; a majority never decides what two holders dispute.

The parts of a check are kept in its state from the start, in the order of the declaration, so that neither the order of arrival nor a
change of the file in the middle of a dialogue can alter the verdict. A part whose ``outcome`` is empty is awaited.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from agents.declaration import Combine, Spec
from govbus.reasons import Reason

Part = dict[str, Any]
AGREE, RECORD = frozenset(("match", "match_variant")), frozenset(("match", "match_variant", "mismatch"))

_AWAITED: Part = {"outcome": "", "mismatched_fields": [], "flags": [], "reason": None, "source_version": None}


class Found(NamedTuple):
    """What the parts come to.

    :param outcome: of the verdict; ``timeout`` where a silent holder leaves it open
    :param holder: the holder whose part decided, or who must act
    :param reason: why it is open, where it is
    """

    outcome: str
    holder: str
    mismatched_fields: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    reason: Reason | None = None
    detail: str = ""
    source_version: str | None = None


def opened(spec: Spec, claims: Mapping[str, str]) -> list[Part]:
    """A part for every holder that these claims concern, all awaited."""
    return [{"holder": name, **_AWAITED} for name in spec.concerned(claims)] if spec.holders else []


def claims_for(spec: Spec, department: str, claims: Mapping[str, str]) -> dict[str, str]:
    """What of the claims this holder needs, and no more (个人信息保护法 Art 6)."""
    wanted = spec.claims_of(department)
    return {name: value for name, value in claims.items() if name in wanted}


def answered(parts: Sequence[Part], data: Mapping[str, Any]) -> list[Part]:
    """The parts with this answer in its place."""
    names = ("outcome", "mismatched_fields", "flags", "reason", "source_version")
    return [{**part, **{name: data[name] for name in names}} if part["holder"] == data["holder"] else part for part in parts]


def awaited(parts: Sequence[Part]) -> list[str]:
    """Holders that have not answered."""
    return [part["holder"] for part in parts if not part["outcome"]]


def closed(parts: Sequence[Part]) -> list[Part]:
    """Whoever is still awaited has been silent."""
    return [part if part["outcome"] else {**part, "outcome": "timeout", "reason": Reason.HOLDER_SILENT.value} for part in parts]


def reopened(parts: Sequence[Part], holder: str) -> list[Part]:
    """The parts with this holder's awaited anew; the others stand."""
    return [{**part, **_AWAITED} if part["holder"] == holder else part for part in parts]


def combined(combine: Combine, parts: Sequence[Part]) -> Found:
    """The verdict of closed ``parts`` by the declared rule."""
    found = _RULES[combine.rule](combine, parts)
    silent = tuple(f"silent:{part['holder']}" for part in parts if part["outcome"] in ("timeout", "refused"))
    return found._replace(flags=(*found.flags, *(flag for flag in silent if found.outcome != "timeout")))


def _each(combine: Combine, parts: Sequence[Part]) -> Found:
    """Every holder answers for its own slice: all must agree, one that differs decides. Silence is never taken for absence."""
    if differing := [part for part in parts if part["outcome"] == "mismatch"]:
        fields = sorted({name for part in differing for name in part["mismatched_fields"]})
        return Found("mismatch", differing[0]["holder"], tuple(fields), source_version=differing[0]["source_version"])
    if missing := _open(parts) or _first(parts, "ambiguous"):
        return missing
    speaking = [part for part in parts if part["outcome"] in AGREE]
    if speaking and combine.absence == "passes":
        found = _agreed(speaking)
        absent = (f"no_record:{part['holder']}" for part in parts if part["outcome"] == "no_record")
        return found._replace(flags=(*found.flags, *absent))
    return _first(parts, "no_record") or _agreed(parts)


def _any(_: Combine, parts: Sequence[Part]) -> Found:
    """One holder that agrees is enough; whoever has nothing, or something else, says nothing against it."""
    agreeing = [part for part in parts if part["outcome"] in AGREE]
    if agreeing:
        return _agreed(agreeing)
    return _open(parts) or _first(parts, "ambiguous") or _differs(parts) or _none(parts)


def _precedence(_: Combine, parts: Sequence[Part]) -> Found:
    """The first holder in the declared order that has a record decides; another whose record says otherwise makes it a conflict (校核)."""
    speaking = [part for part in parts if part["outcome"] in RECORD]
    if len({part["outcome"] in AGREE for part in speaking}) > 1:
        return _conflict(speaking)
    for part in parts:
        if part["outcome"] != "no_record":
            return _open([part]) or _first([part], "ambiguous") or _differs([part]) or _agreed([part])
    return _none(parts)


def _quorum(combine: Combine, parts: Sequence[Part]) -> Found:
    """So many holders that say the same decide; as many on both sides, or one alone against another, is a conflict."""
    agreeing = [part for part in parts if part["outcome"] in AGREE]
    differing = [part for part in parts if part["outcome"] == "mismatch"]
    if agreeing and differing:
        return _conflict([*agreeing, *differing])
    if len(agreeing) >= combine.least:
        return _agreed(agreeing)
    if len(differing) >= combine.least:
        return _differs(differing) or _none(parts)
    if open_ := _open(parts) or _first(parts, "ambiguous"):
        return open_
    if alone := [*agreeing, *differing]:
        holder = alone[0]["holder"]
        return Found("ambiguous", holder, flags=("suspected",), source_version=alone[0]["source_version"])
    return _none(parts)


def _conflict(parts: Sequence[Part]) -> Found:
    fields = sorted({name for part in parts for name in part["mismatched_fields"]})
    holders = ", ".join(part["holder"] for part in parts)
    return Found("ambiguous", parts[0]["holder"], tuple(fields), ("conflict",), Reason.HOLDERS_DISAGREE, holders)


def _open(parts: Sequence[Part]) -> Found | None:
    """The first holder without whom the verdict is open."""
    for part in parts:
        if part["outcome"] in ("timeout", "refused"):
            return Found("timeout", part["holder"], reason=reason_of(part["reason"]), detail=part["holder"])
    return None


def _first(parts: Sequence[Part], outcome: str) -> Found | None:
    for part in parts:
        if part["outcome"] == outcome:
            return Found(outcome, part["holder"], flags=tuple(part["flags"]), source_version=part["source_version"])
    return None


def _differs(parts: Sequence[Part]) -> Found | None:
    for part in parts:
        if part["outcome"] == "mismatch":
            return Found("mismatch", part["holder"], tuple(part["mismatched_fields"]), source_version=part["source_version"])
    return None


def _agreed(parts: Sequence[Part]) -> Found:
    flags = tuple(sorted({flag for part in parts for flag in part["flags"]}))
    exact = all(part["outcome"] == "match" for part in parts)
    return Found("match" if exact else "match_variant", parts[0]["holder"], (), flags, source_version=parts[0]["source_version"])


def _none(parts: Sequence[Part]) -> Found:
    return Found("no_record", parts[0]["holder"])


def reason_of(code: str | None) -> Reason:
    """A holder's reason; one that nobody knows says that it cannot answer."""
    return Reason[code] if code and code in Reason.__members__ else Reason.HOLDER_UNAVAILABLE


_RULES = {"each": _each, "any": _any, "precedence": _precedence, "quorum": _quorum}
