"""A worker process with something wrong in it, for tests only: the checker must find each of these. Never imported by the product.

``python -m tests.faults.mutants --slot worker-1 --mutant fencing --flag FILE``. A word in FILE makes the process act once:
``halt``: it stops itself (SIGSTOP) right before its next commit, and leaves ``FILE.over`` when that commit has ended, well or not;
``die``: a mutant that commits in two steps dies between them; ``fail``: the next commit of ``unheard`` fails, in a rebalance.
``none``, ``impatient`` and ``unheard`` are healthy.
"""

import argparse
import logging
import os
import signal
import struct
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from agents.runtime import engine
from agents.runtime.rdkafka import Membership, Outgoing, Position, Transaction
from agents.runtime.worker import Worker, run_worker
from agents.shapes.verify import Verify
from agents.wiring import make_desk
from govbus.envelope import Envelope
from govbus.errors import RetryLater
from govbus.ports import NullObserver
from govbus.settings import Home
from schemas.codec import Codec
from schemas.purposes import keys_of

SESSION_S = 6.0  # the shortest that the broker allows; the product has 10
IMPATIENT_S = 4.0
Records: TypeAlias = Iterable[Outgoing]
Positions: TypeAlias = Mapping[Position, int]
_commit, _decide = Transaction.commit, Verify.decide


def _fencing(flag: Path) -> None:
    """The transaction does not say who read the records, so the broker cannot refuse one who has lost them."""

    def nobody(self: Membership) -> bytes:
        return b"CGMDv2:" + struct.pack("<i", -1) + self.group.encode() + b"\0\0\1"

    _set(Membership, "metadata", nobody)


def _dedupe(flag: Path) -> None:
    """A request that came before is decided again."""

    def decide(self: Verify, state: Any, event: Any, now_ms: int) -> Any:
        if state and isinstance(event, Envelope) and event.topic.endswith(".request"):
            state = {**state, "checks": {name: each for name, each in state["checks"].items() if name != event.id}}
        return _decide(self, state, event, now_ms)

    _set(Verify, "decide", decide)


def _early(flag: Path) -> None:
    """Positions first, what follows from the records afterwards: a death between the two loses."""

    def commit(self: Transaction, records: Records, positions: Positions, membership: Membership) -> None:
        _commit(self, [], positions, membership)
        _die_between(flag)
        _commit(self, records, {}, membership)

    _set(Transaction, "commit", commit)


def _late(flag: Path) -> None:
    """Outputs first, positions afterwards, and the state with the positions: a death between the two doubles."""

    def commit(self: Transaction, records: Records, positions: Positions, membership: Membership) -> None:
        kept = list(records)
        _commit(self, [each for each in kept if not each.topic.startswith("bus.verify.")], {}, membership)
        _die_between(flag)
        _commit(self, [each for each in kept if each.topic.startswith("bus.verify.")], positions, membership)

    _set(Transaction, "commit", commit)


def _forgetful(flag: Path) -> None:
    """The state's changes are not written: what a worker knew dies with it."""

    def commit(self: Transaction, records: Records, positions: Positions, membership: Membership) -> None:
        _commit(self, [each for each in records if each.topic != "bus.verify.state"], positions, membership)

    _set(Transaction, "commit", commit)


def _reasonless(flag: Path) -> None:
    """Refusals without a responsible department."""

    def decide(self: Verify, state: Any, event: Any, now_ms: int) -> Any:
        done = _decide(self, state, event, now_ms)
        return done._replace(outputs=tuple(each._replace(data={**each.data, "owner": None}) if "owner" in each.data else each
                                           for each in done.outputs))  # fmt: skip

    _set(Verify, "decide", decide)


def _impatient(flag: Path) -> None:
    """A healthy worker again, whose commit may take only seconds: for the test of one that hangs."""
    engine.COMMIT_S = IMPATIENT_S


def _unheard(flag: Path) -> None:
    """A healthy worker whose commit is held until Faust takes its partitions away and waits for the batches at work; then it fails."""
    run, workers = Worker.run, list[Worker]()

    async def noted(self: Worker) -> int:
        workers.append(self)
        return await run(self)

    def commit(self: Transaction, records: Records, positions: Positions, membership: Membership) -> None:
        if positions and _asked(flag, "fail"):
            flag.with_name(flag.name + ".held").touch()
            while workers[0].app.consumer.flow_active:
                time.sleep(0.01)
            msg = "this commit was told to fail"
            raise RetryLater(msg)
        _commit(self, records, positions, membership)

    _set(Worker, "run", noted)
    _set(Transaction, "commit", commit)


MUTANTS: dict[str, Callable[[Path], None]] = {
    "none": lambda _: None, "fencing": _fencing, "dedupe": _dedupe, "early": _early, "late": _late, "forgetful": _forgetful,
    "reasonless": _reasonless, "impatient": _impatient, "unheard": _unheard,
}  # fmt: skip


def _asked(flag: Path, word: str) -> bool:
    if not flag.exists() or flag.read_text() != word:
        return False
    flag.unlink()
    return True


def _die_between(flag: Path) -> None:
    if _asked(flag, "die"):
        os._exit(137)


def _halting(flag: Path) -> None:
    commit = Transaction.commit

    def halting(self: Transaction, records: Records, positions: Positions, membership: Membership) -> None:
        halt = bool(positions) and _asked(flag, "halt")
        if halt:
            os.kill(os.getpid(), signal.SIGSTOP)
        try:
            commit(self, records, positions, membership)
        finally:
            if halt:
                flag.with_name(flag.name + ".over").touch()

    _set(Transaction, "commit", halting)


def _shorter_session(flag: Path) -> None:
    run = Worker.run

    async def quicker(self: Worker) -> int:
        self.app.conf.broker_session_timeout, self.app.conf.broker_heartbeat_interval = SESSION_S, SESSION_S / 4
        return await run(self)

    _set(Worker, "run", quicker)


def _set(owner: type, name: str, made: Callable[..., Any]) -> None:
    setattr(owner, name, made)


def main() -> None:
    """Run one worker slot with a mutant in it."""
    words = argparse.ArgumentParser()
    words.add_argument("--slot", required=True)
    words.add_argument("--mutant", choices=MUTANTS, default="none")
    words.add_argument("--flag", type=Path, required=True)
    asked = words.parse_args()
    logging.basicConfig(level="INFO", stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("faust").setLevel("WARNING")
    for change in (MUTANTS[asked.mutant], _halting, _shorter_session):
        change(asked.flag)
    home = Home()
    desk = make_desk(home)
    sys.exit(run_worker(home, asked.slot, desk, Codec.load(desk.records, keys=keys_of(home)), NullObserver()))


if __name__ == "__main__":
    main()
