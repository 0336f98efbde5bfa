"""Text as old systems send it: full-width forms, invisible characters, spaces in names."""

import unicodedata

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))


def tidy(text: str) -> str:
    """NFKC (full to half width), without spaces and invisible characters anywhere."""
    close = "".join(unicodedata.normalize("NFKC", text).translate(_INVISIBLE).split())
    return unicodedata.normalize("NFKC", close)  # what stood apart may compose now: R and a spacing cedilla
