"""Shape ``standing``: a subject's standing is a function of its dated facts, the rules in force and now; never a state machine (design §3).

State is :file:`schemas/avro/gov-data/standing_state.avsc`: what the sources said, and what readers were told last. Each decision reckons it
anew, so that the order in which records come changes nothing, and writes a :file:`code_changed.avsc` where it differs.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agents.shapes import standing_appeals, standing_disposals, standing_facts, standing_guard
from agents.shapes.decision import Decision, Output, State, Tick
from agents.shapes.standing_facts import Facts
from agents.shapes.standing_view import View, view
from agents.standing_declaration import StandingExchange
from govbus import buckets
from govbus.envelope import Envelope, event_id

STATE, CHANGED, FACT, NOTICE, INTEREST = (
    f"gov_data.{name}" for name in ("StandingState", "CodeChanged", "StandingFact", "StandingNotice", "RoundInterest")
)
HISTORY = 100
"""Changes that are kept."""


@dataclass(frozen=True, slots=True)
class StandingShape:
    """The shape for one exchange."""

    exchange: StandingExchange

    def decide(self, state: State, event: Envelope | Tick, now_ms: int) -> Decision:
        """What follows from ``event``, a record with its data or a timer, at log time ``now_ms``.

        :raises Poison: the record may not move anybody (:mod:`agents.shapes.standing_guard`), or is a conflict
        """
        if isinstance(event, Tick):
            return self._settled(state or _none(""), (state or {}).get("facts", {}), "", now_ms)
        standing_guard.subject(self.exchange, event, now_ms)
        known = state or _none(event.key.decode())
        fact = standing_facts.read(self.exchange, event, now_ms)
        facts = standing_facts.put(known["facts"], fact, event.place)
        if facts is known["facts"]:  # says nothing new; but a timer may be due at this very millisecond, and would be set anew
            return self._settled(known, facts, "", now_ms)._replace(ignored=True)
        standing_guard.age(self.exchange.spec, self.exchange.ruled, known["facts"], fact, event.place, now_ms)
        return self._settled(known, facts, event.id, now_ms)

    def _settled(self, state: Mapping[str, Any], facts: Facts, cause: str, now_ms: int) -> Decision:
        """What is told about these facts now."""
        found = view(self.exchange, facts, now_ms)
        about = event_id("standing", self.exchange.meta.id, state["subject"])
        disposed = tuple(standing_disposals.disposed(self.exchange, state["counting"], facts, found, about))
        facts = self._remembered(facts, found)
        late = standing_appeals.late(self.exchange, facts, state["alarmed"], now_ms)
        told, outputs = self._told(state, found, cause, about)
        forwarded, handed = self._handed_on(state, facts, about, now_ms)
        notices = [
            Output(
                self.exchange.spec.appeals.topic, NOTICE, standing_appeals.notice(self.exchange, each, now_ms), f"late-{each.appeal}", about
            )
            for each in late
        ]
        after: dict[str, Any] = {
            **state, **told, "facts": dict(facts), "forwarded": forwarded, "alarmed": [*state["alarmed"], *(each.appeal for each in late)],
            "counting": standing_disposals.counting(self.exchange, found),
        }  # fmt: skip
        empty = not (facts or after["history"] or forwarded)
        asked = self._interest(state, facts, about, now_ms)
        return Decision(None if empty else after, (*outputs, *handed, *notices, *asked, *disposed), self._due(facts, now_ms, found))

    def _interest(self, state: Mapping[str, Any], facts: Facts, about: str, now_ms: int) -> Iterator[Output]:
        """What is said to the subject's bucket when its results of rounds begin to count for more than a badge, or no longer do."""
        wanted, before = (any(fact["kind"] in self.exchange.restless for fact in each.values()) for each in (facts, state["facts"]))
        if self.exchange.spec.round and wanted != before:
            bucket = buckets.crowd(state["subject"])
            data = {
                "exchange": self.exchange.meta.id, "bucket": bucket, "person_key": state["subject"], "wanted": wanted, "decided_at": now_ms,
            }  # fmt: skip
            yield Output(self.exchange.spec.round.interest, INTEREST, data, "interest", about, buckets.crowd_key(bucket))

    def _told(self, state: Mapping[str, Any], found: View, cause: str, about: str) -> tuple[dict[str, Any], list[Output]]:
        """The change, to every reader; to those that were told before and are no readers any more, too."""
        before, badges = state["told"], [badge.as_data() for badge in found.badges]
        if (before["level"] or self.exchange.spec.unknown.id, _values(before["badges"])) == (found.level, _values(badges)):
            return {}, []
        revision, rank = before["revision"] + 1, self.exchange.spec.rank
        replaces = before["level"] or self.exchange.spec.unknown.id
        data = {
            "exchange": self.exchange.meta.id, "level": found.level, "badges": badges, "revision": revision, "replaces": replaces,
            "reversal": rank[found.level] < rank[replaces], "rule_versions": list(found.versions), "as_of": found.now_ms,
            "change": "record" if cause else "time", "cause": cause, "decided_at": found.now_ms,
        }  # fmt: skip
        topics = sorted({*self.exchange.spec.readers, *before["topics"]})
        change = {
            "revision": revision, "level": found.level, "at": found.now_ms, "cause": cause, "rule_versions": list(found.versions),
            "assertions": [each.id for each in found.active],
        }  # fmt: skip
        told = {"level": found.level, "badges": badges, "revision": revision, "topics": topics}
        outputs = [Output(topic, CHANGED, data, f"change-{revision}", about) for topic in topics]
        return {"told": told, "history": [*state["history"], change][-HISTORY:]}, outputs

    def _handed_on(self, state: Mapping[str, Any], facts: Facts, about: str, now_ms: int) -> tuple[dict[str, int], list[Output]]:
        """What linked keys do not know yet (merge), or must forget (unmerge)."""
        forwarded, outputs = dict(state["forwarded"]), []
        for target, fact in standing_facts.handed_on(self.exchange, facts, state["subject"]):
            name = f"{target}|{standing_facts.name_of(fact)}"
            if forwarded.get(name, -1) >= fact["version"] or (fact["withdrawn"] and name not in forwarded):
                continue
            forwarded[name] = fact["version"]
            data = {"exchange": self.exchange.meta.id, "fact": fact, "decided_at": now_ms}
            topic = next(each.topic for each in self.exchange.spec.inputs.values() if each.role == "forwarded")
            outputs.append(Output(topic, FACT, data, f"hand-on-{name}-{fact['version']}", about, target.encode()))
        return forwarded, outputs

    def _remembered(self, facts: Facts, found: View) -> Facts:
        """The facts without those that were over for long; what lives may rest on any of them, so then all are kept."""
        spec, now_ms = self.exchange.spec, found.now_ms
        if any(each.state(now_ms) in ("pending", "active", "suppressed") for each in found.assertions):
            return facts
        for_good = {"subject", "link"}
        shown = {badge.kind for badge in spec.badges if not badge.steps}

        def kept(fact: Mapping[str, Any]) -> bool:
            last = max(fact["at"], fact["start"], fact["end"] or 0)
            return bool(spec.inputs[fact["kind"]].role in for_good or fact["kind"] in shown or now_ms < last + spec.remember)

        return {name: fact for name, fact in facts.items() if kept(fact)}

    def _due(self, facts: Facts, now_ms: int, found: View | None = None) -> int | None:
        moments = ((found or view(self.exchange, facts, now_ms)).next_ms, standing_appeals.next_ms(self.exchange, facts, now_ms))
        return min((moment for moment in moments if moment is not None), default=None)


def _none(subject: str) -> dict[str, Any]:
    """The state of a subject of whom nothing is known."""
    told: dict[str, Any] = {"level": "", "badges": [], "revision": 0, "topics": []}
    return {"subject": subject, "facts": {}, "told": told, "history": [], "forwarded": {}, "alarmed": [], "counting": {}}


def _values(badges: Iterable[Mapping[str, Any]]) -> set[tuple[Any, ...]]:
    return {(badge["badge"], badge["value"], badge["as_of"]) for badge in badges if badge["value"]}
