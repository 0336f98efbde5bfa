"""Samples of one bucket of persons, packed: a round of testing rewrites each bucket's state, so its bytes are what it costs. Pure.

The layout is that of :file:`schemas/avro/gov-data/round_state.avsc`. A sample is a ``bytes`` of :data:`WIDTH`; its first :data:`NAMED`
say whose and which it is.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_LAYOUT = struct.Struct(">16s20sBqHBBB")
WIDTH, NAMED = _LAYOUT.size, 37
_AT, _VERSION, _RESULT = slice(37, 45), slice(45, 47), 48
_RETRACTED = 128
_TUBE = 20

Sample = bytes
Samples = dict[bytes, list[Sample]]
"""By person, 16 bytes of key."""


def pack(entry: Mapping[str, Any], codes: Mapping[str, int], division: int) -> Sample:
    """One entry of a :file:`lab_round.avsc`.

    :param codes: the exchange's results, each with its place in the list
    :raises KeyError: a result that is not on the list
    :raises ValueError: a tube that is not 1 to 20 ASCII characters, a key that is not 32 hex digits, a number out of its range
    """
    tube, code = entry["tube_id"].encode("ascii"), codes[entry["result"]]
    if entry["retracted"]:
        code |= _RETRACTED
    if not 0 < len(tube) <= _TUBE or entry["sampled_at"] < 0 or len(entry["person_key"]) != 32:
        msg = "tube_id, sampled_at or person_key"
        raise ValueError(msg)
    person = bytes.fromhex(entry["person_key"])
    try:
        return _LAYOUT.pack(person, tube, entry["place"], entry["sampled_at"], entry["version"], entry["pool_size"], code, division)
    except struct.error:
        msg = "place, version or pool_size"
        raise ValueError(msg) from None


def crowd(sample: Sample) -> int:
    """The bucket of its person, as :func:`govbus.buckets.crowd` reckons it from text."""
    return sample[0] << 2 | sample[1] >> 6


def record(sample: Sample, results: Sequence[str], divisions: Sequence[str]) -> tuple[dict[str, Any], bool]:
    """The sample as the fields of a :file:`lab_result.avsc`, and whether it was taken back."""
    person, padded, place, at, version, pool_size, code, division = _LAYOUT.unpack(sample)
    tube = padded.rstrip(b"\0").decode("ascii")
    data = {
        "sample_id": f"{tube}-{place}", "version": version, "person_key": person.hex(), "tube_id": tube, "pool_size": pool_size,
        "sampled_at": at, "result": results[code & ~_RETRACTED], "division": divisions[division],
    }  # fmt: skip
    return data, bool(code & _RETRACTED)


def read(packed: bytes, after_ms: int) -> Samples:
    """Samples by person, without those taken at ``after_ms`` or before."""
    found: Samples = {}
    oldest = max(after_ms, 0).to_bytes(8, "big")
    for place in range(0, len(packed), WIDTH):
        sample = packed[place : place + WIDTH]
        if sample[_AT] > oldest:
            found.setdefault(sample[:16], []).append(sample)
    return found


def write(samples: Samples) -> bytes:
    """The reverse of :func:`read`."""
    return b"".join([sample for each in samples.values() for sample in each])


def last(samples: Samples) -> int | None:
    """When the newest of all was taken, milliseconds."""
    found = max((sample[_AT] for held in samples.values() for sample in held), default=None)
    return None if found is None else int.from_bytes(found, "big")


def sampled_at(sample: Sample) -> int:
    """When it was taken, milliseconds."""
    return int.from_bytes(sample[_AT], "big")


def version(sample: Sample) -> int:
    """Its version."""
    return int.from_bytes(sample[_VERSION], "big")


def newest(samples: Iterable[Sample], counts: frozenset[int]) -> int | None:
    """When the newest of those was taken whose result counts and was not taken back.

    :param counts: places in the exchange's list of results
    """
    last = max((sample[_AT] for sample in samples if sample[_RESULT] in counts), default=None)
    return None if last is None else int.from_bytes(last, "big")


def result(sample: Sample) -> int:
    """Its result's place in the exchange's list, whether it was taken back or not."""
    return sample[_RESULT] & ~_RETRACTED
