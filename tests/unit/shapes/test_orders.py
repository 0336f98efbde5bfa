"""Any order, any repetition, any silence: each request ends with one verdict, and the ledger agrees with the state at every step."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.shapes.decision import Decision, State, Tick
from govbus.envelope import Envelope
from govbus.errors import Poison
from tests.unit.shapes.world import START_MS, answer, landed, make_desk, request

DESK = make_desk()
DAY = 86_400_000


def events(item: str) -> list[Envelope]:
    """Three requests (one refused), their answers (two for one of them, saying different things) and two versions of the landed record."""
    asked = [
        request(item, request_id="r1"),
        request(item, request_id="r2", respond_within_ms=1500),
        request(item, request_id="r3", officer=""),
        request(item, request_id="r1", officer="ZJ0009"),
    ]
    if item == "proof-17":
        return [*asked, landed(), landed(version="2026-11-24", category="1")]
    answered = [answer(item, request_id="r1"), answer(item, request_id="r1", outcome="no_record"), answer(item, request_id="r2")]
    return [*asked, *answered]


PLANS = st.sampled_from(["proof-01", "proof-17"]).flatmap(
    lambda item: st.lists(st.tuples(st.sampled_from(events(item)), st.sampled_from([0, 400, 2_000, 31_000, 8 * DAY])), max_size=14)
)


def brute_force(steps: list[tuple[Envelope, int]]) -> dict[str, str]:
    """What each request's verdict must be, told from the plan alone: by scanning it from the start for every request."""
    verdicts: dict[str, str] = {}
    admitted: dict[str, tuple[int, bytes]] = {}
    category, version = None, ""
    for event, at_ms in steps:
        for name, (due_ms, _) in admitted.items():
            if name not in verdicts and due_ms < at_ms:
                verdicts[name] = "timeout"
        data = dict(event.data or {})
        if event.type == "gov_data.ProofRequest" and event.id not in admitted:
            admitted[event.id] = (at_ms + (data["respond_within_ms"] or 30_000), event.value)
            if not data["officer"]:
                verdicts[event.id] = "refused"
            elif data["item"] == "proof-17":
                verdicts[event.id] = "no_record" if category is None else ("match" if category == "4" else "mismatch")
        elif event.type == "gov_data.ProofAnswer" and data["request_id"] in admitted:
            verdicts.setdefault(data["request_id"], data["outcome"])
        elif event.type == "disabled_federation.Disability" and data["version"] > version:
            category, version = data["category"], data["version"]
    return {name: verdicts.get(name, "timeout") for name in admitted}


@settings(max_examples=400)
@given(PLANS)
def test_one_verdict_a_request_and_a_ledger_that_agrees(plan: list[tuple[Envelope, int]]) -> None:
    now_ms, steps = START_MS, []
    for event, wait_ms in plan:
        # Within the time that ids are remembered; a request sent again after it is a new request, which test_cases shows.
        now_ms += wait_ms if now_ms + wait_ms < START_MS + 6 * DAY else 0
        steps.append((event._replace(recorded_ms=now_ms), now_ms))
    state: State = None
    book: Counter[str] = Counter()
    verdicts: dict[str, list[str]] = {}
    due_ms: int | None = None

    def take(decision: Decision) -> None:
        nonlocal state, due_ms
        state, due_ms = decision.state, decision.due_ms
        book.update(decision.account)
        for output in decision.outputs:
            if output.topic == "housing.verdict":
                verdicts.setdefault(output.data["request_id"], []).append(output.data["outcome"])
        open_now = DESK.open_dialogues(exchange, state)
        assert book["in"] == book["delivered"] + book["refused"] + book["quarantined"] + book["duplicate"] + open_now

    def tick_until(limit_ms: int) -> None:
        while due_ms is not None and due_ms < limit_ms:
            take(DESK.decide(exchange, state, Tick(due_ms), due_ms))

    for event, at_ms in steps:
        exchange = DESK.route(event)
        tick_until(at_ms)
        try:
            take(DESK.decide(exchange, state, event, at_ms))
        except Poison:
            if event.type == "gov_data.ProofRequest":
                book.update({"in": 1, "quarantined": 1})
    if steps:
        tick_until(START_MS + 30 * DAY)
    assert verdicts == {name: [outcome] for name, outcome in brute_force(steps).items()}
