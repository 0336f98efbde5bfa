"""Avro readers and writers made for one schema each, as lines of Python: what fastavro does, at two to three times its speed.

fastavro looks at the schema again for every field of every record, and at a nullable field twice. Here the schema is looked at once, and
what is left is a straight run of lines (:mod:`schemas.lines`). They cover the plain case only: exact types, arrays and maps of one block.
Whatever else comes makes them raise, and ``codec.py`` then asks fastavro, whose word is the last on what is valid.
``tests/unit/schemas/test_compiled.py`` holds the two against each other, byte by byte.

Where the project is compiled (docs/decisions/0014) the lines of what a proof check passes are machine code (:mod:`schemas.machine`); it is
taken only where it was made of the very lines that would be executed otherwise.
"""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NoReturn

from schemas import lines
from schemas.varint import Unsure

Write = Callable[[bytes, Mapping[str, Any]], bytes]
"""(prefix, data) to bytes."""
Read = Callable[[bytes, int], dict[str, Any]]
"""(value, where the record begins) to data; the record must end where the value ends."""
MADE = "schemas.made"
"""The module that ``make compiled`` builds (:mod:`schemas.machine`); in a project that runs from its sources it does not exist."""


def unsure(*_: Any) -> NoReturn:
    """What never knows: for schemas that are not covered."""
    raise Unsure


def writer(schema: Any) -> Write:
    """What writes records of a schema that fastavro has parsed; :func:`unsure` where it has a type that is not covered."""
    write: Write = _function(lines.writing, schema)
    return write


def reader(schema: Any) -> Read:
    """What reads records of a schema that fastavro has parsed; :func:`unsure` where it has a type that is not covered."""
    read: Read = _function(lines.reading, schema)
    return read


def _function(make: Callable[[Any], str], schema: Any) -> Any:
    try:
        text = make(schema)
    except lines.Uncovered:
        return unsure
    if text in _machine_code():
        return _machine_code()[text]
    known: dict[str, Any] = {}
    exec(lines.FIRST + text, known)  # noqa: S102
    return known["made"]


@cache
def _machine_code() -> Mapping[str, Any]:
    """Functions by the lines that they were compiled from."""
    if find_spec(MADE) is None:
        return {}
    made: Mapping[str, Any] = import_module(MADE).FUNCTIONS
    return made
