"""The page of ``python -m benchmarks.city`` and ``python -m benchmarks.place``, from the figures."""

from collections.abc import Iterator, Mapping
from typing import Any

_NAMES = {
    "worker-1": "the agents (one worker)", "health.rounds": "source of the files", "service-center.codes": "sink of the checkpoints' store",
    "service-center.checkpoint": "the checkpoints' door", "kafka": "broker",
}  # fmt: skip


def page(told: Mapping[str, Any]) -> str:
    """Markdown; whatever has not been measured yet is not on it."""
    lines: list[str] = ["# A whole city's round of testing", ""]
    if "round" in told:
        lines += _round(told["round"])
    if "place" in told:
        lines += _place(told["place"])
    return "\n".join(lines) + "\n"


def _round(one: Mapping[str, Any]) -> Iterator[str]:
    lag, alone, busy = one["lag"], one["reads_alone"], one["reads_meanwhile"]
    yield f"`python -m benchmarks.city {one['people']} {one['known']}`, {one['date']}, {one['machine']}, load before {one['load_before']}."
    yield ""
    yield f"**{one['people']:,} people in {one['seconds']} s**: {one['files']} files, {one['file_bytes'] / 1e6:.0f} MB, ten people a tube,"
    yield f"to every person's colour and badge in the checkpoints' store; {one['wrong']} of them other than they must be."
    yield "Checkpoints asked meanwhile."
    yield ""
    yield "| until | s |"
    yield "|---|---|"
    yield f"| all files read, checked and acknowledged by the broker ({lag['records']:,} records) | {one['sent_s']} |"
    told = f"{lag['badge_records']:,} records to each reader"
    yield f"| the last badge told by the agents ({told}), from the first record on | {lag['last_out_s']} |"
    yield f"| the last person's line in the store | {one['seconds']} |"
    yield ""
    yield f"A record waited for the agents {lag['p50_s']} s (half of them), {lag['max_s']} s at the most."
    yield ""
    yield "| | processor s | peak MiB |"
    yield "|---|---|---|"
    for name, words in _NAMES.items():
        yield f"| {words} | {one['cpu_s'][name]} | {one['peak_mib'][name]} |"
    yield ""
    total = sum(one["cpu_s"].values())
    yield f"In all {total:.0f} processor seconds: two cores with nothing else to do need {total / 2:.0f} s at the least. The one worker"
    yield "of the agents is the longest chain of them; a second takes part of the buckets. A load above the number of cores is other work"
    yield "on the machine; a question's time runs from when it was due, so a door and askers without a processor fall behind."
    yield ""
    yield "| checkpoints | asked a second | p50 ms | p99 ms | longest ms |"
    yield "|---|---|---|---|---|"
    for name, reads in (("alone, as fast as 8 lines can", alone), ("560 a second, while the round runs", busy)):
        yield f"| {name} | {reads['a_second']} | {reads['p50_ms']} | {reads['p99_ms']} | {reads['max_ms']} |"
    yield ""
    yield f"Before the round {one['known']:,} people were made known one by one, {one['known_s']} s: a register's first load, and no part"
    yield "of a round. Whoever is in no register has a badge and no colour; the round's work is the same for both."
    yield ""


def _place(one: Mapping[str, Any]) -> Iterator[str]:
    yield "## One order for a place, over 21 days of scans"
    yield ""
    yield f"`python -m benchmarks.place`, {one['date']}, {one['machine']}, load before {one['load_before']}."
    yield ""
    yield "| scans | people | scans in, s | order sent, s | order to the last person told, s | a person, ms |"
    yield "|---|---|---|---|---|---|"
    for each in one["sizes"]:
        yield (
            f"| {each['scans']:,} | {each['people']:,} | {each['scans_s']} | {each['sent_s']} | {each['seconds']} "
            f"| {1000 * each['seconds'] / each['people']:.2f} |"
        )
    yield ""
