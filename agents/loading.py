"""Reads the exchanges of a folder, of every shape; all faults of all files are told at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from agents.case_declaration import CaseExchange
from agents.case_words import ASKER, BUS, HOLDER
from agents.declaration import ROOM, Exchange
from agents.standing_declaration import StandingExchange
from agents.standing_rules import RuleSet
from govbus.errors import SetupError

AnyExchange = Exchange | CaseExchange | StandingExchange
Kind = TypeVar("Kind", bound=BaseModel)
_SHAPES: Mapping[Any, type[AnyExchange]] = {"case": CaseExchange, "standing": StandingExchange}


def load_exchanges(folder: Path = ROOM / "exchanges") -> Mapping[str, AnyExchange]:
    """All exchanges of ``folder`` by id; the rule sets of standings from ``rules/<id>/*.yaml`` beside it.

    :raises SetupError: naming every fault of every file, and items that two exchanges serve
    """
    found: dict[str, AnyExchange] = {}
    faults: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        exchange = _exchange(path, faults)
        if exchange is None:
            continue
        if exchange.meta.id != path.stem:
            faults.append(f"{path.name}: meta.id is {exchange.meta.id}; file and id have one name")
        faults += _twins(path.name, exchange, found)
        found[exchange.meta.id] = exchange
    faults += _no_such_review(found)
    if faults:
        msg = "exchanges cannot be used:\n" + "\n".join(f"  {fault}" for fault in faults)
        raise SetupError(msg)
    return found


def verifying(exchanges: Mapping[str, AnyExchange]) -> dict[str, Exchange]:
    """Those of shape ``verify``: that check an item."""
    return {name: each for name, each in exchanges.items() if isinstance(each, Exchange)}


def casework(exchanges: Mapping[str, AnyExchange]) -> dict[str, CaseExchange]:
    """Those of shape ``case``."""
    return {name: each for name, each in exchanges.items() if isinstance(each, CaseExchange)}


def standings(exchanges: Mapping[str, AnyExchange]) -> dict[str, StandingExchange]:
    """Those of shape ``standing``."""
    return {name: each for name, each in exchanges.items() if isinstance(each, StandingExchange)}


def named(exchange: CaseExchange) -> frozenset[str]:
    """Departments that the moves of a case name by their id."""
    names = {name for move in exchange.spec.moves for name in (move.by, *move.tells)}
    return frozenset(names - {ASKER, HOLDER, BUS})


def _exchange(path: Path, faults: list[str]) -> AnyExchange | None:
    read = _yaml(path, faults)
    spec = read.get("spec") if isinstance(read, dict) else None
    kind = _SHAPES.get(spec.get("shape"), Exchange) if isinstance(spec, dict) else Exchange
    if kind is StandingExchange:
        sets = [
            _valid(each, RuleSet, _yaml(each, faults), faults) for each in sorted((path.parent.parent / "rules" / path.stem).glob("*.yaml"))
        ]
        read = {**read, "rules": [each for each in sets if each is not None]}
    return _valid(path, kind, read, faults)


def _yaml(path: Path, faults: list[str]) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        faults.append(f"{path.name}: not YAML: {error}")
        return None


def _valid(path: Path, kind: type[Kind], read: Any, faults: list[str]) -> Kind | None:
    if read is None:
        return None
    try:
        return kind.model_validate(read)
    except ValidationError as error:
        faults += [f"{path.name}: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_input=False)]
        return None


def _twins(file: str, exchange: AnyExchange, found: Mapping[str, AnyExchange]) -> list[str]:
    if not isinstance(exchange, Exchange):
        return []
    twins = [name for name, other in verifying(found).items() if other.spec.item == exchange.spec.item]
    return [f"{file}: {exchange.spec.item} is served by {twins[0]} already"] if twins else []


def _no_such_review(found: Mapping[str, AnyExchange]) -> list[str]:
    cases = casework(found)
    named = {name: each.spec.review for name, each in verifying(found).items() if each.spec.review}
    return [
        f"{name}.yaml: review names {review}, which is no exchange of shape case" for name, review in named.items() if review not in cases
    ]
