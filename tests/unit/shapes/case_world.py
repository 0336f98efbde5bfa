"""Cases as a clerk would play them: moves of departments, words of checks, days that pass; state and outputs go through the real codec."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from agents.shapes import reports
from agents.shapes.decision import Decision, Output, State, Tick
from govbus.envelope import Envelope
from govbus.errors import Poison
from schemas.codec import Codec
from tests.unit.shapes import world

CODEC = Codec.load(world.load().records)
DESK = world.make_desk()
LOCAL = timezone(timedelta(hours=8))
HASH = "ab" * 32
ITEM = "proof-01"
MINUTE = 60_000


def local_ms(text: str) -> int:
    """Log time of a local moment, ``2026-11-24 09:00``, or of a day, at nine."""
    moment = datetime.fromisoformat(text if " " in text else f"{text} 09:00").replace(tzinfo=LOCAL)
    return int(moment.timestamp() * 1000)


def move(name: str, at_ms: int, case: str = "commitment.A1", by: str = "housing", staff: str = "ZJ0001", **more: Any) -> Envelope:
    """A department's move; whatever moves may need is given unless ``without`` takes it away."""
    exchange = case.split(".", 1)[0]
    declared = DESK.exchanges.get(exchange)
    known = declared.spec.by_name.get(name) if declared and hasattr(declared.spec, "by_name") else None
    opens, needs = bool(known and not known.starts), known.needs if known else ()
    data: dict[str, Any] = {
        "case_id": case, "exchange": exchange, "department": by, "move": name, "staff": staff, "at": more.get("at", at_ms),
        "item": more.get("item", ITEM) if opens else None, "matter": "GZF" if opens else None,
        "subject": {**world.PERSON} if opens else None, "text_hash": HASH if "text_hash" in needs else None,
        "request_id": None, "reason": "查明" if "reason" in needs else None,
        "fields": {"risk": more.get("risk", "high")} if "risk" in needs else {},
    }  # fmt: skip
    for gone in more.get("without", ()):
        data["fields"].pop(gone, None)
        data |= {gone: None} if gone in data else {}
    data |= more.get("data", {})
    made = world.envelope(f"{by}.case", "gov_data.CaseMove", data, at_ms, id=more.get("id", f"{case}-{name}-{by}-{at_ms}"))
    key = world.KEYS.key(world.PERSON["id_type"], world.PERSON["id_no"])
    return made._replace(**{"key": key, **more.get("parts", {})})


def checked(outcome: str, at_ms: int, case: str = "commitment.A1", request: str = "r1", revision: int = 0, **more: Any) -> Envelope:
    """What a check came to, as the agents that check tell it."""
    data = {
        "case_id": case, "exchange": case.split(".", 1)[0], "department": "housing", "item": ITEM, "request_id": request,
        "outcome": outcome, "mismatched_fields": ["marital_status"] if outcome == "mismatch" else [], "revision": revision,
        "conflict": [], "decided_at": at_ms, **more,
    }  # fmt: skip
    made = world.envelope(reports.TOPIC, reports.CHECKED, data, at_ms, "/gov-data/verify", id=f"check-{case}-{request}-{revision}")
    return made._replace(key=world.KEYS.key(world.PERSON["id_type"], world.PERSON["id_no"]))


@dataclass
class Play:
    """One subject in one exchange, and all that was said."""

    exchange: str = "commitment"
    now_ms: int = world.START_MS
    state: State = None
    due_ms: int | None = None
    said: list[Output] = field(default_factory=list)
    booked: Counter[str] = field(default_factory=Counter)

    def take(self, event: Envelope | Tick, now_ms: int) -> Decision:
        """Decide; state and outputs must fit their schemas."""
        if isinstance(event, Envelope):
            assert DESK.route(event) == self.exchange
        before = repr(self.state)
        decision = DESK.decide(self.exchange, self.state, event, now_ms)
        assert repr(self.state) == before, "a shape leaves what it is given alone"
        if decision.state is not None:
            value = CODEC.encode("gov_data.CaseState", decision.state)
            assert CODEC.read("gov_data.CaseState", value) == decision.state
        for each in decision.outputs:
            assert CODEC.encode(each.record, each.data)
            assert each.topic in DESK.records
            assert DESK.records[each.topic] == each.record
            assert world.PERSON["id_no"] not in str(each.data)
        self.state, self.due_ms, self.said = decision.state, decision.due_ms, [*self.said, *decision.outputs]
        self.booked.update(decision.account)
        return decision

    def until(self, now_ms: int) -> None:
        """Let time pass: every timer fires at its own moment."""
        while self.due_ms is not None and self.due_ms < now_ms:
            self.take(Tick(self.due_ms), self.due_ms)
        self.now_ms = now_ms

    def tell(self, event: Envelope) -> Decision | None:
        """A record at its log time; None where it is poison."""
        self.until(event.recorded_ms)
        try:
            return self.take(event, event.recorded_ms)
        except Poison:
            return None

    def next_ms(self) -> int:
        self.now_ms += MINUTE
        return self.now_ms

    def case(self, name: str = "commitment.A1") -> dict[str, Any]:
        """The file of a case; empty where there is none."""
        return (self.state or {"cases": {}})["cases"].get(name, {})

    def told(self, topic: str = "") -> list[dict[str, Any]]:
        """Data of what was said, on one topic or on all."""
        return [dict(each.data) for each in self.said if topic in ("", each.topic)]
