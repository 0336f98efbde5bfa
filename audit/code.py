"""What a subject's standing is or was, from the sealed log: its own records, decided again by the lines that workers run, beside what
readers were told.

The agents' state itself is the workers' alone to read. Records about people stay for their topics' retention only; where they do not
account for what readers were told, that is said (:attr:`Found.whole`), and nobody is given a colour or a reason that is made up.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from agents.loading import load_exchanges, standings
from agents.runtime.store import Partition, state_key
from agents.runtime.work import Result, Work
from agents.shapes import standing
from agents.shapes.standing_view import View, view
from agents.standing_declaration import StandingExchange
from agents.wiring import make_desk
from audit import code_log
from audit.code_log import Log
from govbus.errors import SetupError
from govbus.settings import Home
from schemas.codec import Codec
from schemas.purposes import keys_of
from topics.broker import Record
from topics.load import load


class Found:
    """A subject at log time ``at_ms``."""

    def __init__(self, exchange: StandingExchange, state: Mapping[str, Any] | None, log: Log, at_ms: int) -> None:
        """:param state: as the log gives it, :file:`standing_state.avsc`; None: nothing in it is about the subject"""
        self.exchange, self.log, self.at_ms = exchange, log, at_ms
        self.there = state is not None
        self.state = state or {"facts": {}, "told": {"level": "", "revision": 0, "badges": [], "topics": []}, "history": []}

    @cached_property
    def view(self) -> View:
        """The standing as the log gives it."""
        return view(self.exchange, self.state["facts"], self.at_ms)

    @property
    def told_level(self) -> str:
        """What readers were told last."""
        return str(self.log.told[-1].data["level"]) if self.log.told else self.exchange.spec.unknown.id

    @property
    def whole(self) -> bool:
        """Whether nothing of it has left the log: what is there accounts for as many changes as readers were told of."""
        last = self.log.told[-1].data["revision"] if self.log.told else 0
        return not self.log.cut or (0 < last == self.state["told"]["revision"])

    @property
    def agrees(self) -> bool:
        """Whether readers were told the level that the log gives."""
        return self.view.level == self.told_level

    def require_whole(self) -> None:
        """Go on only with a standing that the log gives. :raises SetupError: what it still holds may not be all."""
        if self.whole:
            return
        last = f"readers were told {self.told_level} last" if self.log.told else "nor what readers were told"
        msg = (
            f"the log does not go back to all that was known of this person: the oldest records of {self.log.cut[0]} have left by age. It "
            f"gives neither colour nor reasons, {last}; see 'govbus code told', and the department's own records"
        )
        raise SetupError(msg)


def exchange_of(name: str) -> StandingExchange:
    """The exchange of shape standing with this id; without an id, the only one there is.

    :raises SetupError: there is none, or more than one
    """
    found = standings(load_exchanges())
    chosen = [each for each in found.values() if name in ("", each.meta.id)]
    if len(chosen) != 1:
        msg = (
            f"{name or 'without --exchange it'} is no single exchange with standings; --exchange takes one of: {', '.join(found) or 'none'}"
        )
        raise SetupError(msg)
    return chosen[0]


def find(home: Home, exchange: StandingExchange, subject: bytes, at_ms: int) -> Found:
    """The subject's standing at log time ``at_ms``.

    :raises RetryLater: the broker is away; :raises SetupError: a topic may not be read
    """
    codec = Codec.load(load().records, keys=keys_of(home))
    log = code_log.read(home, exchange, subject, at_ms, codec)
    work = Work(make_desk(home), codec)
    return Found(exchange, decided_again(work, exchange.meta.id, subject, log.records, at_ms), log, at_ms)


def decided_again(work: Work, exchange: str, subject: bytes, records: Iterable[Record], at_ms: int) -> dict[str, Any] | None:
    """The state that these records come to at ``at_ms``, its timers included; None: nothing is known. What is refused counts for nothing.

    :param records: the subject's, in order of log time
    """
    part, unused = Partition.empty(0), Result()
    for record in records:
        work.fire(part, record.timestamp, unused)
        work.take(part, record, unused)  # type: ignore[arg-type]  # a protocol's fields count as settable
    work.fire(part, at_ms + 1, unused)
    entry = part.get(state_key(exchange, subject))
    return work.codec.read(standing.STATE, entry.value) if entry else None
