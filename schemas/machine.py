"""``python -m schemas.machine``: readers and writers of records as the source of one module, for ``make compiled``."""

import json
import sys
from collections.abc import Iterable
from typing import Any

from schemas import lines, release
from schemas.codec import parsed

RECORDS = tuple(f"gov_data.{name}" for name in (
    "ProofRequest", "ProofQuestion", "ProofAnswer", "ProofVerdict", "VerifyState", "Ledger", "Worked",
))  # fmt: skip
"""What a worker reads or writes at each proof check: the modules that are compiled are those that its records pass."""


def module(schemas: Iterable[Any]) -> str:
    """The source.

    :param schemas: as fastavro has parsed them; of a type that is not covered nothing is made
    """
    text, functions = [f'"""{__name__} made this."""', lines.FIRST], []
    for number, (schema, make) in enumerate((schema, make) for schema in schemas for make in (lines.writing, lines.reading)):
        try:
            text.append(make(schema, f"made{number}"))
        except lines.Uncovered:
            continue
        functions.append(f"    {make(schema)!r}: made{number},")
    return "\n".join((*text, "FUNCTIONS: Final[dict[str, Any]] = {", *functions, "}", ""))


def main() -> None:
    """To standard output; from standard input more schemas, as a JSON array."""
    latest = release.load().latest()
    schemas = [release.text(latest[name]) for name in RECORDS]
    sys.stdout.write(module(parsed(schema) for schema in (*schemas, *json.loads(sys.stdin.read() or "[]"))))


if __name__ == "__main__":
    main()
