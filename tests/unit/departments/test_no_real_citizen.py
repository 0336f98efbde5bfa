"""No file of the repository holds a number that could be a living person's (domain.md C6)."""

import re
import subprocess
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = {"11010519491231002X", "440524188001010014"}
"""Printed in GB 11643 itself."""
SYNTHETIC = ("449999", "440899")
_WINDOW = re.compile(rb"(?=([0-9]{17}[0-9Xx]))")


def suspects(text: bytes) -> set[str]:
    """Every 18 characters that are a citizen id by date and check sign, and neither synthetic nor the standard's own example."""
    found = {match[1].decode().upper() for match in _WINDOW.finditer(text)}
    return {one for one in found if _valid(one) and not one.startswith(SYNTHETIC)} - EXAMPLES


def _valid(number: str) -> bool:
    try:
        born = datetime.strptime(number[6:14], "%Y%m%d")
    except ValueError:
        return False
    total = sum((10 if sign == "X" else int(sign)) << (17 - place) for place, sign in enumerate(number))
    return total % 11 == 1 and born.year >= 1800


def test_the_scan_sees_a_real_number_and_knows_a_company_from_a_citizen() -> None:
    real = "440883" + "19900307001"  # in two parts, or the scan would find it here
    check = next(sign for sign in "0123456789X" if _valid(real + sign))
    assert suspects(f"id={real}{check.lower()};".encode()) == {real + check}
    assert suspects(b"113700000045046442 449999199003070015 11010519491231002X") == set()


def test_no_file_of_the_repository_holds_one() -> None:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    paths = [ROOT / name.decode() for name in listed if name]
    assert len(paths) > 50
    found = {str(path.relative_to(ROOT)) for path in paths if path.is_file() and suspects(path.read_bytes())}
    assert not found, "each of these files holds a number that could be a living person's: use division 449999"
