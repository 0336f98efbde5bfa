"""Where the time goes: the four moments that every verdict carries, taken apart."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import psycopg

STAGES: Mapping[str, str] = {
    "source → accepted": "from the row's updated_at to the broker's LogAppendTime: the source adapter's look and its send",
    "accepted → checked": "from there to the log time of the verdict's cause: the agent, and for `ask` the holder's answerer too",
    "checked → delivered": "from there to the row in bus.verdict: the agent's transaction, the sink's read and write",
    "end to end": "from the row that asks to the row that answers, in one and the same database, by its clock",
}
_MOMENTS = """
    SELECT extract(epoch FROM accepted_at - requested_at), extract(epoch FROM decided_at - accepted_at),
           extract(epoch FROM delivered_at - decided_at), extract(epoch FROM delivered_at - requested_at)
    FROM bus.verdict WHERE source_key::bigint > %s
"""


def figures(housing: psycopg.Connection[Any], first: int) -> dict[str, list[float]]:
    """Seconds by stage, one value a verdict, of the claims after ``first``."""
    rows = housing.execute(_MOMENTS, (first,)).fetchall()
    return {name: [float(row[place]) for row in rows] for place, name in enumerate(STAGES)}


def percentiles(taken: Mapping[str, Sequence[float]]) -> dict[str, dict[str, float]]:
    """p50 and p99 in milliseconds, and each stage's share of the sum of the medians in percent."""
    middles = {name: median(values) * 1000 for name, values in taken.items()}
    whole = sum(middles[name] for name in list(STAGES)[:3])
    return {
        name: {"p50": round(middles[name], 1), "p99": round(_at(values, 0.99) * 1000, 1), "share": round(100 * middles[name] / whole)}
        for name, values in taken.items()
    }


def _at(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
