"""Keys of places and areas, cut so that none gathers without bound: a place by the hour, a town by shards (docs/decisions/0007);
and of crowds, by their persons' keys (docs/decisions/0010)."""

import hashlib
from collections.abc import Iterator

from govbus.pseudonym import SubjectKeys

HOUR_MS = 3_600_000
SHARDS = 256
CROWDS = 1_024
PLACE_HOUR, TOWN_SHARD, CROWD = "place-hour", "town-shard", "crowd"


def hour(at_ms: int) -> str:
    """Bucket of a moment: hours since 1970 UTC, decimal."""
    return str(at_ms // HOUR_MS)


def hours(from_ms: int, to_ms: int) -> Iterator[str]:
    """Buckets that a window touches, both ends included; an order is sent once for each."""
    return map(str, range(from_ms // HOUR_MS, to_ms // HOUR_MS + 1))


def shard(area: str, person_key: str) -> str:
    """Bucket of a person's stay: the town (first 9 of the division's 12 digits) and the key's first byte."""
    return f"{area[:9]}-{person_key[:2]}"


def shards(town: str) -> Iterator[str]:
    """All buckets of a town of 9 digits; an order is sent once for each."""
    return (f"{town}-{number:02x}" for number in range(SHARDS))


def place_key(keys: SubjectKeys, place_code: str, bucket: str) -> bytes:
    """Key of one hour of a place."""
    return keys.key(PLACE_HOUR, f"{place_code}|{bucket}")


def town_key(keys: SubjectKeys, bucket: str) -> bytes:
    """Key of one shard of a town."""
    return keys.key(TOWN_SHARD, bucket)


def crowd(person_key: str) -> str:
    """Bucket of a person in a round of testing: the key's first ten bits, 3 hex digits."""
    return f"{int(person_key[:3], 16) >> 2:03x}"


def crowds() -> Iterator[str]:
    """All buckets of persons."""
    return (f"{number:03x}" for number in range(CROWDS))


def crowd_key(bucket: str) -> bytes:
    """Key of a bucket of persons. A plain hash: there are a thousand of them, and none says anything of anybody."""
    return hashlib.sha256(f"{CROWD}|{bucket}".encode()).hexdigest()[:32].encode()
