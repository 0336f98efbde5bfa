"""Every metric the bus exports, declared once: the exporters, ``docs/generated/metrics.md`` and the tests all read this list.

Names follow Prometheus' rules (base units, ``_total``, no abbreviations); lag metrics have kafka_exporter's names, so that public
dashboards work unchanged. Labels come from closed sets: departments, topics, exchanges, reason codes, programs; never an id or a key.
"""

from typing import Literal, NamedTuple

Kind = Literal["counter", "gauge", "histogram"]
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class Metric(NamedTuple):
    """One metric. ``buckets`` are upper bounds in ``unit``, for histograms only."""

    name: str
    kind: Kind
    unit: str
    labels: tuple[str, ...]
    meaning: str
    buckets: tuple[float, ...] = ()


RECORDS = Metric("exchange_records_total", "counter", "records", ("department", "topic", "direction", "outcome"),
                 "Records that passed a door of a department, by what became of them.")  # fmt: skip
BYTES = Metric("exchange_record_bytes_total", "counter", "bytes", ("department", "topic", "direction"), "Bytes of values of those records.")
LATENCY = Metric("exchange_latency_seconds", "histogram", "seconds", ("stage", "exchange"),
                 "Time from the source's row to the broker, on to the verdict, on into the asker's database, and end to end.",
                 SECONDS)  # fmt: skip
REFUSALS = Metric("exchange_refusals_total", "counter", "records", ("department", "topic", "reason"),
                  "Records refused or quarantined, by reason code; department is the one that must act.")  # fmt: skip
LEDGER = Metric("exchange_ledger_records", "gauge", "records", ("exchange", "account"),
                "Conservation ledger of a worker: in = delivered + refused + quarantined + duplicate + in_flight.")  # fmt: skip
CONSERVATION = Metric("exchange_conservation_difference_records", "gauge", "records", ("exchange",),
                      "in minus all other accounts; anything but 0 is a lost or doubled record.")  # fmt: skip
SUCCESS = Metric("exchange_last_success_timestamp_seconds", "gauge", "seconds since 1970", ("adapter",),
                 "When a program last finished a round without error, with or without records.")  # fmt: skip
SEALED = Metric("audit_sealed_records_total", "counter", "records", ("topic",), "Records under a seal that is in its file and on the bus.")
SEALS = Metric("audit_seals_total", "counter", "seals", ("topic",), "Seals made.")
UNSEALED = Metric("audit_unsealed_records", "gauge", "records", (), "Records in the logs without a seal.")
UNSEALED_AGE = Metric(
    "audit_unsealed_age_seconds", "gauge", "seconds", (), "Age of the oldest record that the sealer has read and not sealed."
)
BUILD = Metric("exchange_build_info", "gauge", "always 1", ("version",), "The label says what runs.")
QUARANTINE = Metric("exchange_quarantine_records", "gauge", "offsets", ("topic",),
                    "Offsets kept in the quarantine topic: its records and the marker of each transaction that wrote one.")  # fmt: skip
PARTITIONS = Metric("kafka_topic_partitions", "gauge", "partitions", ("topic",), "Partitions of the topic.")
TOPIC_END = Metric("kafka_topic_partition_current_offset", "gauge", "offset", ("topic", "partition"), "End of the partition.")
TOPIC_START = Metric("kafka_topic_partition_oldest_offset", "gauge", "offset", ("topic", "partition"), "Oldest offset still kept.")
GROUP_AT = Metric("kafka_consumergroup_current_offset", "gauge", "offset", ("consumergroup", "topic", "partition"),
                  "Position that a group has committed.")  # fmt: skip
GROUP_LAG = Metric("kafka_consumergroup_lag", "gauge", "offsets", ("consumergroup", "topic", "partition"),
                   "Offsets between a group's position and the end; one may stay: the marker that ends a transaction.")  # fmt: skip

ALL = (
    RECORDS, BYTES, LATENCY, REFUSALS, LEDGER, CONSERVATION, SUCCESS, BUILD, SEALED, SEALS, UNSEALED, UNSEALED_AGE, QUARANTINE, PARTITIONS,
    TOPIC_END, TOPIC_START, GROUP_AT, GROUP_LAG,
)  # fmt: skip


def as_markdown() -> str:
    """The list as ``docs/generated/metrics.md`` shows it."""
    head = "# Metrics\n\nMade from `monitoring/metrics.py` by `govbus monitor metrics`; a test fails when it is stale.\n\n"
    columns = ["| name | kind | unit | labels | meaning |", "|---|---|---|---|---|"]
    rows = [f"| `{one.name}` | {one.kind} | {one.unit} | {_quoted(one.labels)} | {one.meaning} |" for one in ALL]
    buckets = ", ".join(f"{bound:g}" for bound in SECONDS)
    return head + "\n".join([*columns, *rows]) + f"\n\nBuckets in seconds: {buckets}.\n"


def _quoted(labels: tuple[str, ...]) -> str:
    return ", ".join(f"`{label}`" for label in labels)
