"""A CSV that a clerk has made: read once, with the digest of its bytes. What its columns mean is its reader's affair."""

import csv
import hashlib
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from govbus.errors import SetupError


class Table(NamedTuple):
    """A file's header and rows. ``digest`` is the SHA-256 of the file, hex; the header is line 1."""

    columns: Sequence[str]
    rows: Sequence[tuple[int, Mapping[str, str]]]
    digest: str


def read(path: Path) -> Table:
    """The table in ``path``, UTF-8 with or without a byte order mark.

    :raises SetupError: no such file, or another encoding
    """
    try:
        raw = path.read_bytes()
        reader = csv.DictReader(StringIO(raw.decode("utf-8-sig")))
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path.name} cannot be read as UTF-8 ({type(error).__name__})"
        raise SetupError(msg) from None
    return Table(tuple(reader.fieldnames or ()), list(enumerate(reader, 2)), hashlib.sha256(raw).hexdigest())
