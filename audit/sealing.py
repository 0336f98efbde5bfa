"""The sealer as a program: what it watches, where its seals go, and the check that the bus knows no more of them than the files."""

import logging
import signal
import threading
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from audit import keys, seal
from audit.chain import Chain
from audit.pending import Watched
from audit.seal import Seal
from audit.sealer import Cadence, Sealer
from govbus.envelope import Envelope, event_id
from govbus.errors import Poison, SetupError
from govbus.ports import Observer
from govbus.settings import Home
from schemas.codec import Codec
from topics import broker
from topics.broker.bulk import Bulk
from topics.declaration import Topic
from topics.load import load

log = logging.getLogger(__name__)
PRINCIPAL = "sealer"
SEALS = "bus.seals"
RECORD = "gov_data.Seal"
_DAY_MS = 86_400_000
_LOOK_S = 30.0


def watched(topic: Topic, partitions: int) -> list[Watched]:
    """The partitions of a topic as a sealer watches them."""
    days = topic.spec.retention_days
    kept = -1 if days is None else days * _DAY_MS
    return [Watched(topic.name, number, kept, "worker" in topic.access.write) for number in range(partitions)]


def everything(home: Home) -> list[Watched]:
    """Every partition at the broker that is to be sealed.

    :raises RetryLater: the broker is away
    """
    with broker.admin(home, PRINCIPAL) as admin:
        there = admin.topics()
    return [one for name, topic in load().topics.items() if topic.sealed and name in there for one in watched(topic, there[name])]


class Publisher:
    """Writes seals to ``bus.seals``. A seal sent twice has the same id and the same bytes."""

    def __init__(self, home: Home) -> None:
        self._out, self._codec = broker.producer(home, PRINCIPAL), Codec.load({SEALS: RECORD})

    def __call__(self, seals: list[Seal]) -> None:
        """Send all.

        :raises RetryLater: not all were taken; they are in the files, and the next start sends them again
        """
        for result in self._out.send_all([self.envelope(one) for one in seals]):
            if isinstance(result, Exception):
                raise result

    def envelope(self, one: Seal) -> Envelope:
        """The seal as a record."""
        told = one.statement
        data = {
            "topic": told.topic, "partition": told.partition, "number": told.number, "statement": one.text, "signature": one.signature,
        }  # fmt: skip
        name, key = event_id("seal", told.topic, told.partition, told.number, told.root), f"{told.topic}/{told.partition}".encode()
        at = datetime.fromisoformat(told.at)
        return Envelope(name, "/gov-data/sealer", RECORD, at, SEALS, key, self._codec.encode(RECORD, data))

    def close(self) -> None:
        """Let go."""
        self._out.close()


def published(home: Home, principal: str, since: datetime | None = None) -> Iterable[Seal]:
    """Seals on the bus, in the order of each chain; unchecked, and one may be there twice.

    :raises SetupError: what stands there is no seal, so somebody else wrote it
    """
    codec = Codec.load({SEALS: RECORD})
    for record in broker.scan(home, principal, [SEALS], since):
        try:
            _, data = codec.decode(SEALS, record.envelope().value)
            yield seal.read(data["statement"], data["signature"])
        except (Poison, ValueError) as error:
            msg = f"{record.place} is no seal ({error}): find out who may write there, see 'govbus topics plan'"
            raise SetupError(msg) from error


def reconcile(home: Home, places: list[Watched], lasts: list[Seal], publish: Publisher) -> None:
    """Send the newest seals again, which the last process may not have sent, and refuse to start a second history.

    :raises SetupError: the bus has seals that the files do not have
    """
    newest = max((one.statement.at for one in lasts), default="")
    known = {one.statement[3:5]: one.statement.number for one in lasts}
    strangers = {one[:2] for one in places} - set(known)
    since = None if strangers or not newest else datetime.fromisoformat(newest) - timedelta(minutes=10)
    for one in published(home, PRINCIPAL, since):
        told = one.statement
        if told.number > known.get((told.topic, told.partition), -1):
            msg = (
                f"{SEALS} has seal {told.name}, and {keys.folder_of(home)} ends before it: bring the folder back from its copy, "
                "or take over what the bus has: govbus audit seal restore"
            )
            raise SetupError(msg)
    publish([one for one in lasts if one.statement.at == newest])


def run(home: Home, observer: Observer, cadence: Cadence) -> int:
    """Seal until told to stop; returns the exit code.

    :raises SetupError: a person must mend something; :raises RetryLater: the broker is away
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    folder, signer, publish = keys.folder_of(home), keys.open_signer(home), Publisher(home)
    with Bulk(home, PRINCIPAL) as reader:
        sealer = Sealer(folder, signer, reader, publish, observer, cadence)
        public = keys.read([folder / keys.PUBLIC])
        places = everything(home)
        reconcile(home, places, [last for one in places if (last := Chain(folder, *one[:2]).last())], publish)
        sealer.watch(places, public)
        log.info("sealing %d partitions, every %d records or %g s", len(places), *cadence)
        looked = time.monotonic()
        while not stop.is_set():
            sealer.round()
            observer.succeeded(PRINCIPAL)
            if time.monotonic() - looked > _LOOK_S:  # topics are added, partitions grow
                sealer.watch(everything(home), public)
                looked = time.monotonic()
        sealer.finish()
    publish.close()
    return 0
