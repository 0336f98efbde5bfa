"""Is what a receipt says true? Every record is tried, every file looked for, every seal verified."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from audit import keys, online
from audit.chain import Chain
from audit.sunset import files, receipt, records
from audit.sunset.looks import recorded
from audit.sunset.order import ACTION
from audit.sunset.receipt import Data
from govbus.errors import SetupError
from govbus.settings import Home
from schemas import purposes


class Finding(NamedTuple):
    """One thing that is not as the receipt says.

    :param what: readable, plain, key, file, seal, receipt
    """

    what: str
    where: str
    detail: str


class Checked(NamedTuple):
    """What was looked at, and what was found."""

    records: int
    states: int
    files: int
    seals: int
    findings: list[Finding]


def check(home: Home, path: Path) -> Checked:
    """Verify a receipt in the home that it was written in.

    :raises SetupError: no receipt; :raises RetryLater: the broker is away
    """
    told = receipt.read(path)
    if told is None:
        msg = f"no receipt at {path}: 'govbus sunset order' writes it into sunsets/ of its home"
        raise SetupError(msg)
    parts, states = records.parts(home, told["purpose"]), records.states(home, told["purpose"])
    found = [*_receipt(home, path, told), *_keys(home, told), *_files(home, told)]
    for each in parts:
        where = f"{each.topic}/{each.partition}"
        found += [Finding("readable", where, f"{each.opened} records open under a key of this home")] if each.opened else []
        found += [Finding("plain", where, f"{each.plain} records are not encrypted")] if each.plain else []
    found += [Finding("readable", records.STATE_TOPIC, f"{states.opened} states open under a key of this home")] if states.opened else []
    seals = 0
    for one in online.verify(
        home, keys.read([keys.folder_of(home) / keys.PUBLIC]), records.seal_files(home), records.topics_of(told["purpose"])
    ):
        seals += one.seals
        found += [Finding("seal", f"{each.topic}/{each.partition}@{each.offset}", f"{each.kind}: {each.detail}") for each in one.findings]
    found += _roots(home, told)
    return Checked(sum(each.records for each in parts), states.keys, len(told["files"]), seals, found)


def _receipt(home: Home, path: Path, told: Data) -> Iterator[Finding]:
    if told["ended"] is None:
        yield Finding("receipt", str(path), "the order has not come to its end: give it again")
    elif not recorded(home, ACTION, receipt.digest(path)):
        yield Finding("receipt", str(path), "bus.access has no record of a receipt with these bytes: it was changed, or is of another bus")
    if not purposes.ended(home.folder, told["purpose"]).exists():
        yield Finding("receipt", str(purposes.ended(home.folder, told["purpose"])), "it is gone, and programs take the purpose for open")


def _keys(home: Home, told: Data) -> Iterator[Finding]:
    for name in files.key_names(home, told["purpose"]):
        yield Finding("key", f"secrets/{name}", "a key is there again: give the order again, and find the copy that it came from")


def _files(home: Home, told: Data) -> Iterator[Finding]:
    there = {str(path) for path, _ in files.plaintext(home, told["purpose"], ())} | {
        each["file"] for each in told["files"] if Path(each["file"]).exists()
    }
    for name in sorted(there):
        yield Finding("file", name, "it is there (again): give the order again")


def _roots(home: Home, told: Data) -> Iterator[Finding]:
    """The seals that the receipt names are still in their chains, where this home has them."""
    folder = records.seal_files(home)
    if folder is None:
        return
    for each in told["topics"]:
        chain = Chain(folder, each["topic"], each["partition"])
        if each["seal"] and not any(seal.digest == each["seal"] for seal in chain.seals()):
            yield Finding("seal", f"{each['topic']}/{each['partition']}", "the seal that the receipt names is not in the chain")
