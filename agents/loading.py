"""Reads the exchanges of a folder, of every shape; all faults of all files are told at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from agents.case_declaration import CaseExchange
from agents.case_words import ASKER, BUS, HOLDER
from agents.declaration import ROOM, Exchange
from govbus.errors import SetupError

AnyExchange = Exchange | CaseExchange


def load_exchanges(folder: Path = ROOM / "exchanges") -> Mapping[str, AnyExchange]:
    """All exchanges of ``folder`` by id.

    :raises SetupError: naming every fault of every file, and items that two exchanges serve
    """
    found: dict[str, AnyExchange] = {}
    faults: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            exchange = _exchange(yaml.safe_load(path.read_text(encoding="utf-8")))
        except ValidationError as error:
            faults += [f"{path.name}: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_input=False)]
            continue
        except yaml.YAMLError as error:
            faults.append(f"{path.name}: not YAML: {error}")
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


def named(exchange: CaseExchange) -> frozenset[str]:
    """Departments that the moves of a case name by their id."""
    names = {name for move in exchange.spec.moves for name in (move.by, *move.tells)}
    return frozenset(names - {ASKER, HOLDER, BUS})


def _exchange(read: Any) -> AnyExchange:
    shape = read.get("spec", {}).get("shape") if isinstance(read, dict) and isinstance(read.get("spec"), dict) else None
    return (CaseExchange if shape == "case" else Exchange).model_validate(read)


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
