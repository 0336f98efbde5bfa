"""A worker process with something wrong in it, for tests only: the checker must find each of these. Never imported by the product.

``python -m tests.faults.mutants --slot worker-1 --mutant fencing --halt FILE``: with ``--halt`` the worker stops itself (SIGSTOP) right
before the next transaction after FILE has appeared, and leaves ``FILE.over`` when that transaction has ended, well or not.
"""

import argparse
import logging
import os
import signal
import struct
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from agents.runtime.rdkafka import Membership, Outgoing, Position, Transaction
from agents.runtime.worker import run_worker
from agents.shapes.verify import Verify
from agents.wiring import make_desk
from govbus.envelope import Envelope
from govbus.ports import NullObserver
from govbus.settings import Home, failpoint
from schemas.codec import Codec

BETWEEN = "mutant.between"  # failpoint of the mutants that commit in two steps
Records: TypeAlias = Iterable[Outgoing]
Positions: TypeAlias = Mapping[Position, int]
_commit, _decide = Transaction.commit, Verify.decide


def _fencing() -> None:
    """The transaction does not say who read the records, so the broker cannot refuse one who has lost them."""

    def nobody(self: Membership) -> bytes:
        return b"CGMDv2:" + struct.pack("<i", -1) + self.group.encode() + b"\0\0\1"

    _set(Membership, "metadata", nobody)


def _dedupe() -> None:
    """A request that came before is decided again."""

    def decide(self: Verify, state: Any, event: Any, now_ms: int) -> Any:
        if state and isinstance(event, Envelope) and event.topic.endswith(".request"):
            state = {**state, "checks": {name: each for name, each in state["checks"].items() if name != event.id}}
        return _decide(self, state, event, now_ms)

    _set(Verify, "decide", decide)


def _early() -> None:
    """Positions first, what follows from the records afterwards: a death between the two loses."""

    def commit(self: Transaction, records: Records, positions: Positions, membership: Membership) -> None:
        _commit(self, [], positions, membership)
        failpoint(BETWEEN)
        _commit(self, records, {}, membership)

    _set(Transaction, "commit", commit)


def _late() -> None:
    """Outputs first, positions afterwards, and the state with the positions: a death between the two doubles."""

    def commit(self: Transaction, records: Records, positions: Positions, membership: Membership) -> None:
        kept = list(records)
        _commit(self, [each for each in kept if not each.topic.startswith("bus.verify.")], {}, membership)
        failpoint(BETWEEN)
        _commit(self, [each for each in kept if each.topic.startswith("bus.verify.")], positions, membership)

    _set(Transaction, "commit", commit)


def _forgetful() -> None:
    """The state's changes are not written: what a worker knew dies with it."""

    def commit(self: Transaction, records: Records, positions: Positions, membership: Membership) -> None:
        _commit(self, [each for each in records if each.topic != "bus.verify.state"], positions, membership)

    _set(Transaction, "commit", commit)


def _reasonless() -> None:
    """Refusals without a responsible department."""

    def decide(self: Verify, state: Any, event: Any, now_ms: int) -> Any:
        done = _decide(self, state, event, now_ms)
        return replace(done, outputs=tuple(replace(each, data={**each.data, "owner": None}) if "owner" in each.data else each
                                           for each in done.outputs))  # fmt: skip

    _set(Verify, "decide", decide)


MUTANTS: dict[str, Callable[[], None]] = {
    "none": lambda: None, "fencing": _fencing, "dedupe": _dedupe, "early": _early, "late": _late, "forgetful": _forgetful,
    "reasonless": _reasonless,
}  # fmt: skip


def _halt_before_commit(flag: Path) -> None:
    commit = Transaction.commit

    def halting(self: Transaction, records: Records, positions: Positions, membership: Membership) -> None:
        asked = flag.exists() and positions
        if asked:
            flag.unlink()
            os.kill(os.getpid(), signal.SIGSTOP)
        try:
            commit(self, records, positions, membership)
        finally:
            if asked:
                flag.with_name(flag.name + ".over").touch()

    _set(Transaction, "commit", halting)


def _set(owner: type, name: str, made: Callable[..., Any]) -> None:
    setattr(owner, name, made)


def main() -> None:
    """Run one worker slot with a mutant in it."""
    words = argparse.ArgumentParser()
    words.add_argument("--slot", required=True)
    words.add_argument("--mutant", choices=MUTANTS, default="none")
    words.add_argument("--halt", type=Path)
    asked = words.parse_args()
    logging.basicConfig(level="INFO", stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("faust").setLevel("WARNING")
    MUTANTS[asked.mutant]()
    if asked.halt:
        _halt_before_commit(asked.halt)
    home = Home()
    desk = make_desk(home)
    sys.exit(run_worker(home, asked.slot, desk, Codec.load(desk.records), NullObserver()))


if __name__ == "__main__":
    main()
