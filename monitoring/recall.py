"""Which verdicts rest on one version of a holder's record, and what holds now: read from the verdict topics, as principal ``auditor``."""

from typing import Any

from govbus.envelope import from_ms, to_iso
from govbus.settings import Home
from schemas.codec import Codec
from topics import broker
from topics.load import load

COLUMNS = ("request_id", "department", "item", "revision", "outcome", "decided_at", "now", "now_revision", "corrected_by")


def rests_on(home: Home, holder: str, version: str) -> list[dict[str, Any]]:
    """A row for each verdict that rests on ``version``, with the outcome that holds now; the last one is open where ``now`` is empty."""
    catalogue = load()
    topics = sorted(name for name, topic in catalogue.topics.items() if topic.spec.record == "gov_data.ProofVerdict")
    codec, old, last = Codec.load(catalogue.records), list[dict[str, Any]](), dict[str, dict[str, Any]]()
    for record in broker.scan(home, "auditor", topics):
        data = codec.read("gov_data.ProofVerdict", record.value or b"")
        if data["revision"] >= last.get(data["request_id"], data)["revision"]:
            last[data["request_id"]] = data
        if (holder, version) in {
            (data["holder"], data["source_version"]),
            *((each["holder"], each["source_version"]) for each in data["parts"]),
        }:
            old.append(data)
    return [_row(each, last[each["request_id"]]) for each in sorted(old, key=lambda each: (each["decided_at"], each["request_id"]))]


def _row(data: dict[str, Any], last: dict[str, Any]) -> dict[str, Any]:
    newer = last["revision"] > data["revision"]
    return {
        **{name: data[name] for name in ("request_id", "department", "item", "revision", "outcome")},
        "decided_at": to_iso(from_ms(data["decided_at"])), "now": last["outcome"] if newer else "",
        "now_revision": last["revision"] if newer else None, "corrected_by": last["corrected_by"],
    }  # fmt: skip
