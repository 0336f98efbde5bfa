"""``python -m benchmarks.purpose``: what a purpose's key costs, CPU µs a record, side by side with the same records in plain.

Encode and decode by the house's codec: one result, and buckets of a round (docs/decisions/0009-purpose-keys.md).
"""

import json
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV, AESSIV

from schemas import release
from schemas.codec import Codec
from schemas.purposes import Keys

ROUNDS, SPEND_S = 7, 0.1
PERSON, DIVISION, AT = "ab" * 16, "440883000000", 1_790_000_000_000
RESULT: Mapping[str, Any] = {
    "sample_id": "S000000001", "version": 1, "person_key": PERSON, "sampled_at": AT, "result": "negative", "tube_id": "T000000001",
    "pool_size": 10, "division": DIVISION,
}  # fmt: skip


def codecs() -> tuple[Codec, Codec]:
    """The house's codec with a key, and the same without any purpose."""
    released = release.load()
    texts = {entry.id: release.text(entry) for entry in released.entries}
    latest = {name: entry.id for name, entry in released.latest().items()}
    return Codec.load(keys=Keys({"epidemic": {1: secrets.token_bytes(32)}})), Codec(texts, latest, {})


def bucket(results: int) -> dict[str, Any]:
    """A bucket of a round."""
    entry = {
        "person_key": PERSON, "tube_id": "T000000001", "place": 3, "version": 1, "pool_size": 10, "sampled_at": AT,
        "result": "negative", "retracted": False,
    }  # fmt: skip
    return {"bucket": "ab-0", "division": DIVISION, "results": [entry] * results}


def spent(act: Callable[[], object]) -> float:
    """CPU µs a call, the best of a few rounds."""
    times, best = 1, float("inf")
    while True:
        begun = time.process_time()
        for _ in range(times):
            act()
        if time.process_time() - begun > SPEND_S:
            break
        times *= 2
    for _ in range(ROUNDS):
        begun = time.process_time()
        for _ in range(times):
            act()
        best = min(best, time.process_time() - begun)
    return best / times * 1_000_000


def compare(record: str, data: Mapping[str, Any]) -> dict[str, float]:
    """One record either way, and how many times as long it takes under a key."""
    under, plain = codecs()
    told: dict[str, float] = {"bytes in plain": len(plain.encode(record, data)), "bytes under a key": len(under.encode(record, data))}
    for name, codec in (("in plain", plain), ("under a key", under)):
        value = codec.encode(record, data)
        told[f"write {name}"] = round(spent(lambda codec=codec: codec.encode(record, data)), 2)  # type: ignore[misc]
        told[f"read {name}"] = round(spent(lambda codec=codec, value=value: codec.read(record, value)), 2)  # type: ignore[misc]
    for way in ("write", "read"):
        told[f"{way}: times as long"] = round(told[f"{way} under a key"] / told[f"{way} in plain"], 2)
    return told


def ciphers(size: int) -> dict[str, float]:
    """The two ciphers that bear the same nonce twice, at one value of ``size`` bytes."""
    value, head = secrets.token_bytes(size), [b"E12345"]
    siv, gcm = AESSIV(secrets.token_bytes(32)), AESGCMSIV(secrets.token_bytes(16))
    nonce = secrets.token_bytes(12)
    return {
        "AES-SIV": round(spent(lambda: siv.encrypt(value, head)), 2),
        "AES-GCM-SIV": round(spent(lambda: gcm.encrypt(nonce, value, head[0])), 2),
    }


def main() -> None:
    """Measure and print."""
    told = {"one result": compare("health.LabResult", RESULT)}
    told |= {f"a bucket of {results} results": compare("health.LabRound", bucket(results)) for results in (25, 250)}
    told |= {f"encrypting {size} bytes": ciphers(size) for size in (150, 20_000)}
    sys.stdout.write(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
