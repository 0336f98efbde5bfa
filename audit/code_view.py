"""A standing as rows and lines for whoever may see it. Pure; of a person only what the log has under a pseudonym."""

from collections.abc import Iterator, Mapping
from typing import Any

from agents.shapes.standing_badges import Shown, heard_ms, stale, with_round
from agents.shapes.standing_explain import for_auditor, for_checkpoint, for_subject
from audit.code import Found
from audit.code_log import Told
from govbus.envelope import from_ms, to_iso

SHOWN = ("what", "shows", "as_of", "heard", "stale")
HISTORY = ("when", "revision", "level", "replaces", "change", "rules", "reasons", "cause")
TOLD = ("when", "department", "revision", "level", "replaces", "reversal", "change", "badges", "place")


def shown(found: Found) -> list[dict[str, Any]]:
    """Rows with :data:`SHOWN`: the level with when it came, then each badge with its own time and when its sources were last heard.

    :raises SetupError: the log says neither the level nor what readers were told
    """
    exchange = found.exchange
    if not found.whole and not found.log.told:
        found.require_whole()
    level = found.view.level if found.whole else found.told_level
    row = {"what": exchange.meta.id, "shows": level, "as_of": _since(found, level), "heard": None, "stale": None}
    return [row, *(_badge(found, each) for each in _badges(found))]


def history(found: Found) -> list[dict[str, Any]]:
    """Rows with :data:`HISTORY`: each change that readers were told, oldest first, with the assertions that counted then."""
    reasons = {(each["at"], each["level"]): each["assertions"] for each in found.state["history"]}
    places = {dict(each.headers).get("ce_id", b"").decode(): each.place for each in found.log.records}
    told = {each.data["revision"]: each for each in reversed(found.log.told)}
    return [_change(each, reasons, places) for _, each in sorted(told.items())]


def told(found: Found) -> list[dict[str, Any]]:
    """Rows with :data:`TOLD`, in order of log time: a row a department and change."""
    return [_one_told(each) for each in found.log.told]


def lines(found: Found, names: Mapping[str, str]) -> list[str]:
    """For the person, in plain Chinese. :raises SetupError: the log does not go back far enough."""
    found.require_whole()
    return for_subject(found.exchange, found.state["facts"], names, found.log.heard, found.at_ms, found.log.round_ms)


def checkpoint(found: Found) -> dict[str, Any]:
    """For a checkpoint: level and moment. :raises SetupError: as :func:`lines`."""
    found.require_whole()
    return for_checkpoint(found.exchange, found.state["facts"], found.at_ms)


def auditor(found: Found) -> dict[str, Any]:
    """For an auditor, with positions of records, and when each source was last heard. :raises SetupError: as :func:`lines`."""
    found.require_whole()
    return {
        **for_auditor(found.exchange, found.state, found.at_ms),
        "heard": dict(sorted(found.log.heard.items())),
        "cut": list(found.log.cut),
    }


def remarks(found: Found) -> Iterator[str]:
    """What whoever looks must know beside it: that readers were told something else, or that the log is not whole."""
    if not found.whole:
        yield f"the oldest records of {', '.join(found.log.cut)} have left the log by age: this is what readers were told last"
    elif not found.agrees:
        differs = f"readers were told {found.told_level} last, the log gives {found.view.level}"
        yield f"{differs}: the agents have not decided yet (see 'govbus status'), or otherwise ('govbus replay run' says where)"


def _badges(found: Found) -> tuple[Shown, ...]:
    """As the log gives them; where it is not whole, as readers were told them."""
    own = found.view.badges
    if not found.whole:
        own = tuple(Shown(**badge) for badge in found.log.told[-1].data["badges"])
    return with_round(found.exchange, own, found.log.round_ms, found.at_ms)


def _badge(found: Found, each: Shown) -> dict[str, Any]:
    declared = next(one for one in found.exchange.spec.badges if one.id == each.badge)
    last = heard_ms(found.exchange, declared, found.log.heard)
    old = stale(declared, last, found.at_ms)
    return {"what": each.badge, "shows": each.value, "as_of": _time(each.as_of), "heard": _time(last), "stale": old}


def _since(found: Found, level: str) -> str:
    """When readers were first told of the level without another since; the moment of the look where they were not."""
    since = found.at_ms
    for each in reversed(found.log.told):
        if each.data["level"] != level:
            break
        since = each.data["as_of"]
    return _time(since)


def _one_told(each: Told) -> dict[str, Any]:
    badges = [f"{badge['badge']} {badge['value']}" for badge in each.data["badges"] if badge["value"]]
    named = _named(each, "revision", "level", "replaces", "reversal", "change")
    return {"when": _time(each.log_ms), "department": each.department, **named, "badges": badges, "place": each.place}


def _change(each: Told, reasons: Mapping[tuple[int, str], list[str]], places: Mapping[str, str]) -> dict[str, Any]:
    data = each.data
    return {
        "when": _time(data["decided_at"]), **_named(each, "revision", "level", "replaces", "change"), "rules": data["rule_versions"],
        "reasons": reasons.get((data["decided_at"], data["level"])), "cause": places.get(data["cause"], data["cause"]),
    }  # fmt: skip


def _named(each: Told, *names: str) -> dict[str, Any]:
    return {name: each.data[name] for name in names}


def _time(moment_ms: int | None) -> str:
    return "" if moment_ms is None else to_iso(from_ms(moment_ms))
