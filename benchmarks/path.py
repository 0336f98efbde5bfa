"""``python -m benchmarks.path``: microseconds of a record's way through the agent's own code, without broker, threads or network.

``Work.take`` with the changelog, of many records and of few that stay in the processor's caches, and beside it what Avro costs in it, by
fastavro and by the lines made per schema (docs/decisions/0005).
"""

import json
import sys
import time
from collections.abc import Callable
from io import BytesIO
from typing import Any

from crc32c import crc32c
from fastavro import parse_schema, schemaless_reader, schemaless_writer  # noqa: TID251
from kafka.record._crc32c import crc as crc32c_in_python  # noqa: TID251

from agents.runtime.pause import Kept
from agents.runtime.store import Partition
from agents.runtime.work import Result, Work
from benchmarks.jobs import ASKERS, PROOF, Comparing, Job, job
from schemas import compiled, release

RECORDS, GROUP, ROUNDS, START_MS = 20_000, 1_000, 5, 1_790_000_000_000
WARM = 200  # records that stay in the processor's caches


def _best(act: Callable[[], object], times: int = 1) -> float:
    """Microseconds a time, the best of a few rounds."""
    spent = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for _ in range(times):
            act()
        spent.append((time.perf_counter() - begun) / times)
    return round(min(spent) * 1_000_000, 2)


def requests(of: Job) -> list[Kept]:
    made = (of.envelope(ASKERS[0], number) for number in range(RECORDS))
    return [Kept(e.topic, 0, n, START_MS + n // 100, e.key, e.value, tuple(e.headers())) for n, e in enumerate(made)]


def take(of: Job, records: list[Kept]) -> tuple[float, bytes]:
    """Microseconds a record, and one verdict."""
    work, part, result = Work(Comparing(of), of.codec), Partition.empty(0), Result()

    def group() -> None:
        nonlocal result
        for start in range(0, RECORDS, GROUP):
            result = Result()
            for record in records[start : start + GROUP]:
                work.take(part, record, result)
            result.records += part.changes("bus.verify.state")

    micros = _best(group) / RECORDS
    return round(micros, 2), next(each.value for each in result.records if each.value and each.topic == "housing.verdict")


def avro(of: Job, record: str, value: bytes) -> dict[str, float]:
    """Writing and reading one record, either way."""
    schema: Any = parse_schema(dict(release.text(release.load().latest()[record])))
    data, body, write, read = of.codec.read(record, value), value[5:], compiled.writer(schema), compiled.reader(schema)
    ways: dict[str, Callable[[], object]] = {
        "fastavro writes": lambda: schemaless_writer(BytesIO(), schema, data),
        "ours writes": lambda: write(b"", data),
        "fastavro reads": lambda: schemaless_reader(BytesIO(body), schema, None),
        "ours reads": lambda: read(body, 0),
    }
    return {name: _best(way, RECORDS) for name, way in ways.items()}


def main() -> None:
    """Measure and print."""
    of = job(PROOF)
    records = requests(of)
    micros, verdict = take(of, records)
    warm, _ = take(of, records[:WARM] * (RECORDS // WARM))
    value = bytes(700)
    told = {
        "take": micros, f"take of {WARM} again and again": warm,
        of.request: avro(of, of.request, records[0].value or b""), of.result: avro(of, of.result, verdict),
        "checksum of 700 bytes": {"in Python": _best(lambda: crc32c_in_python(value), 1_000), "in C": _best(lambda: crc32c(value), 1_000)},
    }  # fmt: skip
    sys.stdout.write(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
