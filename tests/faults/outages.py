"""Faults of what the workers need: brokers that die, a disk that is full, a line that is slow, deaf or cut."""

from dataclasses import dataclass
from random import Random

from tests.faults.bed import SLOTS
from tests.faults.beds import LinkedBed, SmallBed
from tests.faults.cluster import Cluster
from tests.faults.link import Link
from tests.faults.nemesis import PATIENCE_S, ends_now, meanwhile, moved_on, tended
from tests.faults.trial import Trial

BUSY, PARTITIONS = "housing.request", 3
LINES = ("slow", "deaf", "cut")


def went_on(trial: Trial) -> None:
    """Wait until new requests are in the log and worked off."""
    before = sum(ends_now(trial).values())
    meanwhile(trial, "requests come again", lambda: sum(trial.witness.ends().values()) > before)
    moved_on(trial)


@dataclass(frozen=True)
class BrokerKill:
    """kill -9 of the only broker under load; over when new requests are in its log and worked off."""

    name = "kill -9 of the broker"

    def strike(self, trial: Trial, chance: Random) -> None:
        moved_on(trial)
        tended(trial, chance.uniform(0.0, 1.0))
        trial.history.fault("kill", "kafka")
        trial.bed.kill_broker()
        went_on(trial)


@dataclass(frozen=True)
class DiskFull:
    """The broker's log folder runs out of room under load: the broker gives up, comes back in vain, and goes on when there is room."""

    bed: SmallBed
    name = "the broker's disk is full"

    def strike(self, trial: Trial, chance: Random) -> None:
        moved_on(trial)
        tended(trial, chance.uniform(0.0, 1.0))
        before = self.bed.supervisor.pid("kafka")
        trial.history.fault("disk full", "kafka")
        self.bed.fill()
        try:
            meanwhile(trial, "the broker gives up", lambda: self.bed.supervisor.pid("kafka") != before)
            tended(trial, chance.uniform(3.0, 15.0))
        finally:
            trial.history.fault("room", "kafka")
            self.bed.give_room()
        self.bed.await_broker()
        went_on(trial)


@dataclass(frozen=True)
class BadLine:
    """The line of one worker, or of all, is bad for a while; it may be for longer than a session.

    :param how: ``slow``: a tenth of a second and more each way and some KiB a second; ``deaf``: nothing passes, nobody is told;
        ``cut``: connections are reset and refused
    """

    bed: LinkedBed
    how: str

    @property
    def name(self) -> str:
        return f"a line is {self.how}"

    def strike(self, trial: Trial, chance: Random) -> None:
        moved_on(trial)
        slots = chance.choice((SLOTS[:1], SLOTS[1:], SLOTS))
        for slot in slots:
            trial.history.fault(self.how, slot)
            self._spoil(self.bed.links[slot], chance)
        tended(trial, chance.uniform(3.0, 16.0))
        for slot in slots:
            trial.history.fault("mend", slot)
            self.bed.links[slot].mend()
        went_on(trial)

    def _spoil(self, link: Link, chance: Random) -> None:
        if self.how == "slow":
            link.slow(chance.uniform(0.1, 0.4), chance.uniform(16_384, 65_536))
        elif self.how == "deaf":
            link.hold()
        else:
            link.cut()


@dataclass(frozen=True)
class LeaderKill:
    """kill -9 of the broker that leads a busy partition; the other two go on without it, and it comes back later."""

    bed: Cluster
    name = "kill -9 of a leader"

    def strike(self, trial: Trial, chance: Random) -> None:
        moved_on(trial)
        leader = self.bed.leader(BUSY, chance.randrange(PARTITIONS))
        trial.history.fault("kill", leader)
        self.bed.kill(leader)
        went_on(trial)  # without it
        tended(trial, chance.uniform(0.0, 5.0))
        trial.history.fault("start", leader)
        self.bed.start_broker()
        self.bed.await_in_sync(PATIENCE_S)
        moved_on(trial)
