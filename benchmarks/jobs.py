"""What the full agent is measured with: the bus's own records, and records as small as those of the peers' bare job.

Either way each request is compared with how often its subject was seen, and answered; the standing is a counter.
"""

import json
import os
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from agents.shapes.decision import Decision, Output, State, Tick
from govbus.envelope import Envelope, event_id
from schemas import release
from schemas.codec import Codec
from topics.load import load

SUBJECTS = 20_000
PROOF, SMALL = "proof", "small"
ASKERS = ("housing", "education")
REQUESTS, RESULTS = tuple(f"{asker}.request" for asker in ASKERS), "housing.verdict"

_PEERS = Path(__file__).parent / "peers" / "avro"
_COUNTS = ("accepted", "delivered", "refused", "quarantined", "duplicate")
_REQUESTS: Mapping[str, Mapping[str, Any]] = {
    PROOF: {
        "request_id": "", "department": "", "officer": "bench-1", "matter": "housing-rental", "item": "proof-01",
        "purpose": "rental-application", "legal_basis": "bench",
        "subject": {"id_type": "111", "id_no": "449978199001010010", "name": "样本"},
        "claims": {"marital_status": "20"}, "as_of": "2026-11-24", "commitment_hash": None, "respond_within_ms": None, "case_id": None,
    },
    SMALL: {
        "sent_us": 0, "subject": "", "counter": 0, "department": "", "officer": "officer-0001", "purpose": "public-rental-housing",
        "basis": "公共租赁住房管理办法 Art 7", "claims": {"marital_status": "20", "note": "x" * 150},
    },
}  # fmt: skip
_VERDICT: Mapping[str, Any] = {
    "department": "housing", "mismatched_fields": [], "flags": [], "reason": None, "reason_text": None, "owner": None,
    "holder": "civil-affairs", "as_of": None, "source_version": None, "rule_version": "2026-1", "item": "proof-01", "exchange": "bench",
    "parts": [], "revision": 0, "corrected_by": None,
}  # fmt: skip


class Job(NamedTuple):
    """Record types of a job, by what they are for."""

    name: str
    codec: Codec
    request: str
    result: str

    def envelope(self, asker: str, number: int, name: str = "") -> Envelope:
        """Request ``number``, as a department's adapter sends it."""
        name = name or event_id("bench", asker, time.time_ns(), number)
        own: dict[str, Any] = {"request_id": name} if self.name == PROOF else {"sent_us": time.time_ns() // 1000, "subject": name}
        value = self.codec.encode(self.request, {**_REQUESTS[self.name], **own, "department": asker})
        key = b"%032x" % (number * 2_654_435_761 % SUBJECTS)
        return Envelope(name, f"/{asker}/window", self.request, datetime.now(UTC), f"{asker}.request", key, value, name)


def job(name: str, topics: Iterable[str] = REQUESTS) -> Job:
    """The job ``name``, :data:`PROOF` or :data:`SMALL`.

    :param topics: that carry the small job's requests
    """
    if name == PROOF:
        return Job(name, Codec.load(load().records), "gov_data.ProofRequest", "gov_data.ProofVerdict")
    released = release.load()
    own = [released.latest()[f"gov_data.{each}"] for each in ("Ledger", "Quarantined", "Worked")]
    ours = {each.id: release.text(each) for each in own}
    request, result = small_schemas()
    schemas = {**ours, 901: request, 902: result}
    latest = {f"{schema['namespace']}.{schema['name']}": number for number, schema in schemas.items()}
    return Job(name, Codec(schemas, latest, dict.fromkeys(topics, "bench.Request")), "bench.Request", "bench.Result")


def small_schemas() -> list[dict[str, Any]]:
    """Of the small job's request and result: the peers' own, and by what request a result is."""
    request, result = (json.loads((_PEERS / f"{each}.avsc").read_text(encoding="utf-8")) for each in ("request", "result"))
    result["fields"].append({"name": "request_id", "type": "string"})
    return [request, result]


class Comparing:
    """Rules of the bench."""

    def __init__(self, of: Job, inputs: Iterable[str] = REQUESTS, target: str = RESULTS) -> None:
        self.inputs, self.exchanges = tuple(inputs), ("bench",)
        self.subjects = int(os.environ.get("BENCH_SUBJECTS", str(SUBJECTS)))
        self._target, self._result, self._small = target, of.result, of.name == SMALL

    def route(self, event: Envelope) -> str:  # noqa: ARG002
        """All records are of one exchange."""
        return "bench"

    def decide(self, exchange: str, state: State, event: Envelope | Tick, now_ms: int) -> Decision:  # noqa: ARG002
        """One result a request."""
        if isinstance(event, Tick) or event.data is None:
            return Decision(state)
        known = state or dict.fromkeys(_COUNTS, 0)
        seen = known["accepted"] + 1
        data = _small(event, event.data, seen) if self._small else _verdict(event, seen, now_ms)
        output = Output(self._target, self._result, data, "verdict")
        return Decision({**known, "accepted": seen, "delivered": seen}, (output,), None, {"in": 1, "delivered": 1})

    def opens(self, event: Envelope) -> bool:  # noqa: ARG002
        """Nothing waits here: nobody pauses it."""
        return False

    def state_type(self, exchange: str) -> str:  # noqa: ARG002
        """A ledger's counts: what a standing of the bench is."""
        return "gov_data.Ledger"

    def open_dialogues(self, exchange: str, state: State) -> int:  # noqa: ARG002
        """None: each request is answered at once."""
        return 0


def _verdict(event: Envelope, seen: int, now_ms: int) -> dict[str, Any]:
    return {**_VERDICT,
        "request_id": event.id, "outcome": "match" if seen % 2 else "mismatch",
        "requested_at": int(event.time.timestamp() * 1000), "accepted_at": event.recorded_ms, "decided_at": now_ms,
    }  # fmt: skip


def _small(event: Envelope, asked: Mapping[str, Any], seen: int) -> dict[str, Any]:
    return {
        "sent_us": asked["sent_us"], "subject": asked["subject"], "counter": seen, "previous": seen - 1, "department": asked["department"],
        "outcome": "new", "request_id": event.id,
    }  # fmt: skip
