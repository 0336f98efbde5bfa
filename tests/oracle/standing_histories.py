"""Random histories of one person, and how the shapes' answer to each differs from the oracle's."""

import random
from bisect import bisect_right
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from tests.oracle.standing import DAY, HOUR, MIDNIGHT, MINUTE, Happening, colour, instants
from tests.unit.shapes.standing_world import Bus, key_of

_FIRST = MIDNIGHT - 12 * DAY
_VILLAGES = ("440883107201", "440883107202")
_REACH = 15


def history(chance: random.Random) -> list[Happening]:
    """Happenings of one person with the log times at which they arrive, in no particular order."""
    found: list[Happening] = [] if chance.random() < 0.1 else [{"what": "person", "happened": _FIRST}]
    for number in range(chance.randint(2, 9)):
        found += _MAKERS[chance.choice(list(_MAKERS))](chance, str(number))
    for h in found:
        late = chance.choice((0, 0, 1, HOUR, 6 * HOUR, DAY, 4 * DAY)) if chance.random() < 0.9 else -HOUR  # a source's clock is ahead
        h["known"] = max(h.pop("happened") + late, _FIRST)
    doubled = [{**h, "known": h["known"] + chance.choice((0, HOUR, DAY))} for h in found if chance.random() < 0.15]
    everything = sorted([*found, *doubled], key=lambda h: (h["known"], chance.random()))
    for before, h in pairwise(everything):
        h["known"] = max(h["known"], before["known"] + 1)  # one partition, one after the other
    return everything


def play(happenings: list[Happening], make: Callable[[], Bus] = Bus) -> Bus:
    """A bus that all of it has gone through, and after it enough time."""
    bus = make()
    for h in happenings:
        bus.happen(h["known"], **{name: value for name, value in h.items() if name != "known"})
    bus.pass_time(max(h["known"] for h in happenings) + 40 * DAY)
    return bus


def differing(happenings: list[Happening], make: Callable[[], Bus] = Bus, truth: list[Happening] | None = None) -> str:
    """The first instant at which readers had been told something else than the oracle says; empty: none.

    :param truth: what the oracle is told, where it is put in other words than what the bus takes
    """
    key = key_of("A").encode()
    told = [(at, out.data["level"]) for at, who, out in play(happenings, make).outputs if out.topic == "health.code-change" and who == key]
    times = [at for at, _ in told]
    truth = truth or happenings
    for t in instants(truth):
        place = bisect_right(times, t)
        said, right = told[place - 1][1] if place else "none", colour(truth, t)
        if said != right:
            return f"at {t}: told {said}, the oracle says {right}"
    return ""


def _time(chance: random.Random) -> int:
    return _FIRST + chance.randrange(_REACH) * DAY + chance.choice((0, 8 * HOUR, 8 * HOUR, 12 * HOUR)) - chance.choice((0, 0, 0, MINUTE))


def _sample(chance: random.Random, n: str) -> list[Happening]:
    at, result = _time(chance), chance.choice(("negative", "negative", "negative", "positive", "invalid"))
    size = chance.choice((1, 10))
    one = {"what": "lab.result", "sample_id": n, "version": 1, "sampled_at": at, "result": result, "pool_size": size, "happened": at}
    then = {**one, "what": "lab.correction", "version": 2, "action": chance.choice(("corrected", "retracted")), "happened": at + DAY}
    then["result"] = chance.choice(("negative", "positive"))
    return [one, then] if chance.random() < 0.3 else [one]


def _negatives(chance: random.Random, n: str) -> list[Happening]:
    at, size = _time(chance), chance.choice((1, 10))
    gaps = [0, *(chance.choice((DAY, DAY, DAY - MINUTE, 2 * DAY, 3 * DAY, 3 * DAY + MINUTE)) for _ in range(chance.choice((1, 1, 5))))]
    times = [at + sum(gaps[: place + 1]) for place in range(len(gaps))]
    return [
        {
            "what": "lab.result",
            "sample_id": f"{n}-{t}",
            "version": 1,
            "sampled_at": t,
            "result": "negative",
            "pool_size": size,
            "happened": t,
        }
        for t in times
    ]


def _pool(chance: random.Random, n: str) -> list[Happening]:
    at = _time(chance)
    one = {"what": "pool.positive", "tube_id": n, "version": 1, "action": "positive", "sampled_at": at, "happened": at}
    return [one, {**one, "version": 2, "action": "withdrawn", "happened": at + DAY}] if chance.random() < 0.3 else [one]


def _contact(chance: random.Random, n: str) -> list[Happening]:
    at, kind = _time(chance), chance.choice(("suspect", "close", "close", "secondary", "time_place", "time_place"))
    one: dict[str, Any] = {
        "what": "contact.order", "order_no": f"C{n}", "version": 1, "action": "ordered", "class": kind, "issued_at": at,
        "exposed_at": at - chance.choice((0, DAY)), "until": chance.choice((None, at + 7 * DAY)), "happened": at,
    }  # fmt: skip
    found = [one]
    if chance.random() < 0.4:
        then = {"version": 2, "action": chance.choice(("ordered", "cancelled")), "issued_at": at + 2 * DAY, "until": at + 9 * DAY}
        found.append({**one, **then, "happened": at + 2 * DAY})
    return [
        *found,
        *_about(chance, n, f"contact.order:C{n}", {"suspect": "suspect", "close": "contact-close"}.get(kind, "contact-time-place"), at),
    ]


