"""The true verdict of every claim, by plain SQL over the departments' own tables and files; shares no code with the product.

It reads what the departments hold, never what the demo planned, and it knows nothing of topics, agents or answerers.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from unicodedata import normalize

import psycopg
from psycopg.rows import dict_row

_HERE = Path(__file__).parent
_HOLDERS = {"proof-01": "civil-affairs", "proof-05": "public-security", "proof-17": "public-security"}
_CODES = {"proof-01": ("10", "20", "30", "40"), "proof-17": tuple("1234567")}
_GRANTED = "public-rental-housing"
Verdict = tuple[str, tuple[str, ...]]
"""Outcome and the names of the differing fields, sorted."""

CLAIMS = """
    SELECT c.claim_id, a.applicant_id, a.applicant_name, a.officer_code, c.proof_item, c.declared_1, c.declared_2, c.purpose,
           c.legal_basis, c.as_of, c.respond_within_ms
    FROM claim c JOIN application a USING (application_no) ORDER BY c.claim_id
"""


def housing_claims(housing: psycopg.Connection) -> list[dict[str, Any]]:
    """Every claim that housing has, as :func:`expected` wants them."""
    return housing.cursor(row_factory=dict_row).execute(CLAIMS).fetchall()


def expected(
    connections: Mapping[str, psycopg.Connection], csv_paths: Iterable[Path], claims: Sequence[Mapping[str, Any]]
) -> dict[int, Verdict]:
    """Verdict by ``claim_id``.

    :param connections: owner's connections to ``civil-affairs`` and ``public-security``; nothing in them is changed
    :param csv_paths: all nightly files of disabled-federation
    """
    found: dict[int, Verdict] = {}
    for claim in claims:
        if _refused(claim):
            found[claim["claim_id"]] = ("refused", ())
        elif claim["respond_within_ms"] is not None:
            found[claim["claim_id"]] = ("timeout", ())
    paths = list(csv_paths)
    for item, holder in _HOLDERS.items():
        asked = [claim for claim in claims if claim["claim_id"] not in found and claim["proof_item"] == item]
        found |= _held(connections[holder], item, asked, paths)
    return found


def _held(link: psycopg.Connection, item: str, claims: Sequence[Mapping[str, Any]], paths: list[Path]) -> dict[int, Verdict]:
    with link.transaction(force_rollback=True), link.cursor(row_factory=dict_row) as cursor:
        cursor.execute(_text("person"))
        cursor.execute(_text("holders"))
        with cursor.copy("COPY asked (claim_id, typed, id, name, first, second, as_of) FROM STDIN") as copy:
            for one in claims:
                typed, as_of = _tidy(one["applicant_id"]), one["as_of"].replace("-", "")
                copy.write_row((one["claim_id"], typed, typed, one["applicant_name"], one["declared_1"], one["declared_2"], as_of))
        cursor.execute("UPDATE asked SET id = pg_temp.id18(typed)")
        if item == "proof-17":
            load_files(cursor, paths)
        return {row["claim_id"]: _verdict(row) for row in cursor.execute(_text(item))}


def load_files(cursor: psycopg.Cursor[Any], paths: Iterable[Path]) -> None:
    """Make the temporary table ``file`` and the view ``newest`` of it, from these nightly files; wants ``person.sql`` first."""
    cursor.execute(_text("file"))
    with cursor.copy("COPY file FROM STDIN") as copy:
        for path in paths:
            for row in _rows(path):
                copy.write_row(row)


def _verdict(row: Mapping[str, Any]) -> Verdict:
    if row["found"] != "known":
        return row["found"], ()
    if not row["same_name"]:
        return "mismatch", ("name",)
    if row["differ"]:
        return "mismatch", tuple(sorted(row["differ"]))
    return ("match_variant" if row["varies"] else "match"), ()


def _rows(path: Path) -> Iterable[tuple[object, ...]]:
    """The rows that have all eight fields; a UTF-8 mark means UTF-8, everything else is GB18030."""
    raw = path.read_bytes()
    text = raw.decode("utf-8-sig") if raw.startswith(b"\xef\xbb\xbf") else raw.decode("gb18030").removeprefix("\ufeff")
    lines = list(csv.reader(io.StringIO(text, newline="")))
    return [(path.name, number, *line) for number, line in enumerate(lines[1:]) if len(line) == 8]


def _refused(claim: Mapping[str, Any]) -> bool:
    if claim["proof_item"] not in _HOLDERS or claim["purpose"] != _GRANTED or not claim["legal_basis"] or not claim["officer_code"]:
        return True
    codes = _CODES.get(claim["proof_item"])
    value = claim["declared_1"] or ""
    fits = value in codes if codes else len(value) == 9 and value.isdigit()
    return not (fits and _real_day(claim["as_of"]) and _possible(_tidy(claim["applicant_id"])))


def _possible(number: str) -> bool:
    if len(number) == 15 and number.isdigit():
        return _real_day(f"19{number[6:8]}-{number[8:10]}-{number[10:12]}")
    if len(number) != 18 or not number[:17].isdigit() or number[17] not in "0123456789X":
        return False
    # ISO 7064 MOD 11-2: the whole number, X as ten, is 1 modulo 11 in powers of two.
    total = sum((10 if sign == "X" else int(sign)) << (17 - place) for place, sign in enumerate(number))
    return total % 11 == 1 and _real_day(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")


def _real_day(text: str) -> bool:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date() >= date(1900, 1, 1)
    except ValueError:
        return False


def _tidy(text: str) -> str:
    return "".join(normalize("NFKC", text).split()).upper()


def _text(name: str) -> str:
    return (_HERE / f"{name}.sql").read_text()
