"""The health code recomputed from all happenings at any instant, by brute force and without the product's code or files.

Restates the rules of Guangdong of June 2022 (7+3) and of 11 November 2022 (5+3, which judge old cases anew) for one person in Wuchuan.

    python -m tests.oracle.standing --histories 10000 [--seed 1]

plays random histories through the shapes and compares every instant at which anything could change.
"""

import argparse
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
MIDNIGHT = int(datetime(2022, 11, 10, 16, tzinfo=UTC).timestamp() * 1000)  # 11 November 2022, 00:00 in 吴川
Happening = dict[str, Any]
GRAVITY = ["none", "green", "yellow", "red"]


def colour(happenings: list[Happening], t: int) -> str:
    """What the code must show at ``t``, from everything that had arrived by then."""
    found = [level for _, level in reasons(happenings, t)]
    if found:
        return max(found, key=GRAVITY.index)
    return "green" if any(h["what"] == "person" for h in happenings if h["known"] <= t) else "none"


def reasons(happenings: list[Happening], t: int) -> Iterator[tuple[str, str]]:
    """Each reason that counts at ``t``: its name and colour."""
    seen = [h for h in happenings if h["known"] <= t]
    for name, level, start, end, since in _claims(seen, t):
        if start <= t and (end is None or t < end) and not _quiet(seen, name, since, t):
            yield name, level


Claim = tuple[str, str, int, int | None, int]
"""Name, colour, from, until, and when it was said."""


def _claims(seen: list[Happening], t: int) -> Iterator[Claim]:
    june = t < MIDNIGHT
    times = sorted(s["sampled"] for s in _samples(seen) if s["result"] == "negative")
    yield from _tested(seen)
    yield from _contacts(seen, june, times)
    yield from _isolated(seen)
    yield from _by_time(seen, june, times)
    yield from _met(seen, june, times, t)


def _tested(seen: list[Happening]) -> Iterator[Claim]:
    single = sorted(s["sampled"] for s in _samples(seen) if s["result"] == "negative" and s["pool_size"] == 1)
    for s in _samples(seen):
        if s["result"] == "positive":
            ident = f"lab.result:{s['sample_id']}"
            yield f"{ident}/lab-positive", "red", s["sampled"], _order(seen, ident, s["sampled"]), s["sampled"]
    for p in _last(seen, "pool.positive", "tube_id"):
        at, ident = min(p["sampled_at"], p["known"]), f"pool.positive:{p['tube_id']}"
        again = [one for one in single if one >= at]
        yield f"{ident}/pool-member", "yellow", at, _first(again[:1], _order(seen, ident, at)), at


def _contacts(seen: list[Happening], june: bool, times: list[int]) -> Iterator[Claim]:
    for c in _last(seen, "contact.order", "order_no"):
        if c["action"] == "cancelled":
            continue
        at, start, ident = min(c["issued_at"], c["known"]), c["exposed_at"], f"contact.order:{c['order_no']}"
        ordered = _order(seen, ident, at)
        if c["class"] == "suspect":
            yield f"{ident}/suspect", "red", start, ordered, at
        elif c["class"] == "close":
            span, days = (7, (1, 2, 3, 5, 7)) if june else (5, (1, 2, 3, 5))
            yield f"{ident}/contact-close", "red", start, _first([c["until"], _daily(times, start, span, days)], ordered), at
        elif c["class"] == "time_place" or june:
            yield f"{ident}/contact-time-place", "yellow", start, _first([c["until"], _two(times, start)], ordered), at


def _isolated(seen: list[Happening]) -> Iterator[Claim]:
    for q in _last(seen, "quarantine", "order_no"):
        start, end, at = q["quarantine_from"], q["quarantine_to"], min(q["issued_at"], q["known"])
        yield f"quarantine:{q['order_no']}/isolation", "red", start, end, at
        if end is not None:
            yield f"quarantine:{q['order_no']}/monitoring", "yellow", end, end + 3 * DAY, at


def _by_time(seen: list[Happening], june: bool, times: list[int]) -> Iterator[Claim]:
    for f in _last(seen, "symptom", "visit_id"):
        at, ident = min(f["visited_at"], f["known"]), f"symptom:{f['visit_id']}"
        yield f"{ident}/fever-clinic", "yellow", at, _first([at + 14 * DAY, _two(times, at)], _order(seen, ident, at)), at
    for e in _last(seen, "border.entry", "entry_id"):
        at, ident = min(e["entered_at"], e["known"]), f"border.entry:{e['entry_id']}"
        yield f"{ident}/entry", "red", at, _first([at + (7 if june else 5) * DAY], _order(seen, ident, at)), at
    for o in _last(seen, "override", "order_id"):
        if o["action"] == "add":
            yield f"override:{o['order_id']}/override", o["level"], o["valid_from"], o["valid_to"], o["issued_at"]


