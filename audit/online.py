"""Verifying against the running bus: records as a committed reader gets them, seals from their files or from ``bus.seals``."""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from audit import leaf
from audit.chain import Chain
from audit.seal import Seal
from audit.sealing import published, watched
from audit.verify import Log, Nothing, Told, checked, judge
from govbus.errors import SetupError
from govbus.settings import Home
from topics import broker
from topics.broker.bulk import Bulk, Place, drain
from topics.load import load

PRINCIPAL = "auditor"


def verify(
    home: Home,
    keys: Mapping[str, str],
    seals: Path | None,
    topics: Sequence[str] = (),
    anchors: Mapping[Place, str] | None = None,
    principal: str = PRINCIPAL,
) -> Iterator[Told]:
    """Every partition that has seals, one after another.

    :param keys: public keys by id
    :param seals: folder with the sealer's files; None: what is on ``bus.seals``, without the leaf hashes that name a changed record
    :param anchors: digests of the seals up to which an earlier run has verified
    :raises SetupError: a topic that is not sealed or may not be read; :raises RetryLater: the broker is away
    """
    places = readable(home, topics, principal)
    given = _given(home, principal) if seals is None else {}
    with Bulk(home, principal) as bulk:
        for place, (start, end) in bulk.spans(dict.fromkeys(places)).items():
            told, chain = Told(*place), Chain(seals, *place) if seals else None
            found = chain.seals() if chain else iter(given.get(place, ()))
            log = Log(partial(_from, bulk, place, start, end), start)
            judge(checked(found, keys, told, (anchors or {}).get(place, "")), log, chain or Nothing(), int(time.time() * 1000), told)
            if told.seals or told.unsealed or told.findings:
                yield told


def readable(home: Home, topics: Sequence[str], principal: str) -> list[Place]:
    """The sealed partitions that this principal may read, of these topics or of all.

    :raises SetupError: one of the topics is not among them
    """
    with broker.admin(home, principal) as admin:
        there = admin.topics()
    sealed = {name: topic for name, topic in load().topics.items() if topic.sealed and name in there}
    if strange := sorted(set(topics) - set(sealed)):
        msg = f"{', '.join(strange)}: not sealed, not at the broker, or {principal} may not read it; see 'govbus audit seal status'"
        raise SetupError(msg)
    return [(one.topic, one.partition) for name in topics or sealed for one in watched(sealed[name], there[name])]


def records(bulk: Bulk, place: Place, start: int, end: int) -> Iterator[bytes]:
    """Packed records of one partition, from ``start`` to before ``end``."""
    if start >= end:
        return
    bulk.open({place: start})
    for polled in drain(bulk, {place: end}):
        yield from (leaf.pack(*raw) for raw in polled.records.get(place, ()) if raw[0] < end)
    bulk.shut(place)


def _from(bulk: Bulk, place: Place, start: int, end: int, first: int) -> Iterator[bytes]:
    return records(bulk, place, max(start, first), end)


def _given(home: Home, principal: str) -> dict[Place, list[Seal]]:
    """Chains as they stand on the bus; a seal that was sent twice counts once."""
    found: dict[Place, dict[str, Seal]] = defaultdict(dict)
    for one in published(home, principal):
        found[one.statement.topic, one.statement.partition].setdefault(one.digest, one)
    return {place: sorted(seals.values(), key=lambda one: one.statement.number) for place, seals in found.items()}


def standing(home: Home, seals: Path, topics: Sequence[str] = (), principal: str = PRINCIPAL) -> list[dict[str, Any]]:
    """One row a partition that has records or seals: how far it is sealed. ``behind`` counts offsets, a transaction's last marker too."""
    rows = []
    with broker.admin(home, principal) as admin:
        spans = admin.offsets(list(dict.fromkeys(topic for topic, _ in readable(home, topics, principal))))
    for place, (start, end) in spans.items():
        last = Chain(seals, *place).last()
        told = last.statement if last else None
        if told or end > start:
            reached = told.last + 1 if told else start
            rows.append(
                {
                    "topic": place[0], "partition": place[1], "seals": told.number + 1 if told else 0,
                    "records": told.before + told.records if told else 0, "sealed to": reached, "log ends": end,
                    "behind": max(0, end - max(start, reached)), "last seal": told.at if told else "",
                }
            )  # fmt: skip
    return rows
