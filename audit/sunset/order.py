"""The order itself. Whatever is away, is away before anything is destroyed; whoever dies in the middle goes on with the same command."""

import time
from pathlib import Path
from typing import Any, NamedTuple

from audit import access, approval
from audit.sunset import files, receipt, records
from audit.sunset.looks import looks, recorded
from audit.sunset.receipt import Data
from govbus.envelope import from_ms, to_iso
from govbus.errors import SetupError
from govbus.settings import Home, failpoint
from schemas import purposes

ACTION = "sunset"
SETTLE_S, SEAL_S = 5.0, 60.0
"""How long programs are given to let go of the keys, and the sealer to seal what was written last."""


class Ordered(NamedTuple):
    """Who wants what ended, and why.

    :param number: of the order; :param approval: id of the request that another account has approved
    """

    purpose: str
    number: str
    reason: str
    approval: str


def known(purpose: str) -> purposes.Purpose:
    """The purpose.

    :raises SetupError: there is none of this id
    """
    found = purposes.declared().get(purpose)
    if found is None:
        msg = f"no purpose {purpose} in schemas/purposes.yaml; declared are {', '.join(purposes.declared()) or 'none'}"
        raise SetupError(msg)
    return found


def plan(home: Home, purpose: str, exports: tuple[Path, ...] = ()) -> Data:
    """What the order would destroy, and what it would leave. Changes nothing.

    :raises SetupError: no such purpose, or a login that is not here; :raises RetryLater: the broker is away
    """
    known(purpose)
    found = list(files.described(files.plaintext(home, purpose, exports)))
    parts, states = records.parts(home, purpose), records.states(home, purpose)
    return {
        "keys": files.key_names(home, purpose), "topics": [each.row() for each in parts], "states": vars(states), "files": found,
        "looks": looks(home, records.topics_of(purpose)), "untouched": list(receipt.UNTOUCHED),
    }  # fmt: skip


def order(home: Home, asked: Ordered, exports: tuple[Path, ...] = ()) -> Data:
    """End the purpose, or go on ending it; the receipt.

    :raises SetupError: not approved, another order has ended it, or a part of this home cannot be used
    :raises RetryLater: the broker is away; where nothing had been destroyed yet, nothing is
    """
    path = purposes.ended(home.folder, asked.purpose)
    begun = receipt.read(path)
    if begun and begun["order"] != asked.number:
        msg = f"purpose {asked.purpose} has been ended by order {begun['order']}; repeat it with that number, or leave it"
        raise SetupError(msg)
    planned = plan(home, asked.purpose, exports)
    eyes = {} if begun else _eyes(home, asked)
    what = f"purpose {asked.purpose}, order {asked.number}"
    with access.noted(home, ACTION, asked.reason, what, ticket=asked.number, approval=asked.approval) as noted:
        told = begun or _begin(path, asked, eyes, planned)
        failpoint("sunset.begun")
        enlist(home, path, told, exports)
        destroy(home, path, told)
        noted.records = sum(each["records"] for each in told["topics"])
    sha256 = receipt.digest(path)
    if not recorded(home, ACTION, sha256):
        with access.noted(home, ACTION, asked.reason, f"receipt {sha256}", ticket=asked.number, approval=asked.approval):
            pass
    return told


def _eyes(home: Home, asked: Ordered) -> dict[str, str]:
    if not asked.number.strip() or not asked.reason.strip():
        msg = "a sunset needs the number of its order (--order) and a reason (--reason)"
        raise SetupError(msg)
    approval.require(home, asked.approval, ACTION, asked.purpose)
    row = next(each for each in approval.listed(home) if each["request"] == asked.approval)
    return {"operator": row["asked by"], "approver": row["approved by"]}


def _begin(path: Path, asked: Ordered, eyes: dict[str, str], planned: Data) -> Data:
    """The receipt's first form: from now on every program of the home refuses the purpose."""
    told: Data = {
        "format": receipt.FORMAT, "purpose": asked.purpose, "law": known(asked.purpose).law, "order": asked.number, "reason": asked.reason,
        "approval": asked.approval, **eyes, "begun": _now(), "listed": None, "ended": None, "keys": [], "files": [],
        **{name: planned[name] for name in ("topics", "states", "looks", "untouched")},
    }  # fmt: skip
    receipt.write(path, told)
    return told


def enlist(home: Home, path: Path, told: Data, exports: tuple[Path, ...]) -> None:
    """What is to go stands in the receipt before it goes; what a repetition finds anew, beside what went before."""
    if told["listed"] is None and receipt.FOLLOWS not in told:
        told["topics"] = _settled(home, told["purpose"])
    known_files = [each["file"] for each in told["files"]]
    there = files.described(files.plaintext(home, told["purpose"], exports))
    new = [each for each in there if told["ended"] or each["file"] not in known_files]
    keys = files.key_names(home, told["purpose"])
    if told["listed"] is None or new or (told["ended"] and keys):
        told.update(listed=_now(), ended=None, files=told["files"] + new, keys=list(dict.fromkeys([*told["keys"], *keys])))
        receipt.write(path, told)
    failpoint("sunset.listed")


def destroy(home: Home, path: Path, told: Data) -> None:
    """Keys first: with them all that is encrypted goes at once."""
    files.destroy_keys(home, told["purpose"])
    failpoint("sunset.keys")
    for each in told["files"]:
        files.destroy(Path(each["file"]))
        failpoint("sunset.file")
    if told["ended"] is None:
        told["ended"] = _now()
        receipt.write(path, told)
    failpoint("sunset.ended")


def _settled(home: Home, purpose: str) -> list[dict[str, Any]]:
    """The topics once the programs have let go and the sealer has sealed what they wrote last, as far as it does."""
    time.sleep(SETTLE_S)
    deadline = time.monotonic() + SEAL_S
    while True:
        parts = records.parts(home, purpose)
        if all(each.sealed >= each.last for each in parts) or time.monotonic() > deadline:
            return [each.row() for each in parts]
        time.sleep(1.0)


def _now() -> str:
    return to_iso(from_ms(access.now_ms()))
