"""An independent verifier: python audit-verifier.py PUBLIC_KEY.pem FILE..., each an archive (.zip) or an inclusion proof (.json).

It shares no line with the bus: hashlib, cryptography and Python's own library. Exit 0: all hold. Exit 1: the first fault is printed.
"""

import base64
import json
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_public_key


def demand(holds, fault):
    """Raises what is wrong; unlike an assert under every option of Python."""
    if not holds:
        raise ValueError(fault)


def root(hashes):
    """RFC 6962: pair by pair, an odd last one goes up as it is."""
    while len(hashes) > 1:
        pairs = [sha256(b"\x01" + a + b).digest() for a, b in zip(hashes[::2], hashes[1::2], strict=False)]
        hashes = pairs + ([hashes[-1]] if len(hashes) % 2 else [])
    return hashes[0]


def statement(signature, text, key):
    """The seal's own words, once its signature holds."""
    key.verify(signature, text.encode())
    return json.loads(text)


def archive(path, key):
    """Every record hashed, every root rebuilt, every seal signed and linked to the one before."""
    previous = None
    with zipfile.ZipFile(path) as file:
        for line in file.read("seals.txt").decode().splitlines():
            signature, text = line.split(" ", 1)
            seal = statement(bytes.fromhex(signature), text, key)
            demand(previous in (None, seal["previous"]), f"seal {seal['number']} does not follow the one before it")
            previous, raw, at, leaves = sha256(text.encode()).hexdigest(), file.read(f"records/{seal['number']:010d}"), 0, []
            while at < len(raw):
                length = int.from_bytes(raw[at : at + 4], "big")
                leaves.append(sha256(raw[at + 4 : at + 4 + length]).digest())
                at += 4 + length
            demand(len(leaves) == seal["records"], f"seal {seal['number']}: {len(leaves)} records of {seal['records']}")
            demand(root(leaves).hex() == seal["root"], f"seal {seal['number']}: a record is not what was sealed")
    return f"{seal['topic']}/{seal['partition']} up to offset {seal['last']}; the next archive follows {previous}"


def proof(path, key):
    """The path from the record's hash to the signed root."""
    told = json.loads(Path(path).read_text())
    seal = statement(bytes.fromhex(told["seal"]["signature"]), told["seal"]["statement"], key)
    hashed, at, last = bytes.fromhex(told["leaf"]), told["index"], seal["records"] - 1
    for beside in map(bytes.fromhex, told["path"]):
        while last and at % 2 == 0 and at == last:
            at, last = at // 2, last // 2
        hashed = sha256(b"\x01" + (beside + hashed if at % 2 else hashed + beside)).digest()
        at, last = at // 2, last // 2
    demand(hashed.hex() == seal["root"], "the path does not lead to the sealed root")
    record = base64.b64decode(told.get("record", ""))
    demand(not record or sha256(record).hexdigest() == told["leaf"], "another record is in it")
    return f"{seal['topic']}/{seal['partition']}@{told['offset']} is under seal {seal['number']} of {seal['at']}"


if __name__ == "__main__":
    public = load_pem_public_key(Path(sys.argv[1]).read_bytes())
    for name in sys.argv[2:]:
        try:
            print(name, "ok:", proof(name, public) if name.endswith(".json") else archive(name, public))
        except Exception as fault:
            sys.exit(f"{name} BAD: {fault or type(fault).__name__}")
