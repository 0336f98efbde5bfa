"""The front desk: which exchange a record belongs to, and the shape that decides it. Pure; the worker, a replay and tests use it alike."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from agents.loading import AnyExchange, casework, named, standings, verifying
from agents.shapes import case, crowd, duty, encounter, reports, standing, verify
from agents.shapes.admission import Gate
from agents.shapes.case import Case
from agents.shapes.crowd import Crowd
from agents.shapes.decision import Decision, State, Tick
from agents.shapes.duty import Duties
from agents.shapes.encounter import Encounter
from agents.shapes.standing import StandingShape
from agents.shapes.verify import Verify
from agents.standing_declaration import StandingExchange
from govbus.envelope import Envelope
from govbus.errors import Poison, SetupError
from govbus.reasons import Reason

CONTROL_TOPIC, CONTROL = "bus.control", "gov_data.ExchangeControl"
UNROUTED = "unrouted"
"""Stands for an exchange in state keys and ledgers of requests whose item no exchange serves."""


class Shape(NamedTuple):
    """How the desk sees what decides for one exchange.

    :param state_type: record type of a standing
    :param open_dialogues: how many dialogues a standing, which is not empty, holds open
    """

    decide: Callable[[State, Envelope | Tick, int], Decision]
    state_type: str
    open_dialogues: Callable[[Mapping[str, Any]], int]


@dataclass(frozen=True)
class Desk:
    """All exchanges of one worker group.

    :param records: record type by topic, for every topic that is read or written
    :param askers: departments that may ask
    :param duties: posts by department and role
    :param parties: departments that take part in cases
    """

    exchanges: Mapping[str, AnyExchange]
    gate: Gate
    records: Mapping[str, str]
    askers: tuple[str, ...]
    duties: Duties = field(default_factory=Duties)
    parties: tuple[str, ...] = ()
    _shapes: dict[str, Shape] = field(init=False, default_factory=dict)
    _by_item: dict[str, str] = field(init=False, default_factory=dict)
    _by_feed: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for name, exchange in verifying(self.exchanges).items():
            self._shapes[name] = Shape(Verify(exchange, self.gate, self.duties).decide, verify.STATE, verify.open_dialogues)
            self._by_item[exchange.spec.item] = name
            if exchange.spec.feed:
                self._by_feed[exchange.spec.feed.topic] = name
        self._shapes[UNROUTED] = Shape(Verify(None, self.gate, self.duties).decide, verify.STATE, verify.open_dialogues)
        sources = {each.spec.item: each.spec.sources for each in verifying(self.exchanges).values()}
        for name, each in casework(self.exchanges).items():
            self._shapes[name] = Shape(Case(each, self.gate, sources, self.duties).decide, case.STATE, case.open_dialogues)
        for name, one in standings(self.exchanges).items():
            self._stand(name, one)
        told = self._case_outputs(sources.values())
        told |= {topic for one in standings(self.exchanges).values() for topic in one.outputs}
        if missing := [topic for topic in (*self.inputs, *sorted(told)) if topic not in self.records]:
            msg = f"exchanges read or write topics that topics/catalog does not declare: {', '.join(missing)}"
            raise SetupError(msg)

    def _stand(self, name: str, exchange: StandingExchange) -> None:
        """The shapes of a standing: one for its subjects, one ``<exchange>.<meeting>`` for each meeting of orders and presences,
        and ``<exchange>.round`` for rounds of testing."""
        self._shapes[name] = Shape(StandingShape(exchange).decide, standing.STATE, lambda _: 0)
        spec = exchange.spec
        meets = {each: f"{name}.{meeting}" for meeting, one in spec.meetings.items() for each in (one.orders, one.presences)}
        for meeting in spec.meetings:
            decide = Encounter(exchange, meeting, self.gate.keys).decide
            self._shapes[f"{name}.{meeting}"] = Shape(decide, encounter.STATE, lambda _: 0)
        for kind, each in spec.inputs.items():
            self._by_feed[each.topic] = meets.get(kind, name)
        if spec.round:
            self._shapes[f"{name}.round"] = Shape(Crowd(exchange).decide, crowd.STATE, lambda _: 0)
            self._by_feed.update(dict.fromkeys((spec.round.topic, spec.round.interest), f"{name}.round"))

    def _case_outputs(self, holders: Iterable[tuple[str, ...]]) -> set[str]:
        """Topics that cases may write: to whoever is named in a move, to the holders of every item."""
        cases = casework(self.exchanges).values()
        if not cases:
            return set()
        told = {name for each in cases for name in named(each)} | {name for each in holders for name in each}
        return {f"{name}.case-progress" for name in (*told, *self.parties)} | {duty.TOPIC}

    @property
    def inputs(self) -> tuple[str, ...]:
        """Topics to read: the operators' orders, the askers' requests, the holders' answers and corrections, the feeds, the cases."""
        specs = [exchange.spec for exchange in verifying(self.exchanges).values()]
        asked = {f"{holder}.answer" for spec in specs for holder in spec.answerers}
        asked |= {f"{holder}.correction" for spec in specs if spec.recheck for holder in spec.sources}
        return (CONTROL_TOPIC, *(f"{asker}.request" for asker in self.askers), *sorted(asked), *self._by_feed, *self._case_inputs)

    @property
    def _case_inputs(self) -> tuple[str, ...]:
        return (*(f"{name}.case" for name in self.parties), reports.TOPIC) if casework(self.exchanges) else ()

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
        if event.type in (case.MOVE, reports.CHECKED):
            if self.state_type(data["exchange"]) == case.STATE:
                return str(data["exchange"])
            raise Poison(Reason.UNKNOWN_EXCHANGE, event.place, "the move names an exchange that keeps no cases")
        if event.type == CONTROL:
            if data["exchange"] in self.exchanges:
                return str(data["exchange"])
            raise Poison(Reason.UNKNOWN_EXCHANGE, event.place, "the order names an exchange that does not exist")
        return self._by_feed[event.topic]

    def opens(self, event: Envelope) -> bool:
        """Whether a record waits while its exchange is paused: requests do, and all that moves cases, in its order; answers go on."""
        return event.type in (verify.REQUEST, case.MOVE, reports.CHECKED)

    def decide(self, exchange: str, state: State, event: Envelope | Tick, now_ms: int) -> Decision:
        """The decision of the exchange's shape."""
        return self._shapes[exchange].decide(state, event, now_ms)

    def state_type(self, exchange: str) -> str:
        """Record type of the exchange's standings; empty where there is no such exchange."""
        shape = self._shapes.get(exchange)
        return shape.state_type if shape else ""

    def open_dialogues(self, exchange: str, state: State) -> int:
        """How many dialogues a standing of the exchange holds open."""
        return self._shapes[exchange].open_dialogues(state) if state else 0
