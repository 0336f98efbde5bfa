"""The page docs/benchmarks/peers.md: tables, where a peer is ahead, and how it was measured."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.peers.entrants import ENTRANTS
from benchmarks.peers.figures import WORK, Measure, ahead, spread, steady

_MACHINE = "2 shared cores"
_JOB = """
The job, the same for all: read 300-byte Avro requests from four partitions, decode, compare with the key's last counter in memory,
encode an Avro result, write it to four partitions. The agents' real work is left out, for no peer has it; the lines of the whole
agent alone have it: the worker as it runs on a bus, on the same requests, with headers checked and written, ids, a standing in Avro with
its changelog, ledger, order of work and metrics. "Compiled" has its hot modules and the bench's rules as machine code (`make compiled`,
docs/decisions/0014); "on one core" has one for itself, the broker the other. `make bench-peers` measures again.

![throughput, CPU, memory and latency](peers.svg)
"""
_HOW = """
## How it was measured

- One plaintext broker on loopback, on the same cores as the contestant. Each contestant is one process with one worker (Kafka Streams: one
  stream thread). The contestants take turns, then all again, another one first, so that whatever else the machine does meets everybody;
  an unrecorded turn goes before, in which the broker's own JVM warms up.
- Throughput: after a warm-up of a quarter as many, the contestant is halted (SIGSTOP) while its topic is filled, then let go, and the time
  runs to the broker's log time of the last result. A JVM compiles on for minutes, so one that has run for long may be faster than here.
- CPU: of the contestant's process with all its threads, over the same stretch. "Cores used" is the same under the steady load: 1 is
  one core.
- Latency: from the stamp in the request, set by the load generator just before sending, to a committed reader's receipt of the result; the
  load generator and the reader are processes of their own on the same clock. The first second of a rate is not counted. "Overload": the
  latency grew until the end, or results were missing four seconds after the last request.
- Settings are the defaults, but for these. Kafka Streams: producer linger 5 ms in place of 100 ms, as the plain clients have; store in
  memory, its logging and caching off; heap 512 MB. Quix Streams exactly once: commit interval and poll 0.1 s in place of 5 s and 1 s, as
  Kafka Streams commits. Both hold results back for that tenth of a second; with a smaller one they would be quicker and use more CPU.
  Both Faust contestants run on uvloop.
- "At least once" contestants may repeat results after a crash. Nothing was killed here: the runtime's own tests do that.
"""


def text(results: Mapping[str, Any]) -> str:
    """The page, from what ``__main__`` wrote into results.json."""
    runs, scale = results["runs"], results["scale"]
    versions = ", ".join(f"{name} {found}" for name, found in results["versions"].items())
    head = [
        "# The runtime and its peers at the same bare job", "",
        f"{results['date']}; {_MACHINE}; rounds: {scale['rounds']}; median (minimum–maximum). {versions}.",
        _JOB,
        "## Throughput", "", *_table(WORK, runs),
    ]  # fmt: skip
    for rate in scale["rates"]:
        head += ["", f"## Latency at {rate:,} requests a second, {scale['seconds']} s", "", *_table(steady(rate), runs)]
    return "\n".join([*head, *_ahead(runs, scale["rates"])]) + "\n" + _HOW + _failures(runs)


def _table(measures: Sequence[Measure], runs: Mapping[str, Any]) -> list[str]:
    rows = [["contestant", "guarantee", *(measure.title for measure in measures)], ["---"] * (2 + len(measures))]
    for name, found in runs.items():
        entrant = ENTRANTS[name]
        guarantee = "exactly once" if entrant.once else "at least once"
        rows.append([entrant.title, guarantee, *(spread(measure, found) for measure in measures)])
    return [f"| {' | '.join(row)} |" for row in rows]


def _ahead(runs: Mapping[str, Any], rates: Sequence[int]) -> list[str]:
    """Every measure in which somebody is better than we are; nothing is left out because it is small."""
    if "ours" not in runs:
        return []
    peers = {name: found for name, found in runs.items() if name != "ours" and not ENTRANTS[name].whole}
    lines = ["", "## Where a peer is ahead of the runtime", ""]
    named = [(measure.title, measure) for measure in WORK]
    named += [(f"{measure.title} at {rate:,}/s", measure) for rate in rates for measure in steady(rate)]
    for title, measure in named:
        found = ahead(measure, runs["ours"], peers, _title)
        lines.append(f"- {title}: {'; '.join(found) or 'nobody'}")
    return lines


def _title(name: str) -> str:
    entrant = ENTRANTS[name]
    return f"{entrant.title} {'exactly once' if entrant.once else 'at least once'}"


def _failures(runs: Mapping[str, Any]) -> str:
    said = [f"- {name}, round {number}" for name, found in runs.items() for number, run in enumerate(found, 1) if "failed" in run]
    return "\n".join(["\n## Failed runs\n", *said, ""]) if said else ""