def _about(chance: random.Random, n: str, source: str, rule: str, at: int) -> list[Happening]:
    """An order, an officer or an appeal about an assertion."""
    when, name = at + chance.choice((0, HOUR, DAY, 3 * DAY)), f"{source}/{rule}"
    kind = chance.choice(("", "release", "suppress", "appeal"))
    if kind == "release":
        return [{"what": "release", "order_no": f"R{n}", "releases": [source], "issued_at": when, "happened": when}]
    if kind == "suppress" and rule != "suspect":
        order = {"what": "override", "order_id": f"M{n}", "version": 1, "action": "suppress", "target": name, "issued_at": when}
        return [{**order, "valid_from": when, "valid_to": when + 2 * DAY, "happened": when}]
    if kind == "appeal":
        outcome = chance.choice(("approved", "rejected"))
        return [
            {
                "what": "appeal.decision",
                "appeal_id": f"A{n}",
                "assertion_id": name,
                "outcome": outcome,
                "decided_at": when,
                "happened": when,
            }
        ]
    return []


def _override(chance: random.Random, n: str) -> list[Happening]:
    at = _time(chance)
    one = {
        "what": "override", "order_id": f"M{n}", "version": 1, "action": "add", "level": chance.choice(("yellow", "red")), "issued_at": at,
        "reason_class": "contact", "valid_from": at, "valid_to": at + chance.choice((DAY, 5 * DAY)), "happened": at,
    }  # fmt: skip
    return [one, {**one, "version": 2, "action": "withdrawn", "happened": at + HOUR}] if chance.random() < 0.3 else [one]


def _quarantine(chance: random.Random, n: str) -> list[Happening]:
    at = _time(chance)
    one: dict[str, Any] = {
        "what": "quarantine", "order_no": f"Q{n}", "version": 1, "issued_at": at, "quarantine_from": at + chance.choice((0, 0, DAY)),
        "quarantine_to": chance.choice((None, at + 7 * DAY)), "happened": at,
    }  # fmt: skip
    then = {"version": 2, "action": "end", "issued_at": at + 5 * DAY, "quarantine_to": at + 5 * DAY, "happened": at + 5 * DAY}
    return [one, {**one, **then}] if chance.random() < 0.6 else [one]


def _symptom(chance: random.Random, n: str) -> list[Happening]:
    at = _time(chance)
    return [
        {"what": "symptom", "visit_id": f"F{n}", "visited_at": at, "happened": at},
        *_about(chance, n, f"symptom:F{n}", "fever-clinic", at),
    ]


def _entry(chance: random.Random, n: str) -> list[Happening]:
    at = _time(chance)
    return [
        {"what": "border.entry", "entry_id": f"E{n}", "entered_at": at, "happened": at},
        *_about(chance, n, f"border.entry:E{n}", "entry", at),
    ]


def _place(chance: random.Random, n: str) -> list[Happening]:
    at = _time(chance)
    scan = {"what": "place.scan", "scan_id": f"K{n}", "scanned_at": at, "happened": at}
    order = {
        "what": "place.order", "order_no": f"O{n}", "version": 1, "issued_at": at + DAY, "window_from": at - chance.choice((0, HOUR)),
        "window_to": at + chance.choice((0, HOUR)), "happened": at + DAY,
    }  # fmt: skip
    cancelled = [{**order, "version": 2, "action": "cancelled", "happened": at + 2 * DAY}] if chance.random() < 0.3 else []
    return [scan, {**order, "action": "ordered"}, *cancelled]


def _region(chance: random.Random, n: str) -> list[Happening]:
    at, to = _time(chance), chance.choice((None, 4 * DAY))
    stay: dict[str, Any] = {"what": "stay.area", "stay_id": f"Y{n}", "area": chance.choice(_VILLAGES), "stay_from": at - 10 * DAY}
    left = chance.choice((None, at - 5 * DAY, at + DAY))
    order: dict[str, Any] = {
        "what": "region.risk", "order_no": f"G{n}", "version": 1, "action": "ordered", "level": chance.choice(("high", "medium")),
        "area": "440883107000", "issued_at": at, "effective_back_to": at - chance.choice((0, 14 * DAY)),
        "effective_to": None if to is None else at + to, "happened": at,
    }  # fmt: skip
    narrow = {**order, "version": 2, "action": chance.choice(("ordered", "lifted")), "area": _VILLAGES[0], "happened": at + DAY}
    there = {**stay, "stay_to": left, "happened": at - 10 * DAY if left is None else left}
    return [there, order, narrow] if chance.random() < 0.5 else [there, order]


_MAKERS = {
    "sample": _sample, "negatives": _negatives, "pool": _pool, "contact": _contact, "override": _override, "quarantine": _quarantine,
    "symptom": _symptom, "entry": _entry, "place": _place, "region": _region,
}  # fmt: skip