def _met(seen: list[Happening], june: bool, times: list[int], t: int) -> Iterator[Claim]:
    for order in _last(seen, "place.order", "order_no"):
        for scan in _last(seen, "place.scan", "scan_id"):
            at = scan["scanned_at"]
            if order["action"] == "ordered" and order["window_from"] <= at <= order["window_to"]:
                yield f"place {order['order_no']} {scan['scan_id']}", "yellow", at, _two(times, at), t
    for order in _last(seen, "region.risk", "order_no"):
        for stay in _last(seen, "stay.area", "stay_id"):
            yield from _area(order, stay, june, times, t)


def _area(order: Happening, stay: Happening, june: bool, times: list[int], t: int) -> Iterator[Claim]:
    whole_town = order["area"].endswith("000")
    inside = stay["area"][:9] == order["area"][:9] if whole_town else stay["area"] == order["area"]
    start = max(order["effective_back_to"], stay["stay_from"])
    end = _first([order["effective_to"], stay["stay_to"]], None)
    if order["action"] != "ordered" or not inside or (end is not None and end < start):
        return
    over = None if end is None else end + (7 if june else 5) * DAY
    level, last = ("red", over) if order["level"] == "high" else ("yellow", _first([over, _two(times, start)], None))
    yield f"area {order['order_no']} {stay['stay_id']}", level, start, last, t


def _last(seen: list[Happening], what: str, ident: str) -> list[Happening]:
    """The highest version of each, as it first arrived; taken back: none."""
    best: dict[str, Happening] = {}
    for h in sorted(seen, key=lambda one: one["known"]):
        if h["what"] == what and (h[ident] not in best or h.get("version", 1) > best[h[ident]].get("version", 1)):
            best[h[ident]] = h
    return [h for h in best.values() if h.get("action") != "withdrawn"]


def _samples(seen: list[Happening]) -> list[Happening]:
    best: dict[str, Happening] = {}
    for h in sorted(seen, key=lambda one: one["known"]):
        if h["what"].startswith("lab.") and (h["sample_id"] not in best or h["version"] > best[h["sample_id"]]["version"]):
            best[h["sample_id"]] = {**h, "sampled": min(h["sampled_at"], h["known"])}
    return [h for h in best.values() if h.get("action") not in ("retracted", "removed")]


def _order(seen: list[Happening], source: str, since: int) -> int | None:
    """When a release order that names the source, and is no older than it, took effect."""
    moments = [min(r["issued_at"], r["known"]) for r in _last(seen, "release", "order_no") if source in r["releases"]]
    return min((moment for moment in moments if moment >= since), default=None)


def _two(times: list[int], start: int) -> int | None:
    """When two negatives, 24 hours apart and within three days, were complete."""
    good = [b for a in times for b in times if a >= start and DAY <= b - a <= 3 * DAY]
    return min(good, default=None)


def _daily(times: list[int], start: int, span: int, days: tuple[int, ...]) -> int | None:
    found = []
    for day in days:
        that_day = [at for at in times if start + (day - 1) * DAY <= at < start + day * DAY]
        if not that_day:
            return None
        found.append(min(that_day))
    return max(*found, start + span * DAY)


def _first(moments: list[int | None], other: int | None) -> int | None:
    return min((moment for moment in (*moments, other) if moment is not None), default=None)


def _quiet(seen: list[Happening], name: str, since: int, t: int) -> bool:
    """Whether an approved appeal or an override in force suppresses it."""
    for d in _last(seen, "appeal.decision", "appeal_id"):
        at = min(d["decided_at"], d["known"])
        if d["assertion_id"] == name and d["outcome"] == "approved" and since <= at:
            return True
    return any(
        o["action"] == "suppress"
        and o["target"] == name
        and o["valid_from"] <= t < o["valid_to"]
        and min(o["issued_at"], o["known"]) >= since
        for o in _last(seen, "override", "order_id")
    )


def instants(happenings: list[Happening]) -> list[int]:
    """Every moment at which the oracle's answer could change, the milliseconds beside it, and some between."""
    marks = {value for h in happenings for value in h.values() if isinstance(value, int) and value > DAY} | {MIDNIGHT}
    moments = {mark + days * DAY for mark in marks for days in (0, 3, 5, 7, 8, 10, 14)}
    first = min(h["known"] for h in happenings)
    return sorted(m + by for m in moments for by in (-1, 0, 1) if first <= m + by)


def main() -> int:
    """Compare; exit 1 at the first history that differs, which is printed."""
    from tests.oracle.standing_histories import differing, history  # noqa: PLC0415 - the oracle itself knows nothing of the product

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    for number in range(told.histories):
        happenings = history(random.Random(f"{told.seed}-{number}"))  # noqa: S311 - a history, not a secret
        if wrong := differing(happenings):
            sys.stdout.write(f"history {told.seed}-{number}: {wrong}\n" + "\n".join(map(str, happenings)) + "\n")
            return 1
    sys.stdout.write(f"{told.histories} histories agree\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
