"""The front desk: which exchange a record belongs to, and the shape that decides it. Pure; the worker, a replay and tests use it alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agents.declaration import Exchange
from agents.shapes import verify
from agents.shapes.admission import Gate
from agents.shapes.decision import Decision, State, Tick
from agents.shapes.verify import Verify
from govbus.envelope import Envelope
from govbus.errors import Poison, SetupError
from govbus.reasons import Reason

CONTROL_TOPIC, CONTROL = "bus.control", "gov_data.ExchangeControl"
UNROUTED = "unrouted"
"""Stands for an exchange in state keys and ledgers of requests whose item no exchange serves."""


@dataclass(frozen=True)
class Desk:
    """All exchanges of one worker group.

    :param records: record type by topic, for every topic that is read or written
    :param askers: departments that may ask
    """

    exchanges: Mapping[str, Exchange]
    gate: Gate
    records: Mapping[str, str]
    askers: tuple[str, ...]
    state_type: str = verify.STATE
    _shapes: dict[str, Verify] = field(init=False, default_factory=dict)
    _by_item: dict[str, str] = field(init=False, default_factory=dict)
    _by_feed: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for name, exchange in self.exchanges.items():
            self._shapes[name] = Verify(exchange, self.gate)
            self._by_item[exchange.spec.item] = name
            if exchange.spec.feed:
                self._by_feed[exchange.spec.feed.topic] = name
        self._shapes[UNROUTED] = Verify(None, self.gate)
        if missing := [topic for topic in self.inputs if topic not in self.records]:
            msg = f"exchanges read topics that topics/catalog does not declare: {', '.join(missing)}"
            raise SetupError(msg)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Topics to read: the operators' orders, the askers' requests, the holders' answers and corrections, the feeds."""
        specs = [exchange.spec for exchange in self.exchanges.values()]
        asked = {f"{holder}.answer" for spec in specs for holder in spec.answerers}
        asked |= {f"{holder}.correction" for spec in specs if spec.recheck for holder in spec.sources}
        return (CONTROL_TOPIC, *(f"{asker}.request" for asker in self.askers), *sorted(asked), *self._by_feed)

    @property
    def subjects(self) -> int:
        """Declared number of standings at once, all exchanges together."""
        return sum(exchange.spec.subjects for exchange in self.exchanges.values())

    def route(self, event: Envelope) -> str:
        """The exchange of a decoded record; UNROUTED for a request whose item nobody serves.

        :raises Poison: an answer for an exchange that does not exist
        """
        data = event.data or {}
        if event.type == verify.REQUEST:
            return self._by_item.get(data["item"], UNROUTED)
        if event.type == verify.ANSWER:
            if data["exchange"] in self.exchanges:
                return str(data["exchange"])
            raise Poison(Reason.UNASKED_ANSWER, event.place, "the answer names an exchange that does not exist")
        if event.type == verify.CORRECTION:
            if data["item"] in self._by_item:
                return self._by_item[data["item"]]
            raise Poison(Reason.UNKNOWN_ITEM, event.place, "the correction names an item that no exchange serves")
        if event.type == CONTROL:
            if data["exchange"] in self.exchanges:
                return str(data["exchange"])
            raise Poison(Reason.UNKNOWN_EXCHANGE, event.place, "the order names an exchange that does not exist")
        return self._by_feed[event.topic]

    def opens(self, event: Envelope) -> bool:
        """Whether a record opens a dialogue: a request does; answers and feeds go on while an exchange is paused."""
        return event.type == verify.REQUEST

    def decide(self, exchange: str, state: State, event: Envelope | Tick, now_ms: int) -> Decision:
        """The decision of the exchange's shape."""
        return self._shapes[exchange].decide(state, event, now_ms)

    @staticmethod
    def open_dialogues(state: State) -> int:
        """How many dialogues a standing holds open."""
        return verify.open_dialogues(state) if state else 0
