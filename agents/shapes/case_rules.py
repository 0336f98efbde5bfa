"""What is lawful in a case, by its exchange: the first reason to refuse a move, whom a name stands for, who is drawn for a check. Pure."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agents.case_declaration import CaseExchange, CaseSpec, Move
from agents.case_words import ASKER, BUS, HOLDER
from agents.shapes.admission import Refusal, claim_fault, malformed_subject
from agents.shapes.case_ids import exchange_of
from govbus.reasons import Reason

File = dict[str, Any]
"""A ``CaseFile`` of :file:`case_state.avsc`."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


def refusal(exchange: CaseExchange, state: Mapping[str, Any], data: Mapping[str, Any], holders: Sequence[str]) -> Refusal | None:
    """The first reason not to take the move of ``data``, or None.

    :param holders: departments whose data the item is about; empty: no exchange serves the item of an opening move
    """
    spec, file = exchange.spec, there(state, data["case_id"])
    move = spec.by_name.get(data["move"])
    if exchange_of(data["case_id"]) != exchange.meta.id:
        return Refusal(Reason.CASE_BAD_ID, f"it begins with {exchange.meta.id}.")
    if move is None:
        return Refusal(Reason.CASE_NO_SUCH_MOVE, "the move's name")
    if move.by == BUS:
        return Refusal(Reason.CASE_WRONG_DEPARTMENT, f"{move.name} is made by the bus alone")
    wrong = _no_opening(file, data, holders) if not move.starts else _not_now(file, move, data["department"])
    if wrong:
        return wrong
    if move.unless_excluded and state["excluded_by"]:
        return Refusal(Reason.SUBJECT_EXCLUDED, f"{len(state['excluded_by'])} not repaired")
    return next(_not_given(spec, move, data), None) or _no_decider(file, move, data)


def _no_opening(file: File | None, data: Mapping[str, Any], holders: Sequence[str]) -> Refusal | None:
    if file is not None:
        return Refusal(Reason.CASE_EXISTS, f"opened by {file['department']}")
    if not holders:
        return Refusal(Reason.UNKNOWN_ITEM, "the item has no exchange")
    missing = [name for name in ("subject", "item", "matter") if not data[name]]
    if missing:
        return Refusal(Reason.CASE_FIELD, f"{', '.join(missing)} on the move that opens")
    return next(malformed_subject(data["subject"]), None)


def _not_now(file: File | None, move: Move, department: str) -> Refusal | None:
    if file is None:
        return Refusal(Reason.CASE_UNKNOWN, "under this key")
    if department not in named(move.by, file):
        return Refusal(Reason.CASE_WRONG_DEPARTMENT, f"{move.name} is made by {move.by}")
    if file["state"] not in move.starts:
        return Refusal(Reason.CASE_WRONG_STATE, f"it is {file['state']}; {move.name} needs {' or '.join(move.starts)}")
    return None


def named(name: str, file: File) -> tuple[str, ...]:
    """Departments that ``asker``, ``holder`` or an id stands for in this case."""
    if name == HOLDER:
        return tuple(file["holders"])
    return (file["department"],) if name == ASKER else (name,)


def _not_given(spec: CaseSpec, move: Move, data: Mapping[str, Any]) -> Iterator[Refusal]:
    fields: Mapping[str, str] = data["fields"]
    for name in move.needs:
        if not (fields.get(name) if name in spec.fields else data[name]):
            yield Refusal(Reason.CASE_FIELD, f"{move.name} needs {name}")
    if data["text_hash"] and not _SHA256.fullmatch(data["text_hash"]):
        yield Refusal(Reason.CASE_FIELD, "text_hash is not a SHA-256 in hex")
    if strangers := len(set(fields) - set(move.needs)):
        yield Refusal(Reason.CASE_FIELD, f"{strangers} fields that {move.name} does not take")
    for name, claim in spec.fields.items():
        if name in fields and claim_fault(claim, fields[name]):
            yield Refusal(Reason.CASE_FIELD, f"field {name}")


def _no_decider(file: File | None, move: Move, data: Mapping[str, Any]) -> Refusal | None:
    if not move.human:
        return None
    decider = (data["department"], who(data["staff"]))
    if not decider[1]:
        return Refusal(Reason.CASE_NO_DECIDER, move.name)
    for each in counting(file) if file else ():
        if each["move"] in move.not_same_as and (each["department"], who(each["staff"])) == decider:
            return Refusal(Reason.CASE_SAME_DECIDER, f"{move.name} after {each['move']}")
    return None


def who(staff: str) -> str:
    """A staff code as it is compared: another width, case or blank makes no other person."""
    return "".join(unicodedata.normalize("NFKC", staff).split()).casefold()


def there(state: Mapping[str, Any], case_id: str) -> File | None:
    """The case, if it has been opened; a check of it may wait for that."""
    file: File | None = state["cases"].get(case_id)
    return file if file and file["state"] else None


def counting(file: File) -> list[dict[str, Any]]:
    """Moves of the case that have not been undone."""
    return [each for each in file["moves"] if not each["undone"]]


def excludes(spec: CaseSpec, file: File) -> bool:
    """Whether the case keeps its subject from new commitments: the last word on it counts."""
    said = [each["move"] for each in counting(file) if each["move"] in (*spec.bars, *spec.lifts)]
    return bool(said) and said[-1] in spec.bars


def drawn(spec: CaseSpec, case_id: str, file: File) -> bool:
    """Whether the case is checked afterwards: its own hash against the rate of its risk, so that every replay draws the same.

    A case without a risk level has the highest rate.
    """
    if spec.after_check is None:
        return False
    rates = spec.after_check.rates
    rate = rates.get(file["risk"] or "", max(rates.values()))
    lot = int.from_bytes(hashlib.sha256(f"{case_id}|{file['rule_version']}".encode()).digest()[:8], "big")
    return lot * 100 < rate << 64


def bus_move(spec: CaseSpec, state: str, trigger: str, file: File | None = None) -> Move | None:
    """What the bus does in ``state`` (empty: there is no case yet) on ``trigger``: the first that fits in the file's order, or None."""
    for move in spec.moves:
        if trigger in move.when and state in (move.starts or ("",)) and (not move.if_all or (file and _all_said(spec, file, move.if_all))):
            return move
    return None


def answers(spec: CaseSpec, file: File) -> dict[str, str]:
    """The last answer of each holder that has answered since it was asked, as the move's name."""
    found: dict[str, str] = {}
    for each in counting(file):
        move = spec.by_name.get(each["move"])
        if move and ("conflict" in move.when or not move.starts):
            found = {}
        elif move and move.answer:
            found[each["department"]] = each["move"]
    return found


def _all_said(spec: CaseSpec, file: File, move: str) -> bool:
    return set(answers(spec, file).values()) == {move}
