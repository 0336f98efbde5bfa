"""Why a standing is what it is: for its subject in plain words, for a checkpoint the level alone, for an auditor all (E4 case 15)."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from agents.shapes import standing_appeals
from agents.shapes.standing_assertions import Assertion
from agents.shapes.standing_badges import Shown, heard_ms, stale, with_round
from agents.shapes.standing_facts import Facts
from agents.shapes.standing_view import View, view
from agents.standing_declaration import StandingExchange

_LOCAL = timezone(timedelta(hours=8))


def for_subject(
    exchange: StandingExchange, facts: Facts, names: Mapping[str, str], heard: Mapping[str, int], now_ms: int, round_ms: int | None = None
) -> list[str]:
    """Lines in plain Chinese: the level, each active reason with its department, times and rule, badges, how to appeal.

    :param names: what departments are called, by id
    :param heard: when each topic was last heard, milliseconds
    :param round_ms: when the sample was taken that the subject's bucket was told of, milliseconds
    """
    found, spec = view(exchange, facts, now_ms), exchange.spec
    level = spec.levels[found.level]
    lines = [f"{exchange.meta.title.zh}：{level.title.zh}（截至{_time(now_ms)}）。{level.advice.zh}。"]
    if found.merged:
        return [*lines, "您的这份证件已与另一份证件合并，请以合并后的证件查询。"]
    lines += [_reason(exchange, each, names, place) for place, each in enumerate(found.active, 1)]
    lines += [f"{each.id}：已暂停计算。" for each in found.assertions if each.state(now_ms) == "suppressed"]
    badges = with_round(exchange, found.badges, round_ms, now_ms)
    lines += [_badge(exchange, each, heard, now_ms) for each in badges if each.as_of is not None]
    waiting = [each.assertion for each in standing_appeals.undecided(exchange, facts, now_ms)]
    lines += [f"对 {name} 的申诉正在办理。" for name in waiting]
    return [*lines, f"如有异议：{spec.appeals.how.zh}。"] if found.active else lines


def for_checkpoint(exchange: StandingExchange, facts: Facts, now_ms: int) -> dict[str, Any]:
    """The level and when it was reckoned; no reason, because being a contact is nobody's business there."""
    return {"level": view(exchange, facts, now_ms).level, "as_of": now_ms}


def for_auditor(exchange: StandingExchange, state: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
    """Everything: each assertion with its state, rule version and record position, withdrawn facts, and every change that was told."""
    found = view(exchange, state["facts"], now_ms)
    retracted = sorted(name for name, fact in state["facts"].items() if fact["withdrawn"])
    return {
        "exchange": exchange.meta.id, "spec_version": exchange.spec.rule_version, "now": now_ms, "level": found.level,
        "rule_versions": list(found.versions), "merged": found.merged, "known": found.known,
        "assertions": [_audited(each, found) for each in found.assertions],
        "retracted": [{"fact": name, **_position(state["facts"][name])} for name in retracted],
        "badges": [badge.as_data() for badge in found.badges], "history": list(state["history"]), "told": dict(state["told"]),
        "next": found.next_ms,
    }  # fmt: skip


def _reason(exchange: StandingExchange, each: Assertion, names: Mapping[str, str], place: int) -> str:
    spec = exchange.spec
    until = f"至{_time(each.end)}" if each.end is not None else "至解除为止"
    department = names.get(each.fact["source"], each.fact["source"])
    return (
        f"依据{place}：{spec.reason_classes[each.reason_class].zh}（{spec.levels[each.level].title.zh}）。来源：{department}；"
        f"自{_time(each.start)}{until}。规则（{each.version}）：{each.text.zh}。编号：{each.id}。"
    )


def _badge(exchange: StandingExchange, each: Shown, heard: Mapping[str, int], now_ms: int) -> str:
    badge = next(one for one in exchange.spec.badges if one.id == each.badge)
    old = "，来源数据未及时更新" if stale(badge, heard_ms(exchange, badge, heard), now_ms) else ""
    return f"{badge.title.zh}：{each.value or '无有效记录'}（{_time(each.as_of or 0)}{old}）。"


def _audited(each: Assertion, found: View) -> dict[str, Any]:
    return {
        "id": each.id, "state": each.state(found.now_ms), "level": each.level, "reason_class": each.reason_class, "rule": each.rule,
        "rule_version": each.version, "start": each.start, "end": each.end, "released_by": each.released_by,
        "suppressed_by": each.suppressed_by(found.now_ms), **_position(each.fact),
    }  # fmt: skip


def _position(fact: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "source": fact["source"],
        "position": fact["place"],
        "version": fact["version"],
        "origin": fact["origin"],
        "known": fact["known"],
    }


def _time(moment_ms: int) -> str:
    return datetime.fromtimestamp(moment_ms / 1000, _LOCAL).strftime("%Y-%m-%d %H:%M:%S")
