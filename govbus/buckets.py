"""Keys of places and areas, cut so that none gathers without bound: a place by the hour, a town by shards (docs/decisions/0007)."""

from collections.abc import Iterator

from govbus.pseudonym import SubjectKeys

HOUR_MS = 3_600_000
SHARDS = 256
PLACE_HOUR, TOWN_SHARD = "place-hour", "town-shard"


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
