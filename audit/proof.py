"""Small files that prove one thing to somebody who has nothing but a public key: that a record is in the log, that a chain only grew.

``docs/audit-verifier.py`` checks both without a line of ours.
"""

import base64
from collections.abc import Mapping
from typing import Any

from audit import tree
from audit.chain import Chain
from audit.seal import Seal, read
from audit.signing import ALGORITHMS
from govbus.errors import SetupError

INCLUSION, CONSISTENCY = "govbus-inclusion-1", "govbus-consistency-1"
Proof = dict[str, Any]


def inclusion(chain: Chain, offset: int, packed: bytes | None = None) -> Proof:
    """That the record at ``offset`` is under a seal.

    :param packed: the record itself, to be handed on inside the proof; without it the proof holds nothing of the record but its hash
    :raises SetupError: no seal or no leaf hashes for this offset
    """
    seal = next((one for one in chain.seals() if one.statement.last >= offset), None)
    offsets = list(seal.statement.offsets()) if seal else []
    if seal is None or offset not in offsets:
        msg = f"{chain.topic}/{chain.partition}@{offset} is under no seal: not sealed yet, or no committed record"
        raise SetupError(msg)
    told, index = seal.statement, offsets.index(offset)
    leaves = chain.leaves(told.before, told.records)
    if leaves is None:
        msg = f"the leaf hashes of {told.name} are no longer in {chain.folder}: prove it from its archive, with --from"
        raise SetupError(msg)
    return from_leaves(seal, leaves, index, packed)


def from_leaves(seal: Seal, leaves: list[bytes], index: int, packed: bytes | None = None) -> Proof:
    """:func:`inclusion`, from the seal's leaf hashes and the record's number among them."""
    told = seal.statement
    way = tree.path(leaves, index, ALGORITHMS[told.algorithm].digest)
    return {
        "format": INCLUSION, "topic": told.topic, "partition": told.partition, "offset": list(told.offsets())[index], "index": index,
        "leaf": leaves[index].hex(), "path": [one.hex() for one in way], "seal": _shown(seal),
        **({"record": base64.b64encode(packed).decode()} if packed is not None else {}),
    }  # fmt: skip


def consistency(chain: Chain, old: int, new: int) -> Proof:
    """That seal ``new`` stands on everything that seal ``old`` stood on, and on ``old`` itself.

    :raises SetupError: the chain has no such seals, or not in this order
    """
    texts: list[bytes] = []
    ends: dict[int, Seal] = {}
    for seal in chain.seals():
        number = seal.statement.number
        if number in (old, new):
            ends[number] = seal
        if number >= new:
            break
        texts.append(tree.leaf(seal.text.encode(), ALGORITHMS[seal.statement.algorithm].digest))
    if not (0 <= old < new and len(ends) == 2):
        msg = f"{chain.topic}/{chain.partition} has no seals {old} and {new} in this order; 'govbus audit seal status' says how many it has"
        raise SetupError(msg)
    way = tree.consistency(texts, old + 1, ALGORITHMS[ends[new].statement.algorithm].digest)
    return {"format": CONSISTENCY, "old": _shown(ends[old]), "new": _shown(ends[new]), "path": [one.hex() for one in way]}


def check(proof: Proof, keys: Mapping[str, str]) -> str:
    """What is wrong with a proof; empty where it holds."""
    try:
        if proof["format"] == INCLUSION:
            return _check_inclusion(proof, keys)
        if proof["format"] == CONSISTENCY:
            return _check_consistency(proof, keys)
    except (KeyError, TypeError, ValueError, AttributeError):
        return "it is no proof of ours"
    return f"its format {proof['format']} is not known"


def _check_inclusion(proof: Proof, keys: Mapping[str, str]) -> str:
    seal = _read(proof["seal"])
    if not seal.signed(keys):
        return "no given key signed its seal"
    told, index, one = seal.statement, int(proof["index"]), bytes.fromhex(proof["leaf"])
    digest = ALGORITHMS[told.algorithm].digest
    offsets = list(told.offsets())
    if (told.topic, told.partition) != (proof["topic"], proof["partition"]) or offsets[index : index + 1] != [proof["offset"]]:
        return "its seal is of another place"
    if tree.root_by_path(one, index, told.records, map(bytes.fromhex, proof["path"]), digest).hex() != told.root:
        return "its path does not lead to the sealed root"
    if "record" in proof and digest(base64.b64decode(proof["record"])) != one:
        return "the record in it is another one"
    return ""


def _check_consistency(proof: Proof, keys: Mapping[str, str]) -> str:
    old, new = _read(proof["old"]), _read(proof["new"])
    if not (old.signed(keys) and new.signed(keys)):
        return "no given key signed one of its seals"
    if old.statement[3:5] != new.statement[3:5]:
        return "its seals are of two partitions"
    before, digest = old.next_history(), ALGORITHMS[new.statement.algorithm].digest
    after = tree.Peaks(new.statement.number, map(bytes.fromhex, new.statement.history), digest)
    way = [bytes.fromhex(one) for one in proof["path"]]
    grew = tree.consistent(before.size, after.size, before.root(), after.root(), way, digest)
    return "" if grew else "the later seal does not stand on the earlier one"


def _shown(seal: Seal) -> dict[str, str]:
    return {"statement": seal.text, "signature": seal.signature.hex()}


def _read(told: Mapping[str, str]) -> Seal:
    return read(told["statement"], bytes.fromhex(told["signature"]))
